"""Pictures by their address, from a real server."""

import pytest
from collectors.http.collect_settings import Collect

from app.checking.picture_address import fetch_picture
from pipeline.pictures.picture import PictureError
from tests.collectors.loading import here
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image

SETTINGS = Collect(max_bytes=100_000)


@pytest.fixture
def site():
    with serving() as server:
        yield server


def refusal(*given):
    with pytest.raises(PictureError) as raised:
        fetch_picture(*given)
    return raised.value.reason


def test_a_picture_comes_as_it_is(site):
    data = encode(make_image(1))
    site.routes["/a.jpg"] = Reply(data)
    assert fetch_picture(f"{site.url}/a.jpg", SETTINGS, here()) == data


def test_what_is_too_large_forbidden_or_no_picture_is_refused(site):
    site.routes |= {
        "/large.jpg": Reply(encode(make_image(1)) + bytes(200_000)),
        "/page": Reply("<html>", headers={"Content-Type": "text/html"}),
        "/private/a.jpg": Reply(encode(make_image(1))),
        "/robots.txt": Reply("User-agent: *\nDisallow: /private"),
    }
    reasons = [
        refusal(f"{site.url}{path}", SETTINGS, here()) for path in ("/large.jpg", "/page", "/private/a.jpg", "/no")
    ]
    assert reasons == ["too-large", "not-a-picture", "robots", "not-found"]


def test_this_machine_is_never_asked_by_the_app(site):
    assert refusal(f"{site.url}/a.jpg", SETTINGS) == "refused-address"
    assert not site.log
    assert not site.robots


def test_a_redirect_leads_nowhere_that_may_not_be_asked(site):
    site.routes["/a.jpg"] = Reply(status=302, headers={"Location": "http://169.254.169.254/latest"})
    assert refusal(f"{site.url}/a.jpg", SETTINGS, here()) == "refused-address"


def test_nothing_of_it_stays_on_disk(site, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    site.routes["/a.jpg"] = Reply(encode(make_image(1)))
    fetch_picture(f"{site.url}/a.jpg", SETTINGS, here())
    assert not list(tmp_path.iterdir())
