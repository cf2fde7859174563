import json

from tests.touchstone.builds import run


def test_a_model_is_traced_to_revision_params_data_and_sources(touchstone, built):
    done = touchstone(built.root, "trace", "results/tiny/model.keras", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    head = run(built.root, "git", "rev-parse", "HEAD").stdout.strip()
    assert (found["stage"], found["intact"], found["revision"], found["changed_code"]) == (
        "train@tiny",
        True,
        head,
        [],
    )
    assert found["params"]["recipes/tiny.yaml"]["train"]["epochs"] == 1
    assert found["params"]["params.yaml"]["seed"] == 42
    assert found["environment"]["keras"]
    names = [stage["name"] for stage in found["stages"]]
    assert {"collect@photos", "collect@fakes", "deduplicate", "split@tiny", "augment@tiny"} <= set(names)
    assert not {"evaluate@tiny", "card@tiny"} & set(names)
    assert names.index("collect@photos") < names.index("screen@photos") < names.index("deduplicate")
    assert {source["source"]: source["collect"] for source in found["sources"]} == {"photos": 49, "fakes": 49}


def test_an_out_of_all_recipes_has_its_sources_too(touchstone, built):
    found = json.loads(touchstone(built.root, "trace", "datasets/deduplicated/groups.parquet", "--json").out)
    assert [source["collect"] for source in found["sources"]] == [49, 49]


def test_what_changed_since_is_said(touchstone, copy_of_built):
    metrics = copy_of_built.results("tiny") / "metrics.json"
    metrics.write_text(metrics.read_text() + "\n")
    done = touchstone(copy_of_built.root, "trace", metrics)
    assert done.code == 0, done.err
    assert "CHANGED since dvc.lock recorded it" in done.out
    assert "split.ratio" not in done.out
    assert "keras" in done.out


def test_what_no_stage_wrote_is_said_in_one_line(touchstone, built):
    done = touchstone(built.root, "trace", "README.md")
    assert done.code == 30
    assert "results/tiny/model.keras" in done.err
