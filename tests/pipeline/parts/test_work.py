import os
import signal

import pytest

from pipeline.runtime.work import map_pieces, try_pieces


def halve(number):
    if number % 2:
        raise ValueError(number)
    return number // 2


def die_on_seven(number):
    if number % 10 == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_results_come_in_order_and_errors_come_through():
    assert list(map_pieces(halve, range(0, 20, 2))) == list(range(10))
    assert list(try_pieces(halve, range(0, 20, 2))) == list(range(10))
    for spread in (map_pieces, try_pieces):
        with pytest.raises(ValueError, match="3"):
            list(spread(halve, [2, 3, 4]))


def test_a_process_that_dies_costs_its_piece_only():
    assert list(try_pieces(die_on_seven, [])) == []
    assert list(try_pieces(die_on_seven, [7])) == [None]
    assert list(try_pieces(die_on_seven, [5, 6, 7, 8, 9])) == [5, 6, None, 8, 9]
