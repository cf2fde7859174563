"""``touchstone app``: the browser app."""

from pathlib import Path
from typing import Annotated

import typer

HOST = "127.0.0.1"

#: What the app is called by browsers of this machine. Any other name is of a page elsewhere, which had it point here.
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def app(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8501,
) -> None:
    """Look at the project in a browser: check pictures, see what became of the data and how the detectors do.

    It listens on this machine alone. Nothing that is uploaded is kept, and no page loads anything from the internet.

    \b
    Examples:
      touchstone app
      touchstone app --port 9000
    """
    from pipeline.runtime.errors import TouchstoneError
    from pipeline.runtime.paths import find_root

    try:
        import streamlit as st
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware

        from app.checking.server_probes import AnswerProbes
        from app.checking.service_cache import open_detectors
        from app.pages import main
    except ModuleNotFoundError as error:
        raise TouchstoneError(f"touchstone app needs {error.name}; pip install -e '.[app]'") from error

    # Opened now, so that nobody waits for it in the browser.
    detectors = open_detectors(find_root())
    typer.echo(f"http://{HOST}:{port}")
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK], www_redirect=False)
    # The script lies beside no folder `pages`: Streamlit would take what is in it for pages of its own making.
    st.App(Path(main.__file__), middleware=[hosts, Middleware(AnswerProbes)]).run(
        config=_settings(port, detectors.max_bytes)
    )


def _settings(port: int, max_bytes: int) -> dict[str, object]:
    """Set Streamlit up to serve this machine alone, to phone nobody, and to write nothing."""
    return {
        "server.address": HOST,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        # In megabytes; what is larger than max_bytes by less than one is refused by the desk.
        "server.maxUploadSize": -(-max_bytes // 10**6),
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showSidebarNavigation": False,
        "client.showErrorLinks": False,
        "logger.hideWelcomeMessage": True,
        # Widgets whose value the address knows have a default, too; that is no mistake.
        "global.disableWidgetStateDuplicationWarning": True,
        # The report's blue, in light and dark.
        "theme.light.primaryColor": "#1c6e8c",
        "theme.dark.primaryColor": "#63b7d4",
    }
