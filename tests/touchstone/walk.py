"""What is on file of a record, read once more and in another way: pandas over whole manifests, no DuckDB."""

import json
import random
from dataclasses import asdict

import pandas as pd
import pytest
import yaml

from pipeline.lineage.manifests import Manifests
from pipeline.lineage.passport import write_passport

#: What may be passed on of the projects that are walked; of all other pictures the licence is not known.
SHARED = {"CC0-1.0": "open", "CC BY-ND 4.0": "unchanged"}


def read(*files):
    return pd.concat([pd.read_parquet(file).assign(part=file.stem) for file in files if file.exists()])


class Walk:
    """The raw manifests of a project."""

    def __init__(self, paths, sources, recipe):
        self.paths, self.recipe = paths, recipe
        stated = yaml.safe_load((paths.root / "params.yaml").read_text())["sources"]
        self.collected = {
            s: read(*(f for f in sorted(paths.collected(s).glob("*.parquet")) if f.stem != "seen")).assign(source=s)
            for s in sources
        }
        for source, table in self.collected.items():
            if label := stated.get(source, {}).get("label"):
                table["label"] = ["REAL", "FAKE"].index(label)
        self.screened = {s: read(*sorted(paths.screened(s).glob("*.parquet"))) for s in sources}
        dedup = paths.deduplicated
        self.kept = read(*(dedup / "keep").glob("*.parquet"))
        self.groups, self.gone, self.pairs = (read(dedup / f"{n}.parquet") for n in ("groups", "duplicates", "pairs"))
        self.divided = read(*(paths.split(recipe) / f"{p}.parquet" for p in ("train", "val", "test", "dropped")))
        self.copies = read(paths.augmented(recipe) / "index.parquet")
        self.scores = read(paths.results(recipe) / "predictions.parquet")

    def records(self):
        """Every record: (source, rank)."""
        return [(s, int(r)) for s, table in self.collected.items() for r in table["rank"]]

    def tell(self, source, rank):
        """The fate of one record, in plain values."""

        def mine(table):
            return table[(table["source"] == source) & (table["rank"] == rank)].to_dict("records")

        (found,) = mine(self.collected[source])
        told = {
            "id": None if pd.isna(found["id"]) else found["id"],
            "url": found["image_url"],
            "label": found["label"],
            "rights": SHARED.get(None if pd.isna(found["license"]) else found["license"], "closed"),
            "dropped": None,
            "survivor": None,
        }
        told |= {"split": None, "copies": 0, "score": None, "members": 0, "near": []}
        if found["part"] == "rejected":
            return told | {"dropped": ("collect", found["reason"]), "rights": None}
        (screened,) = mine(self.screened[source])
        if screened["part"] == "rejected":
            return told | {"dropped": ("screen", screened["reason"])}
        told["near"] = sorted(self._near(source, rank))
        if gone := mine(self.gone):
            survivor = (gone[0]["survivor_source"], gone[0]["survivor_rank"]) if gone[0]["survivor_id"] else None
            group = gone[0]["group"]
            told |= {"dropped": ("deduplicate", gone[0]["reason"]), "survivor": survivor}
        else:
            assert mine(self.kept)
            group = mine(self.groups)[0]["group"]
            (placed,) = mine(self.divided)
            told["split"] = placed["split"] if placed["part"] == "dropped" else placed["part"]
            told["copies"] = sum(row["copy"] > 0 for row in mine(self.copies))
            told["score"] = next((row["score"] for row in mine(self.scores)), None)
        told["members"] = int((self.groups["group"] == group).sum() + (self.gone["group"] == group).sum())
        return told

    def _near(self, source, rank):
        for here, there in (("a", "b"), ("b", "a")):
            rows = self.pairs[(self.pairs[f"source_{here}"] == source) & (self.pairs[f"rank_{here}"] == rank)]
            for row in rows.to_dict("records"):
                yield row[f"source_{there}"], row[f"rank_{there}"], row["distance"]


def tell_passport(passport, recipe):
    """A passport, as JSON has it, in the same plain values."""
    part = next((part for part in passport["recipes"] if part["recipe"] == recipe), None)
    dropped, survivor = passport["dropped"], passport["survivor"]
    return {
        "id": passport["id"],
        "url": passport["collected"]["image_url"],
        "label": passport["collected"]["label"],
        "rights": passport["rights"] and passport["rights"]["answer"],
        "dropped": dropped and (dropped["stage"], dropped["reason"]),
        "survivor": survivor and (survivor["source"], survivor["rank"]),
        "split": part and part["split"],
        "copies": len(part["copies"]) if part else 0,
        "score": part and part["score"],
        "members": len(passport["others"]) + 1 if passport["group"] else 0,
        "near": sorted((near["source"], near["rank"], near["distance"]) for near in passport["near"]),
    }


def assert_passports_agree(paths, sources, recipe, count):
    """Compare the passports of random records, as many of every fate, with what the walk tells of them."""
    walk, manifests = Walk(paths, sources, recipe), Manifests(paths)
    chance = random.Random(count)
    told = {}
    for source, rank in chance.sample(walk.records(), min(len(walk.records()), 20 * count)):
        if len(told) < 5 * count:
            told[source, rank] = walk.tell(source, rank)
    fates = {}
    for key, each in told.items():
        fates.setdefault((each["dropped"], each["split"]), []).append(key)
    share = max(1, count // len(fates))
    chosen = [key for keys in fates.values() for key in keys[:share]]
    chosen += [key for key in told if key not in chosen][: max(0, count - len(chosen))]
    for source, rank in chosen:
        passport = json.loads(json.dumps(asdict(write_passport(manifests, source, rank))))
        found, wanted = tell_passport(passport, recipe), told[source, rank]
        assert found.pop("score") == pytest.approx(wanted.pop("score"))
        assert found == wanted
    return set(fates)
