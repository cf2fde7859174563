import json

import pytest
import rdflib

from pipeline.lineage.lock import read_lock
from pipeline.lineage.prov import RELATIONS, describe_build
from tests.touchstone.builds import SOURCES, run


def test_a_model_is_traced_to_revision_params_data_and_sources(touchstone, built):
    done = touchstone(built.root, "trace", "results/tiny/model.keras", "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    head = run(built.root, "git", "rev-parse", "HEAD").stdout.strip()
    assert (found["stage"], found["intact"], found["revision"], found["changed_code"]) == (
        "train@tiny",
        True,
        head,
        [],
    )
    assert found["params"]["recipes/tiny.yaml"]["train"]["epochs"] == 1
    assert found["params"]["params.yaml"]["seed"] == 42
    assert found["environment"]["keras"]
    names = [stage["name"] for stage in found["stages"]]
    assert {"collect@photos", "collect@fakes", "deduplicate", "split@tiny", "augment@tiny"} <= set(names)
    assert not {"evaluate@tiny", "card@tiny"} & set(names)
    assert names.index("collect@photos") < names.index("screen@photos") < names.index("deduplicate")
    assert {source["source"]: source["collect"] for source in found["sources"]} == {"photos": 49, "fakes": 49}


def test_an_out_of_all_recipes_has_its_sources_too(touchstone, built):
    found = json.loads(touchstone(built.root, "trace", "datasets/deduplicated/groups.parquet", "--json").out)
    assert [source["collect"] for source in found["sources"]] == [49, 49]


def test_what_changed_since_is_said(touchstone, copy_of_built):
    metrics = copy_of_built.results("tiny") / "metrics.json"
    metrics.write_text(metrics.read_text() + "\n")
    done = touchstone(copy_of_built.root, "trace", metrics)
    assert done.code == 0, done.err
    assert "CHANGED since dvc.lock recorded it" in done.out
    assert "split.ratio" not in done.out
    assert "keras" in done.out


def test_what_no_stage_wrote_is_said_in_one_line(touchstone, built):
    done = touchstone(built.root, "trace", "README.md")
    assert done.code == 30
    assert "results/tiny/model.keras" in done.err


PREFIXES = """PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX touchstone: <urn:touchstone:terms:>
"""


@pytest.fixture(scope="module")
def prov(built):
    """The provenance of the whole build, as another program reads it."""
    lock = read_lock(built.root)
    return rdflib.Graph().parse(data=json.dumps(describe_build(built.root, lock, lock.values())), format="json-ld")


def ask(prov, query):
    return {tuple(map(str, row)) for row in prov.query(PREFIXES + query)}


def test_in_prov_every_model_derives_from_every_source(prov):
    derived = """SELECT ?model ?source WHERE {
        ?m a touchstone:Model ; rdfs:label ?model ; prov:wasDerivedFrom+ ?s .
        ?s a touchstone:Source ; rdfs:label ?source }"""
    assert ask(prov, derived) == {("results/tiny/model.keras", source) for source in SOURCES}


def test_prov_says_what_dvc_lock_says(prov, built):
    lock = read_lock(built.root)
    made = "SELECT ?path ?md5 ?stage WHERE { ?f rdfs:label ?path ; touchstone:md5 ?md5 ; prov:wasGeneratedBy ?a . "
    made += "?a a prov:Activity ; rdfs:label ?stage }"
    assert ask(prov, made) == {(out.path, out.md5, stage.name) for stage in lock.values() for out in stage.outs}
    used = "SELECT ?stage ?path ?md5 WHERE { ?a a prov:Activity ; rdfs:label ?stage ; prov:used ?f . "
    used += "?f rdfs:label ?path ; touchstone:md5 ?md5 }"
    assert ask(prov, used) == {(stage.name, dep.path, dep.md5) for stage in lock.values() for dep in stage.deps}
    params = "SELECT ?stage ?value WHERE { ?a rdfs:label ?stage ; prov:used ?p . "
    params += "?p a touchstone:Params ; prov:value ?value }"
    found = {(stage, json.dumps(json.loads(value))) for stage, value in ask(prov, params)}
    wanted = {(s.name, json.dumps(v, sort_keys=True)) for s in lock.values() for v in s.params.values()}
    assert found == wanted


def test_prov_is_the_same_in_whatever_order_the_lock_has_its_stages(built):
    lock = read_lock(built.root)
    backwards = dict(reversed(lock.items()))
    first, second = (describe_build(built.root, each, each.values())["@graph"] for each in (lock, backwards))
    assert [(node["@id"], node["@type"]) for node in first] == [(node["@id"], node["@type"]) for node in second]


def test_in_prov_folders_are_collections_and_their_parts_are_members(prov):
    assert not ask(prov, "SELECT ?f WHERE { ?f prov:hadMember ?part FILTER NOT EXISTS { ?f a prov:Collection } }")
    members = "SELECT ?part WHERE { ?f rdfs:label 'datasets/deduplicated' ; prov:hadMember ?p . ?p rdfs:label ?part }"
    assert ("datasets/deduplicated/keep/photos.parquet",) in ask(prov, members)


def test_prov_names_the_revision_that_recorded_it(prov, built):
    head = run(built.root, "git", "rev-parse", "HEAD").stdout.strip()
    agents = "SELECT DISTINCT ?agent WHERE { ?a prov:wasAssociatedWith ?agent . ?agent a prov:SoftwareAgent }"
    assert ask(prov, agents) == {(f"urn:touchstone:revision:{head}",)}


def test_prov_of_one_file_holds_what_is_behind_it(touchstone, built):
    found = json.loads(touchstone(built.root, "trace", "datasets/deduplicated", "--prov").out)
    stages = {node["label"] for node in found["@graph"] if "prov:Activity" in node["@type"]}
    named = {f"{stage}@{source}" for stage in ("collect", "screen") for source in SOURCES}
    assert stages == {"sources", "deduplicate"} | named


def test_prov_of_all_is_what_a_reader_without_a_network_understands(touchstone, built):
    found = json.loads(touchstone(built.root, "trace", "--prov").out)
    assert isinstance(found["@context"], dict)
    names = [node["@id"] for node in found["@graph"]]
    assert names == sorted(names)
    related = {each for node in found["@graph"] for relation in RELATIONS for each in node.get(relation, [])}
    assert related <= set(names)


def test_a_trace_of_nothing_is_a_wrong_command_line(touchstone, built):
    assert touchstone(built.root, "trace").code == 2
