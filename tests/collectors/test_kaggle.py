"""The real ``kaggle`` client against a server that answers as Kaggle does."""

import dataclasses
import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from collectors.kaggle.kaggle_client import KaggleResponse
from collectors.kaggle.kaggle_collector import collect
from collectors.kaggle.kaggle_settings import KaggleDataset
from collectors.kaggle.kaggle_store import KaggleFacts, Store
from pipeline.runtime.errors import (
    ArchiveError,
    CredentialsError,
    NotAnArchiveError,
    NothingFoundError,
    RefusedError,
    ServiceError,
)
from tests.collectors.fake_kaggle import API, DATASET, Kaggle, make_zip, refusing

SETTINGS = KaggleDataset(collector="kaggle", dataset=DATASET)


@pytest.mark.parametrize("dataset", ["owner/..", "../name", "owner/.hidden", "/name", "owner/name/2"])
def test_a_name_that_would_lead_out_of_the_cache_is_refused(dataset):
    with pytest.raises(ValidationError, match="should match pattern"):
        KaggleDataset(collector="kaggle", dataset=dataset)


def test_the_archive_is_downloaded_read_and_not_loaded_again(site, context, monkeypatch, capfd):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "a person's own secret")
    before = dict(os.environ)
    kaggle = Kaggle(site, make_zip(), newest=7)
    first = list(collect("cifake", SETTINGS, context))
    record, rejection = first[0], first[3]
    assert record.candidate.image_url == f"kaggle:{DATASET}/versions/7!/train/REAL/0000 (2).jpg"
    assert (record.candidate.label.name, record.candidate.official_split) == ("REAL", "train")
    assert record.candidate.license == "Other (specified in description)"
    assert record.fetched_at == datetime(2023, 3, 28, 16, 0, 31, tzinfo=UTC)
    assert rejection.reason == "not-a-picture"
    (body, authorization) = kaggle.asked[0]
    assert body == {"ownerSlug": "birdy654", "datasetSlug": "cifake", "datasetVersionNumber": 7}
    assert authorization.startswith("Basic ")
    assert os.environ == before
    assert capfd.readouterr() == ("", "")
    assert [result.row() for result in collect("cifake", SETTINGS, context)] == [result.row() for result in first]
    assert len(kaggle.asked) == 1, "version 7 is here; only what the newest version is was asked for"
    kaggle.newest = 8
    newer = next(collect("cifake", SETTINGS, context))
    assert newer.candidate.image_url.startswith(f"kaggle:{DATASET}/versions/8!/")
    assert len(kaggle.asked) == 2


def test_a_version_that_is_pinned_and_here_needs_no_network(site, context):
    kaggle = Kaggle(site, make_zip(), newest=7)
    pinned = SETTINGS.model_copy(update={"version": 4, "license": "MIT"})
    first = list(collect("cifake", pinned, context))
    assert first[0].candidate.image_url == f"kaggle:{DATASET}/versions/4!/train/REAL/0000 (2).jpg"
    # Kaggle's own word: what params.yaml states is applied once it is collected.
    assert first[0].candidate.license == "Other (specified in description)"
    assert [body["datasetVersionNumber"] for body, _ in kaggle.asked] == [4]
    site.log.clear()
    assert [result.row() for result in collect("cifake", pinned, context)] == [result.row() for result in first]
    assert site.log == []


def test_a_download_that_was_cut_goes_on(site, context):
    kaggle = Kaggle(site, make_zip(padding=3 * 2**20))
    kaggle.cut = 2 * 2**20
    assert len(list(collect("cifake", SETTINGS, context))) == 4
    assert kaggle.ranges == [None, "bytes=2097152-"]


@pytest.fixture
def hasty(context):
    """Patience of 15 s: the client takes one or two to start, and ten on a very busy machine."""
    return dataclasses.replace(context, fetching=context.fetching.model_copy(update={"timeout": 2.5}))


def test_the_next_run_goes_on_at_the_byte_where_the_last_one_was_stopped(site, hasty):
    kaggle = Kaggle(site, make_zip(padding=3 * 2**20))
    kaggle.cut, kaggle.then = 2 * 2**20, "stall"
    with pytest.raises(ServiceError, match=r"nothing came for 15 s; what came so far is kept, run this again"):
        list(collect("cifake", SETTINGS, hasty))
    assert len(list(collect("cifake", SETTINGS, hasty))) == 4
    assert kaggle.ranges == [None, None, "bytes=2097152-"], "the second only for its headers"


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, CredentialsError, r"refused the credentials \(401\).*kaggle\.com/settings"),
        (
            403,
            RefusedError,
            r"birdy654/cifake \(403\).*wants terms accepted at https://www\.kaggle\.com/datasets/birdy",
        ),
        (404, NothingFoundError, r"no data set birdy654/cifake \(404\)"),
        (429, RefusedError, r"asks for a pause \(429\)"),
        (500, ServiceError, r"did not give birdy654/cifake: it broke"),
    ],
)
def test_each_error_says_in_one_line_what_to_do(site, context, status, error, words):
    Kaggle(site, make_zip())
    site.routes[f"{API}{'GetDataset' if status == 404 else 'DownloadDataset'}"] = refusing(status)
    with pytest.raises(error, match=words):
        list(collect("cifake", SETTINGS, context))


def test_a_version_that_is_not_there_is_named(site, context):
    Kaggle(site, make_zip())
    site.routes[f"{API}DownloadDataset"] = refusing(404)
    with pytest.raises(NothingFoundError, match=r"no data set birdy654/cifake, version 99 \(404\)"):
        list(collect("cifake", SETTINGS.model_copy(update={"version": 99}), context))


