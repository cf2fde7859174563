from collections import Counter

from tests.collectors.faults import FAULTS, HOSTS, collect_through


def test_every_good_picture_comes_and_every_fault_is_under_its_cause(tmp_path, monkeypatch):
    monkeypatch.setattr("collectors.http.retries.FIRST_PAUSE", 0.02)
    came, wanted, asked, seconds = collect_through(tmp_path, good=65, each=1)
    assert came == wanted
    reasons = Counter(reason for _, reason in FAULTS.values() if reason)
    expected = {reason: HOSTS * count for reason, count in reasons.items()}
    assert Counter(outcome for outcome in came.values() if isinstance(outcome, str)) == expected
    once = {"good", "not-found", "gone", "no-ai"}
    assert all(asked[url] == 1 for url in wanted if url.split("/")[3] in once and not url.endswith("/good/0.jpg"))
    assert not [url for url in asked if "/private/" in url]
    # One host after the other, or one fault after the other, would take minutes.
    assert seconds < 120
