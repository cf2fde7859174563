import math

from collectors.http.hosts import Hosts


def take_all(hosts, now):
    taken = []
    while found := hosts.take(now):
        name, jobs = found
        taken += [(name, job) for job in jobs]
    return taken


def fill(hosts, *names):
    for number, name in enumerate(names):
        hosts.put(name, number, 0.0)


def test_one_host_has_so_many_at_a_time_and_the_next_one_when_one_ends():
    hosts = Hosts(2, 1e9)
    fill(hosts, "a", "a", "a", "a")
    now = 10.0
    assert [hosts.take(now + step)[1] for step in range(2)] == [[0], [1]]
    assert hosts.take(now + 5) is None
    assert hosts.wait(now) == math.inf
    hosts.release("a", answered=True)
    assert hosts.take(now + 6) == ("a", [2])


def test_one_host_is_asked_so_often_a_second():
    hosts = Hosts(8, 20)
    fill(hosts, "a", "a", "a")
    assert take_all(hosts, 10.0) == [("a", 0)]
    assert math.isclose(hosts.wait(10.0), 0.05)
    assert take_all(hosts, 10.04) == []
    assert take_all(hosts, 10.06) == [("a", 1)]


def test_hosts_do_not_wait_for_each_other():
    hosts = Hosts(1, 1)
    fill(hosts, "a", "a", "a", "b", "c")
    assert take_all(hosts, 10.0) == [("a", 0), ("b", 3), ("c", 4)]


def test_the_sandbox_has_no_limit():
    hosts = Hosts(1, 1, unlimited="a")
    fill(hosts, *["a"] * 50)
    assert len(take_all(hosts, 10.0)) == 50


def test_much_that_waits_for_the_sandbox_goes_there_together_but_not_all_to_one():
    hosts = Hosts(1, 1e9, unlimited="a")
    fill(hosts, *["a"] * 100)
    hosts.put("a", "later", 12.0)
    fill(hosts, *["b"] * 100)
    taken = iter(lambda: hosts.take(10.0), None)
    sizes = [len(jobs) for name, jobs in taken if name == "a"]
    assert (max(sizes), sizes[-1], sum(sizes)) == (6, 1, 100)
    hosts.release("b", answered=True)
    assert len(hosts.take(11.0)[1]) == 1


def test_what_is_put_off_lets_others_pass():
    hosts = Hosts(4, 1e9)
    hosts.put("a", "later", 12.0)
    hosts.put("a", "now", 0.0)
    assert take_all(hosts, 10.0) == [("a", "now")]
    assert hosts.wait(10.0) == 2.0
    assert take_all(hosts, 12.0) == [("a", "later")]


def test_a_host_that_asks_for_a_pause_gets_it_and_no_other_does():
    hosts = Hosts(4, 1e9)
    fill(hosts, "a", "b")
    hosts.hold("a", 40.0)
    assert take_all(hosts, 10.0) == [("b", 1)]
    assert (hosts.held("a", 10.0), hosts.wait(10.0)) == (30.0, 30.0)
    assert take_all(hosts, 40.0) == [("a", 0)]


def test_a_host_that_does_not_answer_is_asked_by_one_at_a_time_until_it_does():
    hosts = Hosts(3, 1e9)
    fill(hosts, *["a"] * 9)
    assert [hosts.take(10.0 + step)[1] for step in range(3)] == [[0], [1], [2]]
    for _ in range(3):
        hosts.release("a", answered=False)
    assert len([hosts.take(20.0 + step) for step in range(3) if hosts.take(20.0 + step)]) <= 1
    hosts.release("a", answered=True)
    assert len([step for step in range(5) if hosts.take(30.0 + step)]) == 3


def test_what_waits_for_a_host_can_be_given_up():
    hosts = Hosts(1, 1)
    fill(hosts, "a", "a", "b")
    assert hosts.clear("a") == [0, 1]
    assert take_all(hosts, 10.0) == [("b", 2)]
