"""The benchmark of malformed pictures, on few: every one of them ends on file, as passed or with a reason."""

import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.pictures.picture import FORMATS, PictureError, normalise, open_picture
from pipeline.runtime.paths import Paths
from pipeline.screening.time_limit import time_limit
from tests.factories import run_stage

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    """The benchmark's modules, which import one another as scripts do."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import malformed
        import mutations

        yield malformed, mutations
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_malformed_pictures_of_every_format_end_on_file(benchmark, tmp_path, monkeypatch):
    malformed, _ = benchmark
    monkeypatch.setattr(malformed, "make_bombs", lambda: iter([("TIFF", b"II*\0\xff\xff\xff\xff")]))
    paths = Paths(tmp_path)
    formats = malformed.prepare(paths, 600, seed=1)
    assert set(FORMATS) < set(formats)
    run_stage(monkeypatch, tmp_path, "screen", malformed.SOURCE)
    outcomes = sum(malformed.count_outcomes(paths, formats).values(), start=malformed.Counter())
    assert outcomes.total() == 600
    assert {"passed", "undecodable", "truncated"} < set(outcomes)
    assert "crash" not in outcomes
    rejected = pq.read_table(paths.screened(malformed.SOURCE) / "rejected.parquet").to_pylist()
    assert all(row["reason"] and row["detail"] for row in rejected)


def test_a_seed_gives_the_same_files_again(benchmark):
    _, mutations = benchmark
    originals = {"PNG": [b"a" * 500], "GIF": [b"b" * 300]}
    files = [list(mutations.mutate(originals, 20, seed)) for seed in (3, 3, 4)]
    assert files[0] == files[1] != files[2]


def test_a_picture_that_takes_too_long_is_given_up(benchmark):
    _, mutations = benchmark
    endless = mutations.repeat_scan(200, 50_000)
    with pytest.raises(PictureError, match="not decoded after"), time_limit(0.1) as limit, limit:
        normalise(open_picture(endless, 10**6))
    with time_limit(0.2) as limit:
        for _ in range(4):
            with limit:
                _work(0.1)
        # Between pictures, nothing is bounded.
        _work(0.4)


def _work(seconds):
    """Take so much of a processor's time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
