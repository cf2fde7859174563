from app.checking.service_cache import open_detectors
from tests.factories import write_project


def test_a_desk_is_opened_once_and_anew_when_the_project_is_another(tmp_path):
    write_project(tmp_path)
    first = open_detectors(tmp_path)
    assert open_detectors(tmp_path) is first
    results = tmp_path / "results" / "tiny"
    results.mkdir(parents=True)
    (results / "judgement.json").touch()
    assert open_detectors(tmp_path) is not first
