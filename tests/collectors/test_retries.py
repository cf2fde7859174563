from datetime import UTC, datetime

import pytest

from collectors.http.outcome import Failure
from collectors.http.retries import pause_before, retry_after

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90),
        ("Saturday, 21-Nov-26 12:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 12:00:30 -0000", 30),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("9" * 400, 0),
        ("Sat, 99 Nov 2026 12:00:30 GMT", 0),
        ("Sat, 21 Nov 99999999999999 12:00:30 GMT", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_retry_after(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_pauses_grow_and_differ():
    failure = Failure("too-many-requests", "status 429")
    firsts, seconds = ([pause_before(failure, tried) for _ in range(50)] for tried in (1, 2))
    assert all(0.25 <= pause <= 0.75 for pause in firsts)
    assert all(1 <= pause <= 3 for pause in seconds)
    assert len(set(firsts)) > 1


@pytest.mark.parametrize("reason", ["not-found", "gone", "forbidden", "timeout", "opted-out", "too-large", "robots"])
def test_what_does_not_pass_at_once_is_not_tried_again(reason):
    assert pause_before(Failure(reason, ""), 1) is None


def test_there_is_an_end_to_it():
    assert pause_before(Failure("connection", ""), 2) is not None
    assert pause_before(Failure("connection", ""), 3) is None
