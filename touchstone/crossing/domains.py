"""Domains: sources that together have both classes, so that a detector can be trained and tested on them alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.params import Params
from pipeline.runtime.errors import MissingClassError, ParamsError
from pipeline.storage.labels import Label

Classes = frozenset[Label]


@dataclass(frozen=True, slots=True)
class Domain:
    """Some sources of a recipe, and what to call them."""

    name: str
    sources: tuple[str, ...]


def find_domains(params: Params, sources: Sequence[str]) -> list[Domain]:
    """Divide sources into domains, in their order.

    A source with both classes is one. Of the others, each FAKE source makes one with all REAL ones, so that domains
    differ in their fakes; where there is only one FAKE source, each REAL one makes one with it.
    """
    classes = {name: params.source(name).classes() for name in sources}
    real, fake = (tuple(name for name in sources if classes[name] == {label}) for label in (Label.REAL, Label.FAKE))
    domains = [Domain(name, (name,)) for name in sources if len(classes[name]) == len(Label)]
    if len(fake) == 1 and len(real) > 1:
        return domains + [Domain(name, (name, *fake)) for name in real]
    return domains + [Domain(name, (name, *real)) for name in fake if real]


def read_domains(params: Params, sources: Sequence[str], wanted: Sequence[str]) -> list[Domain]:
    """Read domains as a user names them, ``photos+fakes``; none are those of ``find_domains``.

    Raises:
        MissingClassError: the sources of a domain are all of one class.
        ParamsError: a source is not of the recipe, or there are fewer than two domains.
    """
    domains = [_read(params, sources, name) for name in wanted] or find_domains(params, sources)
    if len(domains) < 2:
        found = f"{domains[0].name} alone" if domains else "none"
        raise ParamsError(
            "cross", "--domain", f"two domains with both classes are needed, and there is {found}; name them, "
            "as in --domain photos+fakes --domain photos+others"
        )  # fmt: skip
    return domains


def _read(params: Params, sources: Sequence[str], name: str) -> Domain:
    parts = tuple(name.split("+"))
    for part in parts:
        if part not in sources:
            raise ParamsError("cross", f"--domain {name}", f"no source {part!r}; known: {', '.join(sources)}")
    for label in Label:
        if not any(label in params.source(part).classes() for part in parts):
            raise MissingClassError("cross", f"--domain {name}", label.name)
    return Domain(name, parts)
