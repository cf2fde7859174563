"""What Google shows in place of results: the consent page, the captcha, and the challenge. Here, only on demand."""

from datetime import UTC, datetime
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from collectors.sandbox.messages import Request, Response, page, redirect, text
from collectors.sandbox.search import instructions
from collectors.sandbox.site import Site

CONSENT_COOKIE = "SOCS"


def gate(request: Request, query: str) -> Response | None:
    """Return what stands before the results of a query that asks for it, or None."""
    asked = instructions(query)
    if "captcha" in asked:
        token = sha256(query.encode()).hexdigest()
        return redirect(f"/sorry/index?{urlencode({'continue': request.target, 'q': token})}")
    if "challenge" in asked:
        return page("challenge.html", query=query, event=sha256(query.encode()).hexdigest()[:23])
    if "unknown" in asked:
        return text("All new!\n")
    if "consent" in asked and not has_consent(request):
        facts = {"continue": request.target, "gl": "DE", "m": 0, "pc": "srp", "cm": 2, "hl": "en", "src": 1}
        return redirect(f"/m?{urlencode(facts)}")
    return None


def consent(_site: Site, request: Request) -> Response:
    """Show the consent page."""
    return page("consent.html", target=request.query.get("continue", "/"))


def save(site: Site, request: Request) -> Response:
    """Take the answer to the consent page, and lead back."""
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    choice = "reject" if form.get("set_eom") == "true" else "accept"
    target = own_address(site.origin, form.get("continue", "/"))
    return redirect(target, **{"Set-Cookie": f"{CONSENT_COOKIE}={choice}; Path=/; HttpOnly; SameSite=Lax"})


def sorry(_site: Site, request: Request) -> Response:
    """Show the captcha, which nothing solves."""
    return page(
        "sorry.html",
        429,
        target=request.query.get("continue", "/"),
        token=request.query.get("q", ""),
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def own_address(origin: str, target: str) -> str:
    """Return the address to go on to, which is never one of another host.

    >>> own_address("http://127.0.0.1:80", "/search?q=a b")
    'http://127.0.0.1:80/search?q=a%20b'
    >>> own_address("http://127.0.0.1:80", "https://example.org/")
    'http://127.0.0.1:80/'
    """
    try:
        parts = urlsplit(target.removeprefix(origin))
    except ValueError:
        return f"{origin}/"
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return f"{origin}/"
    return f"{origin}{quote(parts.path, safe='/%')}" + (f"?{quote(parts.query, safe='=&%+:')}" if parts.query else "")


def has_consent(request: Request) -> bool:
    """Return whether the browser has answered."""
    try:
        return CONSENT_COOKIE in SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return False
