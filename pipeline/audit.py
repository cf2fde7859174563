"""Ask whether anything but what the pictures show can tell the label: files' attributes, and simple traits of pixels.

Reads datasets/split/RECIPE, datasets/collected, screened, deduplicated and resized; writes results/RECIPE/audit.json
and gate.json, without which there is no training. Where `audit.fail_above` is set, the stage fails when an attribute
raises the alarm above it. All figures are ROC-AUC, ``{auc, low, high}`` with a 95% interval; audit.json holds:

- ``pictures``, ``gate`` (the AUC above which the alarm is raised), ``ignored`` (what the params let pass);
- ``attributes``: every attribute of the files alone, the worst first; ``together``: all that are not ignored;
- ``probes``: simple traits of the pixels, the worst first; ``overlaps``: by reason, what repeats
  another official split;
- ``alarms``: of each attribute that tells the label and can do so through the pixels, one line that says how,
  and the remedy;
- ``remedies``: of the same attributes, ``{auc, low, high, pathways, reach, settings, by_hand, expected}``: the
  pathways into the pixels; how well pixels tell pictures that were remade like the other class's files, null where
  that was not asked; the settings to change, by file and section; what no setting can do; and the AUC afterwards,
  where that can be known;
- ``remedy``: all of them together: ``settings``; ``paste``, the same as whole lines of YAML by file; ``by_hand``;
- ``rested``: attributes that tell the label and raise no alarm, ``{auc, low, high, reach, why}``.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.arrays.pixel_arrays import gather
from pipeline.auditing.advice import close_with_remedy
from pipeline.auditing.attribute_scores import FOLDS, AttributeScore, tell_by_attribute
from pipeline.auditing.attributes import ATTRIBUTES, read_attributes
from pipeline.auditing.audit_settings import Audit
from pipeline.auditing.boosting import tell_by_attributes, tell_by_features
from pipeline.auditing.overlaps import count_overlaps
from pipeline.auditing.pixel_probes import PROBES
from pipeline.auditing.settled_alarms import AlarmQuestion, settle
from pipeline.config.params import load_params
from pipeline.config.recipe import load_recipe, sources_of
from pipeline.runtime.array_types import Pixels
from pipeline.runtime.errors import ShortcutError
from pipeline.runtime.paths import Paths, find_root
from pipeline.runtime.stage import Stage, run_command
from pipeline.sampling.draws import draw
from pipeline.storage.files import write_json
from pipeline.storage.tables import read_table

#: Trees and probes look at so many pictures at most: intervals are then 0.03 wide, or less.
SAMPLE = 5_000

#: Pixels that the probes look at together: 128 pictures of 224x224.
BATCH_PIXELS = 128 * 224**2


def audit_attributes(rows: pd.DataFrame, ignored: set[str], gate: float, seed: int) -> dict[str, Any]:
    """Audit the ``ATTRIBUTES`` of rows that also have ``label`` and ``group``, each alone."""
    labels, folds = rows["label"].to_numpy(np.int8), draw_folds(rows, seed)
    tells = {name: tell_by_attribute(rows[name], labels, folds) for name in ATTRIBUTES}
    return {
        "pictures": len(rows),
        "gate": gate,
        "attributes": {name: tells[name].row() for name in _worst_first(tells)},
        "ignored": sorted(ignored),
    }


def list_telling(found: Mapping[str, Any]) -> list[str]:
    """List the attributes that are not ignored and whose whole 95% interval is above the gate."""
    attributes, ignored = found["attributes"], found["ignored"]
    return [name for name in attributes if attributes[name]["low"] > found["gate"] and name not in ignored]


def audit_together(rows: pd.DataFrame, ignored: set[str], seed: int) -> dict[str, float]:
    """Audit all attributes that are not ignored, put together: two may tell what neither tells alone."""
    asked = [name for name in ATTRIBUTES if name not in ignored]
    return tell_by_attributes(rows[asked], rows["label"].to_numpy(np.int8), draw_folds(rows, seed)).row()


def audit_pixels(batches: Iterable[Pixels], rows: pd.DataFrame, seed: int) -> dict[str, dict[str, float]]:
    """Ask simple traits of the rows' pixels, uint8 (n, size, size, 3): the worst first, of equals the simplest."""
    labels, folds = rows["label"].to_numpy(np.int8), draw_folds(rows, seed)
    traits = [[probe(pixels) for probe in PROBES.values()] for pixels in batches]
    features = map(np.concatenate, zip(*traits, strict=True))
    tells = {name: tell_by_features(each, labels, folds) for name, each in zip(PROBES, features, strict=True)}
    return {name: tells[name].row() for name in _worst_first(tells)}


