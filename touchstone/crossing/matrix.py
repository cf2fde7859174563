"""The matrix: a detector trained on each domain, measured on all of them; kept row by row, so that it can go on."""

import json
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.auditing.attribute_scores import measure_tell
from pipeline.config.recipe import Recipe
from pipeline.evaluation.metrics import count_right
from pipeline.models.saved_model import predict_scores
from pipeline.models.tensorflow_backend import make_deterministic
from pipeline.runtime.errors import EmptySplitError
from pipeline.runtime.paths import Paths
from pipeline.storage.files import write_json
from pipeline.training.checkpoint import Checkpoint, fingerprint
from pipeline.training.feeding import TrainingPictures
from pipeline.training.loop import Trained, train
from pipeline.training.provenance import collect_facts
from pipeline.training.training_sets import Sets
from touchstone.crossing.domain_sets import DomainSplit
from touchstone.crossing.domains import Domain

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A recipe whose detector is to be trained on each domain."""

    paths: Paths
    name: str
    recipe: Recipe
    seed: int

    @property
    def file(self) -> Path:
        """Where the matrix is kept."""
        return self.paths.results(self.name) / "cross.json"

    def run(self, domains: list[Domain]) -> dict[str, Row]:
        """Train and measure what is not on file yet; give the rows by the domain that was trained on.

        Raises:
            EmptySplitError: a domain has no test pictures of both classes, or none has any to train on.
            StageMissingError: the recipe's pictures are not there.
        """
        split = DomainSplit(self.paths, self.name, self.recipe.size, self.seed)
        tests = {domain.name: split.part("test", domain) for domain in domains}
        for name, test in tests.items():
            if not len(test):
                raise EmptySplitError(f"{name}: the test of {self.name} has not pictures of both classes from there")
        kept, rows = self._read(), dict[str, Row]()
        for domain in domains:
            sets = Sets(split.training(domain), split.part("val", domain))
            if not (len(sets.training) and len(sets.validation)):
                continue  # Held out, or too small: it can be tested on.
            facts = collect_facts((sets.training, sets.validation, *tests.values()))
            name = fingerprint(self.recipe, facts, self.seed)
            row = kept.get(domain.name, {})
            same = row.get("fingerprint") == name and list(row.get("on", {})) == list(tests)
            rows[domain.name] = row if same else self._train(domain, sets, tests, name)
            write_json(self.file, rows | {key: row for key, row in kept.items() if key not in rows})
        if not rows:
            raise EmptySplitError(f"{self.name}: no domain has pictures of both classes to train and to validate on")
        write_json(self.file, rows)
        return rows

    def _read(self) -> dict[str, Row]:
        try:
            kept: dict[str, Row] = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _train(self, domain: Domain, sets: Sets, tests: dict[str, TrainingPictures], name: str) -> Row:
        print(f"training on {domain.name}: {len(sets.training):,} pictures", file=sys.stderr, flush=True)
        make_deterministic(self.seed, self.recipe.train.deterministic)
        checkpoint = Checkpoint(self.paths.checkpoint(f"{self.name}.cross.{domain.name}"), name)
        # What trainings tell of themselves is not what was asked for.
        with redirect_stdout(sys.stderr):
            trained = train(self.recipe, sets, self.seed, (), checkpoint)
        row = {
            "fingerprint": name,
            "sources": list(domain.sources),
            "trained_on": len(sets.training),
            "threshold": trained.threshold,
            "on": {key: measure(trained, test) for key, test in tests.items()},
        }
        checkpoint.remove()
        return row


def measure(trained: Trained, test: TrainingPictures) -> dict[str, float]:
    """Measure a detector on a domain's test: accuracy at its own threshold and ROC-AUC, with their 95% intervals."""
    scores = predict_scores(trained.model, test.pixels)
    tell = measure_tell(test.labels, scores.astype(float))
    return {
        **count_right(pd.DataFrame({"label": test.labels, "score": scores}), trained.threshold),
        "roc_auc": tell.auc,
        "roc_auc_low": tell.low,
        "roc_auc_high": tell.high,
    }
