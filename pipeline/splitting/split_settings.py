"""Settings of `split`, as a recipe gives them: which pictures train, validate and test."""

from typing import Literal

from pydantic import Field, model_validator

from pipeline.runtime.section import Count, Fraction, Section


class SplitCounts(Section):
    """How many pictures of each class a split gets."""

    train: Count
    val: Count
    test: Count

    def of(self, split: str) -> int:
        """Look up one split by its name."""
        return {"train": self.train, "val": self.val, "test": self.test}[split]


class Holdout(Section):
    """Sources and generators that nothing but the test may hold: how does the detector do on what it never saw?"""

    sources: list[str] = Field(default=[])
    generators: list[str] = Field(default=[])


class Split(Section):
    """Who goes where.

    ``official`` keeps the splits that a data set brings along and divides the rest by the ratios ``val`` and ``test``;
    ``ratio`` divides all alike; ``counts`` gives each split so many pictures. Both classes get as many; with
    ``balance: source`` all sources of a class get as many, too.
    """

    strategy: Literal["official", "ratio", "counts"] = "official"
    val: Fraction = 0.1
    test: Fraction = 0.1
    counts: SplitCounts | None = None
    balance: Literal["class", "source"] = "class"
    holdout: Holdout = Holdout()

    @model_validator(mode="after")
    def _fits_together(self) -> "Split":
        if self.val + self.test >= 1:
            raise ValueError("`val` and `test` should leave something to train on")
        if (self.strategy == "counts") != (self.counts is not None):
            raise ValueError("`strategy: counts` and `counts: {train: N, val: N, test: N}` should stand together")
        return self

    def shares(self) -> tuple[float, float]:
        """Return the parts of all pictures that go to val and to test."""
        if self.counts is None:
            return self.val, self.test
        total = self.counts.train + self.counts.val + self.counts.test
        return self.counts.val / total, self.counts.test / total
