import json

from pipeline.card import cell
from tests.factories import build, collect_two_classes, run_stage, write_project


def test_cards_are_filled_from_facts(tmp_path, monkeypatch):
    paths = write_project(tmp_path)
    collect_two_classes(paths, 40)
    build(monkeypatch, tmp_path, "audit")
    (paths.results("tiny") / "metrics.json").write_text(json.dumps({"accuracy": 0.8125, "pictures": 16}))
    facts = {"data": "d" * 64, "code": "c" * 64, "environment": {"python": "3.11.2", "keras": "3.15.1"}}
    (paths.results("tiny") / "training").mkdir()
    (paths.results("tiny") / "training" / "provenance.json").write_text(json.dumps(facts))
    run_stage(monkeypatch, tmp_path, "card", "tiny")
    card = (paths.cards / "tiny.md").read_text()
    proof = json.loads((paths.split("tiny") / "proof.json").read_text())
    for split, count in proof["counts"].items():
        assert f"| {split} | {count['REAL']} | {count['FAKE']} |" in card
    assert "| photos | folder | photos | REAL | not stated |" in card
    assert "| collect | 80 | 80 | 40 | 40 |  |" in card
    # Its pictures come from folders: nothing of the sandbox is in them.
    assert "sandbox" not in card
    assert "\n\n\n" not in card
    model_card = (paths.results("tiny") / "model_card.md").read_text()
    assert "| accuracy | 0.8125 |" in model_card
    assert "| train.epochs | 1 |" in model_card
    assert f"| code that trains, sha256 | `{'c' * 64}` |" in model_card
    assert "| keras | 3.15.1 |" in model_card


def test_text_from_params_cannot_break_out_of_its_cell():
    assert cell("a | b\n| c | <script>") == "a \\| b \\| c \\| &lt;script>"
