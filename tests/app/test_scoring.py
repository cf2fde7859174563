from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from app.checking.scoring import SIZES, Scorer


def pixels(count, value):
    return np.full((count, 4, 4, 3), value, np.uint8)


class Brightness:
    """A network whose score is how bright a picture is, and which fails at black ones; it keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def predict_on_batch(self, batch):
        self.asked.append(batch.shape[0])
        if not batch[0].any():
            raise RuntimeError("too dark")
        return batch.mean(axis=(1, 2, 3), keepdims=False)[:, np.newaxis] / 255


@pytest.fixture
def network():
    return Brightness()


def ask_while_it_is_busy(network, asked):
    """Let all wait for one turn, so that they can be answered together."""
    scorer, ready = Scorer(network), Barrier(len(asked) + 1)

    def score(batch):
        ready.wait()
        return scorer.score(batch)

    with ThreadPoolExecutor(len(asked)) as clients:
        with scorer.turn:
            answers = [clients.submit(score, batch) for batch in asked]
            ready.wait()
            while len(scorer._waiting) < len(asked):
                pass
        return answers


def test_each_gets_its_own_scores_and_few_batches_are_needed(network):
    asked = [pixels(1 + number % 7, number) for number in range(1, 41)]
    answers = [answer.result() for answer in ask_while_it_is_busy(network, asked)]
    for batch, (scores, features) in zip(asked, answers, strict=True):
        assert features is None
        assert scores == pytest.approx([batch[0, 0, 0, 0] / 255] * len(batch))
    assert set(network.asked) <= set(SIZES)
    assert len(network.asked) < 10


def test_a_failure_is_told_to_those_it_reaches_and_to_nobody_after(network):
    answers = ask_while_it_is_busy(network, [pixels(8, 0)] * 3)
    for answer in answers:
        with pytest.raises(RuntimeError, match="too dark"):
            answer.result()
    assert Scorer(network).score(pixels(1, 51))[0] == pytest.approx([0.2])
