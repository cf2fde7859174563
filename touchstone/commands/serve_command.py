"""``touchstone serve``: the HTTP service for other programs."""

import socket
from importlib import import_module
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    per_minute: Annotated[int, typer.Option(min=1, help="Requests in a minute, for each client.")] = 600,
) -> None:
    """Answer other programs over HTTP: POST pictures to /v1/check, get verdicts.

    It listens on this machine alone unless told otherwise; there is no password, so who reaches it may ask. Nothing
    that is sent is kept. GET /openapi.json describes it.

    \b
    Examples:
      touchstone serve
      touchstone serve --port 9000 --per-minute 6000
      curl -F files=@photo.jpg http://127.0.0.1:8000/v1/check
    """
    from pipeline.runtime.errors import TouchstoneError
    from pipeline.runtime.paths import find_root

    try:
        import uvicorn

        # By name: the service is one of the things that this command line starts, not a part of it.
        api = import_module("app.api.service")
        detectors = import_module("app.checking.detector_service").DetectorService(find_root())
    except ModuleNotFoundError as error:
        raise TouchstoneError(f"touchstone serve needs {error.name}; pip install -e '.[app]'") from error

    # Loaded now, so that whoever waits for it sees it, and a project without a detector says so at once.
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"asking {detectors.detector().recipe}; http://{shown}:{port}/v1/check, described at /openapi.json")
    service = api.make_service(detectors, per_minute, {*api.OWN_NAMES, host, socket.gethostname(), socket.getfqdn()})
    # A client that trickles its request holds one of these places, no more. Warnings go where all others do.
    # Who is told to end waits for no picture longer than that.
    uvicorn.run(
        service,
        host=host,
        port=port,
        log_config=None,
        limit_concurrency=256,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
    )
