"""The real ``kaggle`` client against the sandbox."""

import base64
import hashlib
import json

import pytest
import requests

from collectors.sandbox.kaggle_api import LICENSE, NAME, OWNER, PATH
from collectors.sandbox.storage import PATH as STORAGE

DATASET = f"{OWNER}/{NAME}"


@pytest.fixture
def api(running, tmp_path, monkeypatch):
    for name, value in {"USERNAME": "nobody", "KEY": "none", "CONFIG_DIR": str(tmp_path / "config")}.items():
        monkeypatch.setenv(f"KAGGLE_{name}", value)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    from kaggle.api.kaggle_api_extended import KaggleApi
    from kagglesdk import kaggle_env

    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, running.internet.kaggle)
    api = KaggleApi()
    api.authenticate()
    return api


def test_the_archive_is_downloaded_once(api, running, pool, tmp_path):
    api.dataset_download_files(DATASET, path=str(tmp_path), quiet=True)
    path = tmp_path / f"{NAME}.zip"
    assert path.read_bytes() == pool.archive.read_bytes()
    path.write_bytes(b"x" * path.stat().st_size)
    api.dataset_download_files(DATASET, path=str(tmp_path), quiet=True)
    assert path.read_bytes().startswith(b"xxx"), "it was there, and is not loaded again"


def test_a_cut_download_is_gone_on_with(api, running, pool, tmp_path):
    whole = pool.archive.read_bytes()
    etag = requests.head(running.internet.kaggle + STORAGE, timeout=10).headers["ETag"]
    start = b"x" * 2_000_000
    (tmp_path / f"{NAME}.zip").write_bytes(start)
    partial = tmp_path / f"{NAME}.zip.kaggle-partial"
    partial.write_text(json.dumps({"validator": etag, "size": len(whole)}))
    api.dataset_download_files(DATASET, path=str(tmp_path), quiet=True)
    assert (tmp_path / f"{NAME}.zip").read_bytes() == start + whole[len(start) :]
    assert not partial.exists()


def test_the_names_in_the_archive_are_listed_by_pages(api):
    names, token = [], None
    while token != "":
        page = api.dataset_list_files(DATASET, page_token=token, page_size=150)
        names += [file.name for file in page.files]
        token = page.next_page_token
    assert (len(names), len(set(names)), names[0]) == (241, 241, "train/REAL/0000 (2).jpg")


def test_metadata_and_status(api, tmp_path):
    api.dataset_metadata(DATASET, path=str(tmp_path))
    info = json.loads((tmp_path / "dataset-metadata.json").read_text())["info"]
    assert (info["title"].partition(":")[0], info["licenses"]) == ("CIFAKE", [{"name": LICENSE}])
    assert api.dataset_status(DATASET) == "ready"


@pytest.mark.parametrize("dataset", ["somebody/else", f"{DATASET}/2"])
def test_other_data_sets_are_not_found(api, tmp_path, dataset):
    with pytest.raises(requests.HTTPError, match="Dataset not found") as caught:
        api.dataset_download_files(dataset, path=str(tmp_path), quiet=True)
    assert caught.value.response.status_code == 404


def test_the_download_is_on_another_host(running):
    slugs = {"ownerSlug": OWNER, "datasetSlug": NAME}
    address = f"{running.internet.kaggle}{PATH}DownloadDataset"
    answer = requests.post(address, json=slugs, timeout=10, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"] == running.internet.kaggle.replace("127.0.0.1", "localhost") + STORAGE


def test_the_current_version(running, pool):
    slugs = {"ownerSlug": OWNER, "datasetSlug": NAME}
    answer = requests.post(f"{running.internet.kaggle}{PATH}GetDataset", json=slugs, timeout=10).json()
    assert (answer["currentVersionNumber"], answer["totalBytes"]) == (1, pool.archive.stat().st_size)


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [("GetDataset", "[]", 400), ("GetDataset", "{", 400), ("GetDataset", "{}", 404), ("Invent", "{}", 404)],
)
def test_calls_that_make_no_sense(running, call, body, status):
    answer = requests.post(f"{running.internet.kaggle}{PATH}{call}", data=body, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (status, status)


def test_a_body_that_is_too_long_is_refused(running):
    answer = requests.post(f"{running.internet.kaggle}{PATH}GetDataset", data=b" " * 70_000, timeout=10)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ({"Range": "bytes=10-19"}, 206, slice(10, 20)),
        ({"Range": "bytes=100-"}, 206, slice(100, None)),
        ({"Range": "bytes=100-", "If-Range": "ETAG"}, 206, slice(100, None)),
        ({"Range": "bytes=100-", "If-Range": "DATE"}, 206, slice(100, None)),
        ({"Range": "bytes=100-", "If-Range": '"another"'}, 200, slice(None)),
        ({"Range": "bytes=999999999-"}, 416, slice(0)),
        ({"Range": "lines=1-2"}, 200, slice(None)),
        ({}, 200, slice(None)),
    ],
)
def test_ranges(running, pool, wanted, status, part):
    address, whole = running.internet.kaggle + STORAGE, pool.archive.read_bytes()
    head = requests.head(address, timeout=10).headers
    names = {"ETAG": head["ETag"], "DATE": head["Last-Modified"]}
    answer = requests.get(address, headers={k: names.get(v, v) for k, v in wanted.items()}, timeout=10)
    assert (answer.status_code, answer.content) == (status, whole[part])
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert head["x-goog-hash"] == f"md5={base64.b64encode(hashlib.md5(whole).digest()).decode()}"
    assert head["Last-Modified"].endswith(" GMT")
