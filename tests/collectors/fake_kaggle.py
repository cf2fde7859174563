"""Kaggle as the facts on it say, with one data set, whose storage can fail in each of the ways that it has."""

import base64
import hashlib
import io
import json
import time
import zipfile

from tests.collectors.local_server import Reply
from tests.factories import encode, make_image

DATASET = "birdy654/cifake"
API = "/v1/datasets.DatasetApiService/"
JSON = {"Content-Type": "application/json"}


def make_zip(padding: int = 0) -> bytes:
    """Three pictures and a file of so many bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(3):
            archive.writestr(f"train/REAL/000{number} (2).jpg", encode(make_image(number)))
        archive.writestr("readme.txt", bytes(padding))
    return out.getvalue()


def refusing(status: int) -> Reply:
    """Answer as the API does when something is wrong."""
    return Reply(json.dumps({"code": status, "message": "it broke"}), status, JSON)


class Kaggle:
    """``newest`` is the version that is current; ``cut``, the byte at which the next download ends.

    ``then`` says how it ends: "break" (the connection), "stall" (nothing more comes). ``md5`` is what the storage says
    of its file, the right one unless set. ``expired`` refuses all but the first download, as with old signatures.
    """

    def __init__(self, site, content, newest=1):
        self.content, self.newest, self.cut, self.then = content, newest, None, "break"
        self.md5 = base64.b64encode(hashlib.md5(content).digest()).decode()
        self.expired, self.asked, self.ranges = False, [], []
        self.storage = site.url.replace("127.0.0.1", "localhost") + "/storage/archive.zip"
        site.routes[f"{API}GetDataset"] = self.describe
        site.routes[f"{API}DownloadDataset"] = self.redirect
        site.routes["/storage/archive.zip"] = self.send

    def describe(self, handler):
        about = {
            "ref": DATASET,
            "currentVersionNumber": self.newest,
            "licenseName": "Other (specified in description)",
        }
        Reply(json.dumps(about), headers=JSON)(handler)

    def redirect(self, handler):
        self.asked.append((json.loads(handler.body), handler.headers["Authorization"]))
        Reply(status=302, headers={"Location": f"{self.storage}?X-Goog-Signature=abc"})(handler)

    def send(self, handler):
        asked = handler.headers.get("Range")
        if self.expired and self.ranges:
            self.ranges.append(asked)
            Reply("<Error>ExpiredToken</Error>", 403)(handler)
            return
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        handler.send_response(206 if asked else 200)
        headers = {
            "Content-Type": "application/zip",
            "Content-Length": str(len(self.content) - start),
            "Accept-Ranges": "bytes",
            "ETag": '"v1"',
            "Last-Modified": "Tue, 28 Mar 2023 16:00:31 GMT",
        } | ({"x-goog-hash": f"crc32c=AAAAAA==, md5={self.md5}"} if self.md5 else {})
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        cut, self.cut = self.cut, None
        handler.wfile.write(self.content[start:cut])
        if cut:
            handler.wfile.flush()
            time.sleep(60 if self.then == "stall" else 0)
            handler.close_connection = True
