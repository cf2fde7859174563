import json

import pytest

from pipeline.cards.card_facts import hash_file, list_settings, read_facts
from pipeline.cards.card_pictures import count_pictures
from pipeline.cards.escaping import in_cell
from pipeline.config.recipe import parse_recipe
from pipeline.runtime.errors import StageMissingError
from pipeline.statements.stated import NOTHING_STATED
from pipeline.storage.labels import Label
from tests.factories import build, encode, make_image, make_record, write_collected, write_project

LICENCES = ["CC0", "CC BY 4.0", "CC BY-ND 4.0", "Other (specified in description)", None]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """A project of two sources, whose pictures stand under five licences in turn."""
    root = tmp_path_factory.mktemp("cards")
    paths = write_project(root)
    with pytest.MonkeyPatch.context() as patch:
        for source, label, base in (("photos", Label.REAL, 0), ("fakes", Label.FAKE, 10_000)):
            known = {"generator": "sd14"} if label else {}
            records = [
                make_record(source, i, encode(make_image(base + i)), label, license=LICENCES[i % 5], **known)
                for i in range(40)
            ]
            write_collected(paths, source, records)
        build(patch, root, "split")
    return paths


def test_rights_are_counted_by_source_and_licence(paths):
    counts = count_pictures(paths, "tiny", dict.fromkeys(["photos", "fakes"], NOTHING_STATED))
    proof = json.loads((paths.split("tiny") / "proof.json").read_text())
    assert counts.shared()["pictures"] == proof["pictures"]
    told = {(each.source, each.rights.licence, each.rights.answer) for each in counts.rights}
    assert told == {
        (source, licence, answer)
        for source in ("photos", "fakes")
        for licence, answer in (
            ("CC0-1.0", "open"),
            ("CC-BY-4.0", "open"),
            ("CC-BY-ND-4.0", "unchanged"),
            ("Other (specified in description)", "closed"),
            (None, "closed"),
        )
    }
    assert counts.generators == {
        ("FAKE", "sd14"): proof["pictures"] // 2,
        ("REAL", "not named"): proof["pictures"] // 2,
    }
    assert counts.evidence == {("FAKE", "none"): proof["pictures"] // 2, ("REAL", "none"): proof["pictures"] // 2}


def test_settings_are_listed_one_by_one_by_the_keys_that_a_search_names():
    recipe = {"name": "stack", "layers": [{"layer": "conv", "filters": 32}, {"layer": "flatten"}]}
    content = {"description": "", "model": recipe, "augment": {"online": {"shift": 3}}}
    parsed = parse_recipe("x.yaml", content)
    listed = dict(list_settings({section: getattr(parsed, section).model_dump() for section in ("model", "augment")}))
    assert (listed["model.layers.0.filters"], listed["model.layers.1.layer"]) == (32, "flatten")
    assert listed["augment.online.shift"] == 3
    assert not any(isinstance(value, dict) for value in listed.values())


def test_the_version_is_that_of_ids_labels_and_splits(paths):
    versions = [
        count_pictures(paths, "tiny", dict.fromkeys(sources, NOTHING_STATED)).version
        for sources in (["photos", "fakes"], ["photos"])
    ]
    assert versions[0] == versions[1]
    assert len(versions[0]) == 64


def test_what_is_missing_names_its_stage(tmp_path):
    with pytest.raises(StageMissingError, match="audit@tiny"):
        read_facts(tmp_path / "audit.json", "audit@tiny")
    with pytest.raises(StageMissingError, match="train@tiny"):
        hash_file(tmp_path / "model.keras", "train@tiny")


def test_text_from_params_cannot_break_out_of_its_cell():
    assert in_cell("a | b\n| c | <script>") == "a \\| b \\| c \\| &lt;script>"
