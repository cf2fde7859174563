"""What a page asks the server that the server cannot know."""

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

#: Streamlit's own part of an address.
OWN = "/_stcore/"


class AnswerProbes:
    """Tells Streamlit's page, which at /data looks for its server below /data/ first, to look elsewhere.

    A plain "not found" would stand in the browser's console as an error. "Multiple choices" does not, and the page
    goes on to the right address all the same.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and OWN in path and not path.startswith(OWN):
            await Response(f"look at {path[path.index(OWN) :]}", 300)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