def gather_batches(paths: Paths, size: int, rows: pd.DataFrame) -> Iterator[Pixels]:
    """Read the rows' pixels a few at a time: probes take up to 20 times their memory."""
    each = max(1, BATCH_PIXELS // size**2)
    for start in range(0, len(rows), each):
        yield gather(paths, size, pa.Table.from_pandas(rows[start : start + each]))


def _worst_first(tells: Mapping[str, AttributeScore]) -> list[str]:
    """Sort by AUC to two digits; of equals the first is named, and probes stand in the order of their simplicity."""
    return sorted(tells, key=lambda name: -round(tells[name].auc, 2))


def choose_sample(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Choose ``SAMPLE`` rows by chance: the same ones, in the same order, each time."""
    chance = [draw(seed, "audit", *key) for key in zip(rows["source"], rows["rank"], strict=True)]
    return rows.assign(chance=chance).sort_values("chance")[:SAMPLE]


def draw_folds(rows: pd.DataFrame, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Put each row's whole group into one of the folds."""
    return np.array([int(draw(seed, "fold", group) * FOLDS) for group in rows["group"]], dtype=np.int64)


def read_rows(paths: Paths, recipe: str) -> pd.DataFrame:
    """Read the rows of all splits of a recipe.

    Raises:
        StageMissingError: the stage ``split`` has not run.
    """
    parts = [
        read_table(paths.split(recipe) / f"{part}.parquet", f"split@{recipe}") for part in ("train", "val", "test")
    ]
    columns = ["source", "rank", "row", "label", "group"]
    rows: pd.DataFrame = pa.concat_tables([part.select(columns) for part in parts]).to_pandas()
    return rows


def pass_gate(settings: Audit, alarms: Mapping[str, str], path: Path) -> None:
    """Leave the file that training waits for.

    Raises:
        ShortcutError: an attribute tells more of the label than ``fail_above`` allows.
    """
    if settings.fail_above is not None and alarms:
        raise ShortcutError(alarms, settings.fail_above)
    write_json(path, {"passed": True})


def main() -> None:
    """Run the stage for the recipe named on the command line."""
    name = sys.argv[1]
    stage = Stage("audit", name)
    root = find_root()
    params, paths = load_params(root), Paths(root)
    recipe = load_recipe(paths, params, name)
    sources, results = sources_of(recipe, params), paths.results(name)
    rows = read_attributes(paths, read_rows(paths, name), sources)
    ignored: set[str] = set(params.audit.ignore)
    sample = choose_sample(rows, params.seed)
    found = audit_attributes(rows, ignored, params.audit.gate, params.seed)
    found["together"] = audit_together(sample, ignored, params.seed)
    found["probes"] = audit_pixels(gather_batches(paths, recipe.size, sample), sample, params.seed)
    folds = draw_folds(sample, params.seed)
    found |= settle(AlarmQuestion(paths, params, name, recipe, sample, folds), found, list_telling(found))
    found["overlaps"] = count_overlaps(paths, name, sources)
    write_json(results / "audit.json", found)
    pass_gate(params.audit, found["alarms"], results / "gate.json")
    worst, tell = next(iter(found["attributes"].items()))
    raised = f"; alarm: {', '.join(found['alarms'])}" if found["alarms"] else ""
    stage.summarise(len(rows), len(rows), note=f"{worst} alone tells the label with AUC {tell['auc']:.3f}{raised}")
    print("".join(f"  {line}\n" for line in close_with_remedy(name, found)), end="", flush=True)


if __name__ == "__main__":
    run_command(main)
