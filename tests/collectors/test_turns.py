import threading
import time

import pytest

from collectors.outcome import StopError
from collectors.turns import Turns


def use(turns, hosts, seconds=0.0):
    """Take a turn for each host at once; give when each began, and how many there were at most at the same time."""
    began, now, most, lock = [], 0, 0, threading.Lock()

    def work(host):
        nonlocal now, most
        with turns.take(host):
            with lock:
                began.append(time.monotonic())
                now += 1
                most = max(most, now)
            time.sleep(seconds)
            with lock:
                now -= 1

    threads = [threading.Thread(target=work, args=(host,)) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(began), most


def test_one_host_has_so_many_at_a_time():
    assert use(Turns(2, 10_000), ["a"] * 6, 0.05)[1] == 2


def test_hosts_do_not_wait_for_each_other():
    assert use(Turns(1, 10_000), ["a", "b", "c"], 0.2)[1] == 3


def test_one_host_is_asked_so_often_a_second():
    began, _ = use(Turns(8, 20), ["a"] * 8)
    assert began[-1] - began[0] >= 7 / 20 - 0.01


def test_the_sandbox_has_no_limit():
    began, most = use(Turns(1, 1, unlimited="a"), ["a"] * 6, 0.2)
    assert most == 6
    assert began[-1] - began[0] < 1


def test_a_host_that_asks_for_a_pause_gets_it_from_all():
    turns = Turns(4, 10_000)
    turns.hold("a", 0.3, "too-many-requests")
    start = time.monotonic()
    began, _ = use(turns, ["a", "a", "b"])
    assert began[0] - start < 0.2
    assert began[1] - start >= 0.3


def test_a_pause_too_long_to_wait_for_ends_the_try():
    turns = Turns(4, 10_000)
    turns.hold("a", 3600, "server-error")
    with pytest.raises(StopError, match="longer pause") as stop, turns.take("a"):
        pass
    assert (stop.value.failure.reason, stop.value.final) == ("server-error", True)
    assert use(turns, ["b"])[1] == 1
