import pytest
import requests

from collectors.sandbox.site import document_id


def address(running, name):
    return f"{running.internet.google}/photos/{name}"


def test_a_picture_comes_as_it_is(running, pool):
    picture = pool.by_name["cityscape-4000 (1).jpg"]
    answers = [call(address(running, picture.name), timeout=10) for call in (requests.get, requests.head)]
    assert [answer.content for answer in answers] == [picture.data, b""]
    for answer in answers:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Length"] == str(len(picture.data))
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"] != ""


def test_a_picture_that_is_none_comes_as_it_is(running):
    answer = requests.get(address(running, "cityscape-4003 (1).jpg"), timeout=10)
    assert (answer.content, answer.headers["Content-Type"]) == (b"<html>", "text/html")


@pytest.mark.parametrize("name", ["cityscape-4001 (1).jpg", "cityscape-9 (1).jpg", "", "..%2fpictures.parquet"])
def test_a_missing_picture_is_not_found(running, name):
    assert requests.get(address(running, name), timeout=10).status_code == 404


def test_a_host_that_breaks_off(running):
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        requests.get(address(running, "cityscape-4002 (1).jpg"), timeout=10)


def test_thumbnails_go_by_the_id_of_the_document(running, pool):
    images = f"{running.internet.google}/images?q=tbn:"
    name = "cityscape-4000 (1).jpg"
    answer = requests.get(f"{images}{document_id(name)}&s", timeout=10)
    assert (answer.content, answer.headers["Content-Type"]) == (pool.by_name[name].thumbnail, "image/jpeg")
    assert requests.get(f"{images}nothing&s", timeout=10).status_code == 404
