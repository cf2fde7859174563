"""A build as W3C PROV in JSON-LD: what each file was made of, by which stage, under which params and code.

Told from dvc.lock alone, which holds the hash of everything that a stage read and wrote. Names are URNs made of paths
and hashes, and the context is in the document, so that nothing has to be looked up to read it.
(https://www.w3.org/TR/prov-o/)
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline.lineage.lock import Artefact, Lock, LockedStage, git, read_lock
from pipeline.raw_data.dvc_store import LOCK
from pipeline.runtime.errors import TouchstoneError

RELATIONS = ("used", "wasGeneratedBy", "wasDerivedFrom", "hadPrimarySource", "hadMember", "wasAssociatedWith")

CONTEXT: dict[str, Any] = {
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "touchstone": "urn:touchstone:terms:",
    "label": "rdfs:label",
    "value": "prov:value",
    "md5": "touchstone:md5",
    "bytes": "touchstone:bytes",
    "files": "touchstone:files",
    "command": "touchstone:command",
    **{relation: {"@id": f"prov:{relation}", "@type": "@id"} for relation in RELATIONS},
}

Node = dict[str, Any]


def describe_build(root: Path, lock: Lock, stages: Iterable[LockedStage]) -> Node:
    """Write the provenance of some stages of a lock, with those that they build on."""
    graph = _Graph()
    stages = list(stages)
    outs = [out for stage in stages for out in stage.outs]
    agent = _add_agent(graph, find_lock_revision(root, lock))
    for stage in stages:
        _add_stage(graph, stage, agent, _read_sources(lock))
        for dep in stage.deps:
            _add_origin_of_dep(graph, dep, outs)
    return {"@context": CONTEXT, "@graph": graph.nodes()}


def find_lock_revision(root: Path, lock: Lock) -> str | None:
    """Find the commit whose dvc.lock this is; None where it was not committed as it is, or there is no git."""
    try:
        revision = git(root, "log", "-1", "--format=%H", "--", LOCK).decode().strip()
        return revision if revision and read_lock(root, revision) == lock else None
    except TouchstoneError:
        return None


class _Graph:
    """Nodes by their names, each with its facts and its relations."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}

    def add(self, name: str, kinds: list[str], label: str, **facts: Any) -> str:
        told = {key: value for key, value in facts.items() if value is not None}
        self._nodes.setdefault(name, {"@id": name, "@type": kinds, "label": label} | told)
        return name

    def add_file(self, file: Artefact) -> str:
        name = f"urn:touchstone:file:{quote(file.path)}:{file.md5}"
        facts = {"md5": file.md5, "bytes": file.size, "files": file.files}
        return self.add(name, ["prov:Entity", *_kinds(file)], file.path, **facts)

    def relate(self, name: str, relation: str, other: str) -> None:
        others = self._nodes[name].setdefault(relation, [])
        if other not in others and other != name:
            others.append(other)

    def nodes(self) -> list[Node]:
        return [self._nodes[name] for name in sorted(self._nodes)]


def _add_agent(graph: _Graph, revision: str | None) -> str:
    """Add who ran the stages: Touchstone at a revision. Which code it was exactly, what each stage used says."""
    name = revision or "not-committed"
    label = f"Touchstone at {revision}" if revision else "Touchstone, as nobody has committed it"
    return graph.add(f"urn:touchstone:revision:{name}", ["prov:Agent", "prov:SoftwareAgent"], label)


def _read_sources(lock: Lock) -> Mapping[str, Any]:
    """Read what each source was asked to be, from the stage that says so."""
    params = lock["sources"].params.values() if "sources" in lock else ()
    return next((values["sources"] for values in params if "sources" in values), {})


def _add_stage(graph: _Graph, stage: LockedStage, agent: str, sources: Mapping[str, Any]) -> None:
    """Add a stage as an activity, all it used, and what it wrote."""
    name = f"urn:touchstone:stage:{stage.name}"
    activity = graph.add(name, ["prov:Activity"], stage.name, command=stage.cmd)
    graph.relate(activity, "wasAssociatedWith", agent)
    inputs = [graph.add_file(dep) for dep in stage.deps if not _is_code(dep)]
    source = _add_source(graph, stage, sources)
    used = [*inputs, *source, *(graph.add_file(dep) for dep in stage.deps if _is_code(dep))]
    for each in [*used, *_add_params(graph, stage)]:
        graph.relate(activity, "used", each)
    for out in stage.outs:
        made = graph.add_file(out)
        graph.relate(made, "wasGeneratedBy", activity)
        for each in [*inputs, *source]:
            graph.relate(made, "wasDerivedFrom", each)
        for each in source:
            graph.relate(made, "hadPrimarySource", each)


def _kinds(file: Artefact) -> list[str]:
    """Return what a file is besides an entity, by its name and hash alone: the same whichever stage names it first."""
    found = {
        "prov:Collection": file.md5.endswith(".dir"),
        "touchstone:Code": _is_code(file),
        "touchstone:Model": file.path.endswith(".keras"),
    }
    return [kind for kind, true in found.items() if true]


def _is_code(file: Artefact) -> bool:
    return file.path.startswith(("collectors/", "pipeline/"))


def _add_source(graph: _Graph, stage: LockedStage, sources: Mapping[str, Any]) -> list[str]:
    """Add the source that a stage collected, as params.yaml asked for it."""
    verb, _, name = stage.name.partition("@")
    if verb != "collect":
        return []
    kinds, asked = ["prov:Entity", "touchstone:Source"], json.dumps(sources.get(name), sort_keys=True)
    return [graph.add(f"urn:touchstone:source:{name}", kinds, name, value=asked)]


def _add_params(graph: _Graph, stage: LockedStage) -> list[str]:
    """Add the params that a stage ran with, one entity per file, its values as JSON."""
    return [
        graph.add(
            f"urn:touchstone:params:{quote(file)}:{stage.name}",
            ["prov:Entity", "touchstone:Params"],
            f"{file}, as {stage.name} read it",
            value=json.dumps(values, sort_keys=True),
        )
        for file, values in stage.params.items()
    ]


def _add_origin_of_dep(graph: _Graph, dep: Artefact, outs: list[Artefact]) -> None:
    """Describe which outs a stage's input is made up of, or which out it is a part of."""
    name = graph.add_file(dep)
    for out in outs:
        if out.path == dep.path or not out.meets(dep):
            continue
        made = graph.add_file(out)
        whole, part = (name, made) if out.path.startswith(f"{dep.path}/") else (made, name)
        graph.relate(whole, "hadMember", part)
        graph.relate(name, "wasDerivedFrom", made)
