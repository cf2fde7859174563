"""Google Images: the result page, and the batches that follow when it is scrolled."""

import base64
from collections.abc import Sequence
from urllib.parse import quote

from markupsafe import Markup

from collectors.sandbox.gates import gate, has_consent
from collectors.sandbox.messages import Request, Response, page, text
from collectors.sandbox.pool import ListedPicture
from collectors.sandbox.records import Batch, records, script, script_json
from collectors.sandbox.search import find, instructions
from collectors.sandbox.site import Site, document_id

#: Results in a batch. The next one starts at 10 more, as if there were 10 to a page.
BATCH, STEP = 100, 10

#: How many thumbnails come with the page itself.
FIRST_SCREEN = 24

#: What stands before JSON so that no other site can run it as a script.
GUARD = ")]}'\n"


def search(site: Site, request: Request) -> Response:
    """Answer a search, or the request for a further batch of one."""
    query = request.query.get("q", "")
    if refusal := gate(request, query):
        return refusal
    found = find(site.pool, query)
    if not found:
        return page("noresults.html", query=query)
    asked = instructions(query)
    start = _start(request)
    first = start // STEP * BATCH
    batch = Batch(found[first : first + BATCH], first, asked)
    following = start + STEP if first + BATCH < len(found) else None
    if request.query.get("asearch") == "arc":
        # The grid kept its later records to itself: no script of the page ever shows them.
        more = {"records": records(site, batch)} if "grid" in asked else {"script": script(site, batch)}
        return text(GUARD + script_json({**more, "next": following}))
    return page(
        "grid.html" if "grid" in asked else "results.html",
        query=query,
        records=Markup(script(site, batch)),  # noqa: S704 (it is escaped for scripts)
        inline=Markup(script_json({} if "bare" in asked else _inline(batch.pictures))),  # noqa: S704
        following=following,
        more=f"/search?q={quote(query)}&udm=2&s=images&asearch=arc&start=",
        topics=[topic for topic in site.pool.by_topic if not topic.startswith("reserve")],
        dialog="overlay" in asked and not has_consent(request),
    )


def _start(request: Request) -> int:
    start = request.query.get("start", "0")
    return int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 0


def _inline(pictures: Sequence[ListedPicture]) -> dict[str, str]:
    return {
        document_id(picture.name): "data:image/jpeg;base64," + base64.b64encode(picture.thumbnail).decode()
        for picture in pictures[:FIRST_SCREEN]
    }
