"""Kaggle: the part of its API that the ``kaggle`` client uses for data sets, with one data set.

Every call is a POST of JSON, with the names of what protocol buffers write: camelCase, and defaults left out.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

from collectors.sandbox.messages import Request, Response, json_response, redirect
from collectors.sandbox.site import Site
from collectors.sandbox.storage import PATH as STORAGE

PATH = "/v1/datasets.DatasetApiService/"

OWNER, NAME = "birdy654", "cifake-real-and-ai-generated-synthetic-images"
TITLE = "CIFAKE: Real and AI-Generated Synthetic Images (sandbox stand-in)"
LICENSE = "Other (specified in description)"

#: The client's help says that the real one allows no more.
MAX_PAGE = 200


def call(site: Site, request: Request) -> Response:
    """Answer a call."""
    answer = CALLS.get(request.path.removeprefix(PATH))
    if answer is None:
        return error(404, "Not found")
    try:
        facts = json.loads(request.body or b"{}")
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        return error(400, "The request is not a JSON object")
    wanted = (facts.get("ownerSlug"), facts.get("datasetSlug"), facts.get("datasetVersionNumber", 1))
    if wanted != (OWNER, NAME, 1) or not site.pool.archive.is_file():
        return error(404, "Dataset not found")
    return answer(site, facts)


def error(code: int, message: str) -> Response:
    """Answer with an error as the API writes it."""
    return json_response({"code": code, "message": message}, code)


def _get(site: Site, _facts: dict[str, Any]) -> Response:
    stat = site.pool.archive.stat()
    dataset = {
        "ref": f"{OWNER}/{NAME}",
        "title": TITLE,
        "ownerRef": OWNER,
        "currentVersionNumber": 1,
        "licenseName": LICENSE,
        "totalBytes": stat.st_size,
        "lastUpdated": _time(stat.st_mtime),
    }
    return json_response(dataset)


def _metadata(_site: Site, _facts: dict[str, Any]) -> Response:
    info = {
        "datasetSlug": NAME,
        "ownerUser": OWNER,
        "title": TITLE,
        "description": "Stand-ins for the pictures of CIFAKE. See docs/sandbox.md.",
        "licenses": [{"name": LICENSE}],
    }
    return json_response({"info": info})


def _files(site: Site, facts: dict[str, Any]) -> Response:
    token, size = str(facts.get("pageToken") or "0"), facts.get("pageSize", 20)
    if not (token.isascii() and token.isdigit()) or not isinstance(size, int):
        return error(400, "The page token or the page size is not valid")
    first, last = int(token), int(token) + max(1, min(size, MAX_PAGE))
    created = _time(site.pool.archive.stat().st_mtime)
    with ZipFile(site.pool.archive) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    files = [
        {"name": entry.filename, "totalBytes": entry.file_size, "creationDate": created}
        for entry in entries[first:last]
    ]
    return json_response({"datasetFiles": files} | ({"nextPageToken": str(last)} if last < len(entries) else {}))


def _status(_site: Site, _facts: dict[str, Any]) -> Response:
    return json_response({"status": "ready"})


def _download(site: Site, facts: dict[str, Any]) -> Response:
    if facts.get("fileName"):
        return error(404, "The sandbox gives the data set as a whole only")
    return redirect(site.storage + STORAGE)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


CALLS: dict[str, Callable[[Site, dict[str, Any]], Response]] = {
    "GetDataset": _get,
    "GetDatasetMetadata": _metadata,
    "ListDatasetFiles": _files,
    "GetDatasetStatus": _status,
    "DownloadDataset": _download,
}