def test_a_client_that_hangs_is_left(site, hasty):
    over = threading.Event()
    site.routes[f"{API}GetDataset"] = lambda handler: over.wait(60)
    with pytest.raises(ServiceError, match="nothing came for 15 s"):
        list(collect("cifake", SETTINGS, hasty))
    over.set()


def test_an_archive_that_is_none_does_not_stay(site, context):
    Kaggle(site, b"<html>expired</html>").md5 = None
    with pytest.raises(NotAnArchiveError, match=f"kaggle:{DATASET}/versions/1: not a zip archive"):
        list(collect("cifake", SETTINGS, context))
    assert not list(context.spool.rglob("*.zip"))


def test_an_archive_that_is_not_what_the_storage_says_does_not_stay(site, context):
    kaggle = Kaggle(site, make_zip())
    kaggle.md5 = "AAAAAAAAAAAAAAAAAAAAAA=="
    with pytest.raises(ArchiveError, match=r"version 1 was damaged on its way.* and is removed; run this again"):
        list(collect("cifake", SETTINGS, context))
    assert not list(context.spool.rglob("*.zip"))


def test_an_error_page_in_the_place_of_the_rest_is_not_gone_on_with(site, context):
    # kaggle 2.2.4 takes what comes after a cut for the file, even if it says 403.
    kaggle = Kaggle(site, make_zip(padding=3 * 2**20))
    kaggle.cut, kaggle.expired = 2 * 2**20, True
    with pytest.raises(ServiceError, match=r"did not give birdy654/cifake: .*size"):
        list(collect("cifake", SETTINGS, context))
    kaggle.expired = False
    assert len(list(collect("cifake", SETTINGS, context))) == 4
    assert kaggle.ranges[-1] is None


def test_two_sources_share_one_download(site, context):
    kaggle = Kaggle(site, make_zip(padding=2**20))
    counts = []
    sources = [
        threading.Thread(target=lambda name=name: counts.append(len(list(collect(name, SETTINGS, context)))))
        for name in ("one", "two")
    ]
    for source in sources:
        source.start()
    for source in sources:
        source.join()
    assert counts == [4, 4]
    assert len(kaggle.asked) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', '{"a": 1, "b": 2, "c": 3}'])
def test_facts_that_are_damaged_are_not_believed(tmp_path, content):
    store = Store(tmp_path, DATASET)
    store.path(1).parent.mkdir()
    store.path(1).write_bytes(make_zip())
    store.keep(KaggleFacts(1, "MIT", None))
    assert store.find(1) == KaggleFacts(1, "MIT", None)
    (tmp_path / "1" / "facts.json").write_text(content)
    assert store.find(1) is None


#: The client as it runs live, but for the address; the environment is that of the test.
ASK = """
import dataclasses, json, sys
from pathlib import Path
from kagglesdk import kaggle_env
kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = sys.argv[1]
from collectors.kaggle.kaggle_client import Wanted, ask
from collectors.kaggle.kaggle_store import Store
answer = ask(Wanted("birdy654/cifake", None, None), Store(Path(sys.argv[2]), "birdy654/cifake"))
print(json.dumps(dataclasses.asdict(answer)))
"""


def ask(site, tmp_path, **credentials):
    """Ask as somebody who has no credentials but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KAGGLE_")}
    environment = {**kept, "HOME": str(tmp_path), "NO_PROXY": "localhost,127.0.0.1", **credentials}
    command = [sys.executable, "-c", ASK, site.url, str(tmp_path / "store")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert not [value for value in credentials.values() if value in done.stdout + done.stderr]
    return KaggleResponse(**json.loads(done.stdout.splitlines()[-1]))


def test_a_public_data_set_asks_for_nobodys_name(site, tmp_path):
    kaggle = Kaggle(site, make_zip())
    answer = ask(site, tmp_path)
    assert (answer.outcome, answer.version, answer.anonymous) == ("done", 1, True)
    assert [authorization for _, authorization in kaggle.asked] == [None]


def test_where_a_name_is_asked_for_the_line_says_how_to_get_one(site, tmp_path, context, monkeypatch):
    Kaggle(site, make_zip())
    site.routes[f"{API}DownloadDataset"] = refusing(403)
    answer = ask(site, tmp_path)
    assert (answer.outcome, answer.status, answer.anonymous) == ("status", 403, True)
    monkeypatch.setattr("collectors.kaggle.kaggle_collector.run_client", lambda *_: answer)
    with pytest.raises(CredentialsError, match=r"to everybody \(403\); make a token at .*kaggle\.com/settings"):
        list(collect("cifake", SETTINGS, context))


def test_credentials_are_sent_to_kaggle_and_nowhere_else(site, tmp_path):
    kaggle = Kaggle(site, make_zip())
    answer = ask(site, tmp_path, KAGGLE_USERNAME="someone", KAGGLE_KEY="a-secret")
    assert (answer.outcome, answer.anonymous) == ("done", False)
    assert [authorization[:6] for _, authorization in kaggle.asked] == ["Basic "]
    storage = [headers for path, headers in zip(site.log, site.headers, strict=True) if path.startswith("/storage")]
    assert [headers.get("Authorization") for headers in storage] == [None]


def test_a_storage_that_is_gone_does_not_bring_the_signature_into_the_line(site, tmp_path):
    kaggle = Kaggle(site, make_zip())
    kaggle.storage = "http://localhost:9/archive.zip"
    answer = ask(site, tmp_path)
    assert answer.outcome == "failed"
    assert "/archive.zip?..." in answer.detail
    assert "Signature" not in answer.detail
