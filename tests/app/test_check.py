"""The page "Check a picture" in a real Chromium, with a real detector."""

import pytest

from pipeline.parts.labels import Label
from tests.pipeline.conftest import picture


@pytest.fixture
def files(tmp_path):
    """A photograph and a fake that the detector has never seen."""
    paths = {label: tmp_path / f"{label.name}.png" for label in Label}
    for label, path in paths.items():
        picture(500 + 10_000 * label, label).save(path)
    return paths


@pytest.mark.parametrize(("label", "words"), [(Label.REAL, "photograph"), (Label.FAKE, "AI-generated")])
def test_an_upload_gets_its_verdict(look, files, label, words):
    look.open("")
    look.upload(files[label])
    look.wait_for_text(f"Probably {'a ' if label == Label.REAL else ''}{words}.")
    assert not look.errors()
