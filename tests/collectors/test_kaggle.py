"""The real ``kaggle`` client against a server that answers as Kaggle does."""

import dataclasses
import io
import json
import os
import time
import zipfile
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from collectors.kaggle import collect
from collectors.surroundings import LIVE
from pipeline.parts.errors import (
    CredentialsError,
    NotAnArchiveError,
    NothingFoundError,
    RefusedError,
    ServiceError,
)
from pipeline.parts.sources import KaggleDataset
from tests.collectors.local_server import Reply
from tests.factories import encode, make_image

DATASET = "birdy654/cifake"
SETTINGS = KaggleDataset(collector="kaggle", dataset=DATASET)
DOWNLOAD = "/v1/datasets.DatasetApiService/DownloadDataset"


class Kaggle:
    """One data set; its storage is another host, as with Kaggle, and can cut the first download short."""

    def __init__(self, site, content, cut=None):
        self.content, self.cut, self.asked, self.ranges = content, cut, [], []
        self.storage = site.url.replace("127.0.0.1", "localhost") + "/storage/archive.zip"
        site.routes[DOWNLOAD] = self.redirect
        site.routes["/storage/archive.zip"] = self.send

    def redirect(self, handler):
        self.asked.append((json.loads(handler.body), handler.headers["Authorization"]))
        Reply(status=302, headers={"Location": f"{self.storage}?X-Goog-Signature=abc"})(handler)

    def send(self, handler):
        asked = handler.headers.get("Range")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        handler.send_response(206 if asked else 200)
        headers = {
            "Content-Type": "application/zip",
            "Content-Length": str(len(self.content) - start),
            "Accept-Ranges": "bytes",
            "ETag": '"v1"',
            "Last-Modified": "Tue, 28 Mar 2023 16:00:31 GMT",
        }
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.content[start : self.cut])
        if self.cut:
            handler.close_connection = True
            self.cut = None


def make_zip(padding=0):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(3):
            archive.writestr(f"train/REAL/000{number} (2).jpg", encode(make_image(number)))
        archive.writestr("readme.txt", bytes(padding))
    return out.getvalue()


@pytest.mark.parametrize("dataset", ["owner/..", "../name", "owner/.hidden", "/name", "owner/name/2"])
def test_a_name_that_would_lead_out_of_the_cache_is_refused(dataset):
    with pytest.raises(ValidationError, match="should match pattern"):
        KaggleDataset(collector="kaggle", dataset=dataset)


def test_the_archive_is_downloaded_read_and_not_loaded_again(site, around, monkeypatch, capfd):
    monkeypatch.setenv("KAGGLE_API_TOKEN", "a person's own secret")
    before = dict(os.environ)
    kaggle = Kaggle(site, make_zip())
    first = list(collect("cifake", SETTINGS, around))
    record, rejection = first[0], first[3]
    assert record.candidate.image_url == f"kaggle:{DATASET}!/train/REAL/0000 (2).jpg"
    assert (record.candidate.label.name, record.candidate.official_split) == ("REAL", "train")
    assert record.fetched_at == datetime(2023, 3, 28, 16, 0, 31, tzinfo=UTC)
    assert rejection.reason == "not-a-picture"
    (body, authorization) = kaggle.asked[0]
    assert body == {"ownerSlug": "birdy654", "datasetSlug": "cifake"}
    assert authorization.startswith("Basic ")
    assert os.environ == before
    assert capfd.readouterr() == ("", "")
    # The client asks for the headers again, to see whether the data set has changed.
    path = around.spool / "kaggle" / DATASET / "cifake.zip"
    changed = path.stat().st_ctime_ns
    assert [result.row() for result in collect("cifake", SETTINGS, around)] == [result.row() for result in first]
    assert len(kaggle.asked) == 2
    assert path.stat().st_ctime_ns == changed


def test_a_download_that_was_cut_goes_on(site, around):
    kaggle = Kaggle(site, make_zip(padding=3 * 2**20), cut=2 * 2**20)
    assert len(list(collect("cifake", SETTINGS, around))) == 4
    assert kaggle.ranges[0] is None
    assert kaggle.ranges[1] == "bytes=2097152-"


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
def test_each_error_says_in_one_line_what_to_do(site, around, status, error, words):
    answer = json.dumps({"code": status, "message": "it broke"})
    site.routes[DOWNLOAD] = Reply(answer, status, {"Content-Type": "application/json"})
    with pytest.raises(error, match=words):
        list(collect("cifake", SETTINGS, around))


def test_a_client_that_hangs_is_left(site, around):
    patient = dataclasses.replace(around, fetching=around.fetching.model_copy(update={"timeout": 1.0}))
    site.routes[DOWNLOAD] = lambda handler: time.sleep(10)
    start = time.monotonic()
    with pytest.raises(ServiceError, match="nothing came for 6 s"):
        list(collect("cifake", SETTINGS, patient))
    assert time.monotonic() - start < 9


def test_an_archive_that_is_none_does_not_stay(site, around):
    Kaggle(site, b"<html>expired</html>")
    with pytest.raises(NotAnArchiveError, match=f"kaggle:{DATASET}: not a zip archive"):
        list(collect("cifake", SETTINGS, around))
    assert not list(around.spool.rglob("*.zip"))


def test_without_credentials_the_real_kaggle_is_not_even_asked(around, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("KAGGLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    live = dataclasses.replace(around, internet=LIVE)
    with pytest.raises(
        CredentialsError, match=r"there are none that work; make a token at https://www\.kaggle\.com/settings"
    ):
        list(collect("cifake", SETTINGS, live))
