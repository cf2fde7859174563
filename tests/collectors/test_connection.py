"""The address that was checked is the one connected to: real servers; only the answers of the resolver are made up."""

import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from collectors.http.context import LIVE
from collectors.http.outcome import Failure
from tests.collectors.loading import here, load_all, load_one
from tests.collectors.local_server import Reply, serving
from tests.factories import encode, make_image

JPEG = encode(make_image(1))


@pytest.fixture
def resolver(monkeypatch):
    """Answers that a host gives, one after the other and then the last for ever; and the names that were asked for."""
    answers, asked, real = {}, [], socket.getaddrinfo

    def look_up(host, port, *rest, **more):
        if host not in answers:
            return real(host, port, *rest, **more)
        asked.append(host)
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        kinds = [(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip) for ip in found]
        return [(kind, socket.SOCK_STREAM, 6, "", (ip, port)) for kind, ip in kinds]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    look_up.answers, look_up.asked = answers, asked
    return look_up


def load(url, internet=None):
    """Fetch an address on this machine, by whatever name."""
    return load_one(url, internet or here(url.rpartition("/")[0]))


def hang_up(handler):
    Reply(JPEG, headers={"Connection": "close"})(handler)
    handler.close_connection = True


def port(site):
    return site.url.rpartition(":")[2]


def test_a_host_is_looked_up_once_and_keeps_its_name(site, resolver):
    resolver.answers["rebind.test"] = [["127.0.0.1"], ["169.254.169.254"]]
    site.routes["/a.jpg"] = Reply(JPEG)
    site.routes["/robots.txt"] = Reply("User-agent: *\n")
    assert load(f"http://rebind.test:{port(site)}/a.jpg").data == JPEG
    assert resolver.asked == ["rebind.test"]
    assert site.headers[0]["Host"] == f"rebind.test:{port(site)}"


def test_every_new_connection_is_checked_anew(site, resolver):
    resolver.answers["rebind.test"] = [["127.0.0.1"], ["10.0.0.1"]]
    site.routes["/robots.txt"] = Reply("User-agent: *\n")
    site.routes["/a.jpg"] = hang_up
    url = f"http://rebind.test:{port(site)}/a.jpg"
    first, second = load_all([url, f"{url}?2"], here(url.rpartition("/")[0]))
    assert first.data == JPEG
    assert second == Failure("refused-address", "rebind.test is 10.0.0.1, which is not a public address")


@pytest.mark.parametrize(
    "answer",
    [["127.0.0.1"], ["::ffff:127.0.0.1"], ["::1"], ["169.254.169.254"], ["93.184.216.34", "192.168.0.1"]],
    ids=" ".join,
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(site, resolver, answer):
    resolver.answers["inside.test"] = [answer]
    assert load(f"http://inside.test:{port(site)}/a.jpg", LIVE).reason == "refused-address"
    assert site.log == []


@pytest.mark.parametrize(
    "target",
    [
        "http://inside.test/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:169.254.169.254]/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://user:secret@127.0.0.1/x",
        "ftp://127.0.0.1/x",
    ],
)
def test_every_hop_is_checked(site, resolver, target):
    resolver.answers["inside.test"] = [["10.1.2.3"]]
    site.routes["/a.jpg"] = Reply(status=302, headers={"Location": target})
    assert load(f"{site.url}/a.jpg").reason == "refused-address"


def test_an_address_that_does_not_answer_gives_way_to_the_next(site, resolver):
    resolver.answers["two.test"] = [["127.0.0.2", "127.0.0.1"]]
    site.routes["/a.jpg"] = Reply(JPEG)
    assert load(f"http://two.test:{port(site)}/a.jpg").data == JPEG


def test_a_host_of_many_addresses_has_three_of_them_tried(site, resolver):
    resolver.answers["many.test"] = [["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"]]
    site.routes["/a.jpg"] = Reply(JPEG)
    assert load(f"http://many.test:{port(site)}/a.jpg").reason == "connection"


def test_a_proxy_of_the_environment_is_not_used(site, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    site.routes["/a.jpg"] = Reply(JPEG)
    assert load(f"{site.url}/a.jpg").data == JPEG


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A TLS server whose certificate is for pictures.test, and the names that clients asked it for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pictures.test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.test")]), critical=False)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(secret + certificate)
    (tmp_path / "trusted.pem").write_bytes(certificate)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "trusted.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    asked = []
    context.sni_callback = lambda _, name, __: asked.append(name)
    with serving(context) as site:
        site.routes["/a.jpg"] = Reply(JPEG)
        site.asked = asked
        yield site


def test_tls_asks_for_the_name_and_checks_the_certificate_by_it(certified, resolver):
    resolver.answers["pictures.test"] = resolver.answers["other.test"] = [["127.0.0.1"]]
    assert load(f"https://pictures.test:{port(certified)}/a.jpg").data == JPEG
    assert set(certified.asked) == {"pictures.test"}
    assert load(f"https://other.test:{port(certified)}/a.jpg") == Failure(
        "tls", "robots.txt: CERTIFICATE_VERIFY_FAILED"
    )
    assert certified.log == ["/a.jpg"]
