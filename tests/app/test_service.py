"""The service over real HTTP, with a real detector."""

import io
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from PIL import Image, PngImagePlugin

from app.api.rate_limits import OVERHEAD
from pipeline.storage.labels import Label
from tests.app.conftest import serving
from tests.factories import encode
from tests.pipeline.conftest import picture
from tests.pipeline.signing import sign


def post(address, *files, **parameters):
    return requests.post(
        f"{address}/v1/check", files=[("files", file) for file in files], params=parameters, timeout=30
    )


def test_a_photograph_and_a_fake_get_their_answers_in_order(address):
    files = [(f"{label.name}.jpg", encode(picture(500, label))) for label in Label]
    answer = post(address, *files).json()
    assert answer["recipe"] == "tiny"
    assert answer["detector"]["headline"].startswith("The detector tiny cannot be judged")
    assert [result["name"] for result in answer["results"]] == ["REAL.jpg", "FAKE.jpg"]
    assert [result["judgement"]["called"] for result in answer["results"]] == ["REAL", "FAKE"]
    assert all("stored_again" in result and result["stored_again"] is None for result in answer["results"])


def test_a_full_check_knows_a_picture_of_the_data_set_again_and_stores_it_anew(address):
    known = encode(picture(3, Label.REAL))
    (result,) = post(address, ("it.jpg", known), full=True).json()["results"]
    assert {(found["source"], found["label"], found["by"]) for found in result["known"]} == {
        ("photos", "REAL", "bytes")
    }
    assert {stored["damage"] for stored in result["stored_again"]} >= {"jpeg-90", "rescale-50%", "screenshot"}
    (stranger,) = post(address, ("it.jpg", encode(picture(777, Label.REAL))), full=True).json()["results"]
    assert stranger["known"] == []


def test_evidence_in_the_file_is_told(address):
    said = PngImagePlugin.PngInfo()
    said.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64")
    stream = io.BytesIO()
    picture(1, Label.FAKE).save(stream, "PNG", pnginfo=said)
    (result,) = post(address, ("it.png", stream.getvalue())).json()["results"]
    assert result["evidence"] == {"kind": "ai", "field": "png:parameters", "signature": None}
    signed = sign(encode(picture(1, Label.FAKE)), "image/jpeg", "trainedAlgorithmicMedia")
    (result,) = post(address, ("it.jpg", signed)).json()["results"]
    signature = result["evidence"]["signature"]
    assert (signature["state"], signature["signer"]) == ("valid", "Acme Cameras")
    assert "on no trust list" in signature["words"]


HUGE = io.BytesIO()
Image.new("1", (20_000, 10_000)).save(HUGE, "PNG")


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "undecodable", "no picture that can be read"),
        (b"<html><script>alert(1)</script></html>", "undecodable", "no picture that can be read"),
        (b"", "undecodable", "no picture that can be read"),
        (encode(picture(1, 0))[:-500], "truncated", "cut off"),
        (HUGE.getvalue(), "too-many-pixels", "too many pixels"),
    ],
)  # fmt: skip
def test_what_is_no_picture_gets_a_clear_line_and_does_no_harm_to_the_next(address, data, reason, words):
    broken, good = post(address, ("bad.png", data), ("good.jpg", encode(picture(1, 0)))).json()["results"]
    assert broken["error"]["reason"] == reason
    assert words in broken["error"]["message"]
    assert good["judgement"]["called"] == "REAL"


def refusal(response):
    return response.status_code, response.json()["error"]["reason"]


def test_refusals_are_clear(address, detectors):
    good = ("good.jpg", encode(picture(1, 0)))
    assert refusal(post(address, good, recipe="nobody")) == (404, "unknown-recipe")
    assert refusal(requests.post(f"{address}/v1/check", timeout=30)) == (422, "invalid")
    assert refusal(post(address, *[good] * 33)) == (422, "invalid")
    assert refusal(requests.post(f"{address}/v1/check", data=iter([b"x"]), timeout=30)) == (411, "no-length")
    for host in ("elsewhere.example", "127.0.0.1.elsewhere.example", "[", ""):
        answer = requests.get(f"{address}/v1/health", headers={"Host": host}, timeout=30)
        assert refusal(answer) == (400, "wrong-host")


def test_it_answers_to_any_address_and_to_its_own_names(detectors):
    with serving(detectors, names=("localhost", "desk.example")) as address:
        for host in ("127.0.0.1:1234", "192.168.1.5", "[::1]:80", "[2001:db8::1]", "localhost:9", "desk.example"):
            assert requests.get(f"{address}/v1/health", headers={"Host": host}, timeout=30).status_code == 200


def test_too_much_is_refused_before_it_is_sent(address, detectors):
    host = urlsplit(address)
    with socket.create_connection((host.hostname, host.port), timeout=30) as connection:
        length = detectors.max_bytes + OVERHEAD + 1
        head = f"POST /v1/check HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode())
        assert b"413" in connection.recv(100)


def test_clients_are_kept_to_their_rate(detectors):
    with serving(detectors, per_minute=3) as address:
        answers = [requests.get(f"{address}/v1/health", timeout=30) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert "try again in" in answers[3].json()["error"]["message"]


def test_the_description_holds_for_whatever_is_sent(address):
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    for operation in schema.get_all_operations():
        _run_cases(operation.ok())


def _run_cases(operation):
    from hypothesis import HealthCheck, given, settings

    @given(case=operation.as_strategy())
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case):
        case.call_and_validate()

    check()


def test_fifty_at_once_get_the_scores_that_each_would_get_alone(address):
    def score(*numbers):
        files = [(f"{number}.jpg", encode(picture(number, number % 2))) for number in numbers]
        return [result["judgement"]["score"] for result in post(address, *files).json()["results"]]

    alone = [score(number)[0] for number in range(50)]
    assert len(set(alone)) > 25
    with ThreadPoolExecutor(50) as clients:
        together = [result[0] for result in clients.map(score, range(50))]
    assert together == pytest.approx(alone, abs=1e-5)
    assert score(*range(32)) == pytest.approx(alone[:32], abs=1e-5)
