"""What params.yaml may say of any source. Each collector's own settings stand beside it.

A setting is either part of what the source *is* (``Source.definition``: collector, query, path, limit), and what was
collected depends on it; or it is stated of the pictures by people (``Source.stated``: label, generator, license), and
is applied after collecting.

Modules of settings import no more than this: all that params.yaml asks for is imported whenever that is read.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from collectors.registry import Collector, find_collector
from pipeline.runtime.errors import PathMissingError
from pipeline.runtime.paths import PARAMS, locate
from pipeline.runtime.section import Section
from pipeline.statements.stated import Stated
from pipeline.storage.labels import Label, LabelName

Text = Annotated[str, Field(min_length=1)]

#: What people state of a source, and what is no part of what it is.
STATED = frozenset({"label", "generator", "license"})


class Source(Section):
    """What all sources share. ``generator`` names what made the pictures of a FAKE source, where that is known."""

    collector: str
    license: Text | None = None
    generator: Text | None = None

    @property
    def kind(self) -> Collector:
        """What is registered of its collector."""
        return find_collector(self.collector)

    @property
    def stated_label(self) -> Label | None:
        """The label of all its pictures, None where each one is found with its own."""
        label: LabelName | None = getattr(self, "label", None)
        return None if label is None else Label[label]

    def stated(self) -> Stated:
        """Give what is stated of its pictures."""
        return Stated(self.stated_label, self.generator, self.license, self.kind.licensed_singly)

    def definition(self) -> dict[str, Any]:
        """Give what the source is, as JSON takes it, without what is stated of it.

        What is as it would be anyway is left out, so that a later version with more settings gives the same. Whether
        labels are read with each picture or stated for all belongs to it, but not which one is stated.
        """
        settings = self.model_dump(mode="json", exclude=set(STATED), exclude_defaults=True)
        return settings | {"labels": "read" if self.stated_label is None else "stated"}

    def classes(self) -> frozenset[Label]:
        """Tell which classes this source can give."""
        return frozenset(Label) if self.stated_label is None else frozenset({self.stated_label})

    def count_at_most(self) -> int | None:
        """Return how many pictures it can have at most, None if that is unknown."""
        return None

    def check(self, name: str, root: Path) -> None:
        """Check, before the source ``name`` is collected, that what it names is there.

        Raises:
            PathMissingError: a file or folder is not there.
            NothingFoundError: no picture would have a label.
        """


def require_file(path: str, root: Path, name: str) -> None:
    """Check that the ``path`` of the source ``name`` is a file.

    Raises:
        PathMissingError: it is not.
    """
    if not locate(root, path).is_file():
        raise PathMissingError(path, "file", f"`sources.{name}.path` in {PARAMS} must name one")
