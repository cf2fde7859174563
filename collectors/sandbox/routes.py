"""Which part of the sandbox answers which path."""

from collections.abc import Callable

from collectors.sandbox import gates, google, photos, storage
from collectors.sandbox import kaggle_api as kaggle
from collectors.sandbox.messages import Request, Response, text
from collectors.sandbox.site import Site


def robots(_site: Site, _request: Request) -> Response:
    """Permit everything."""
    return text("User-agent: *\nAllow: /\n")


#: A path that ends in a slash stands for all that begins with it.
ROUTES: dict[tuple[str, str], Callable[[Site, Request], Response]] = {
    ("GET", "/robots.txt"): robots,
    ("GET", "/search"): google.search,
    ("GET", "/m"): gates.consent,
    ("POST", "/save"): gates.save,
    ("GET", "/sorry/index"): gates.sorry,
    ("GET", "/images"): photos.thumbnail,
    ("GET", photos.PATH): photos.photo,
    ("POST", kaggle.PATH): kaggle.call,
    ("GET", storage.PATH): storage.archive,
}


def answer(site: Site, request: Request) -> Response:
    """Answer a request."""
    folder = request.path[: request.path.rfind("/") + 1]
    route = ROUTES.get((request.method, request.path)) or ROUTES.get((request.method, folder))
    return route(site, request) if route else text("There is no such page in the sandbox.\n", 404)
