"""Whether a C2PA signature holds, and whose it is: by the real library, on files that were signed by it."""

import io
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from PIL import Image

from pipeline.evidence import find_evidence, verifier
from pipeline.evidence.verifying import VERIFIER, Signature, Verifier
from pipeline.pictures.picture import open_picture
from tests.factories import encode, make_image
from tests.pipeline.signing import make_authority, sign

PICTURE = make_image(1, 64, 64)
TYPES = {kind: f"image/{kind.lower()}" for kind in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF")}
VALID = Signature("valid", "Acme Cameras")


def find(data):
    return find_evidence(open_picture(data, 10**6), data)


@pytest.mark.parametrize("kind", TYPES)
def test_a_signature_holds_until_the_picture_is_changed(kind):
    plain = encode(PICTURE, kind)
    data = sign(plain, TYPES[kind], "trainedAlgorithmicMedia")
    found = find(data)
    assert (found.kind, found.field, found.signature) == ("ai", "c2pa:trainedAlgorithmicMedia", VALID)
    # Near their ends, all these files hold pixels, which signing leaves as they are.
    place = data.index(plain[-60:-40])
    found = find(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    assert (found.kind, found.signature) == ("ai", Signature("invalid", "Acme Cameras"))


def test_heic_keeps_its_manifest_as_avif_does():
    data = encode(PICTURE, "AVIF").replace(b"ftypavif", b"ftypheic", 1)
    signed = sign(data, "image/heic", "digitalCapture")
    image = Image.open(io.BytesIO(encode(PICTURE, "AVIF")))
    assert find_evidence(image, signed).signature == VALID


def test_a_camera_is_believed_to_a_manifest_whose_signature_holds():
    data = sign(encode(PICTURE), "image/jpeg", "digitalCapture")
    assert (find(data).kind, find(data).field) == ("capture", "c2pa:digitalCapture")
    changed = data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]
    assert (find(changed).kind, find(changed).field) == ("none", "c2pa:digitalCapture")


def test_who_is_on_the_list_is_trusted(tmp_path):
    shutil.copy(verifier.__file__, tmp_path)
    (tmp_path / verifier.TRUSTED.name).write_bytes(make_authority().root)
    program = Verifier([sys.executable, "-I", str(tmp_path / Path(verifier.__file__).name)])
    data = sign(encode(PICTURE), "image/jpeg")
    assert program.ask("image/jpeg", data) == Signature("trusted", "Acme Cameras")
    assert VERIFIER.ask("image/jpeg", data) == VALID


def test_the_list_that_comes_along_can_be_read_and_is_the_c2pas():
    assert verifier.TRUSTED.read_text().count("-----BEGIN CERTIFICATE-----") >= 20


def test_nobody_is_asked_for_a_manifest():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            data = sign(encode(PICTURE), "image/jpeg", remote=f"http://127.0.0.1:{server.server_port}/manifest.c2pa")
            assert b"/manifest.c2pa" in data
            assert VERIFIER.ask("image/jpeg", data) == Signature("unreadable")
            assert find(data).signature is None
        finally:
            server.shutdown()
            thread.join()
    assert asked == []


@pytest.mark.parametrize("program", ["import os; os.abort()", "import time; time.sleep(600)", "print('{}')", ""])
def test_a_program_that_crashes_hangs_or_babbles_harms_nobody(program):
    failing = Verifier([sys.executable, "-c", program], seconds=1)
    data = sign(encode(PICTURE), "image/jpeg")
    assert failing.ask("image/jpeg", data).state == "unreadable"
    assert failing.ask("image/jpeg", bytes(10**6)).state == "unreadable"


def test_after_a_file_that_is_none_the_next_is_checked():
    assert VERIFIER.ask("image/jpeg", b"\xff\xd8\xff nothing") == Signature("unreadable")
    assert VERIFIER.ask("image/nothing", b"") == Signature("unreadable")
    assert VERIFIER.ask("image/jpeg", sign(encode(PICTURE), "image/jpeg")) == VALID
