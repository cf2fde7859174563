"""The real ``kaggle`` client in a process of its own.

The client prints, exits, reads the environment, has no timeout, and asks for credentials while it is imported. In its
own process all that can be caught, and it can be stopped.
"""

import io
import os
import threading
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path

from collectors.internet import bypass_proxy


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a download: ``done``, ``credentials`` (there are none), ``status`` (an HTTP one) or ``failed``."""

    outcome: str
    status: int = 0
    detail: str = ""


def download(dataset: str, folder: Path, endpoint: str | None, answer: Connection) -> None:
    """Download a data set's zip into a folder and send one Answer. Runs as a process.

    A zip that is there already and is not older stays; a cut one is gone on with. ``endpoint`` is the sandbox.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        answer.send(_download(dataset, folder, endpoint))


def _download(dataset: str, folder: Path, endpoint: str | None) -> Answer:
    import requests
    import urllib3

    if endpoint is not None:
        _enter_sandbox(endpoint, folder)
    try:
        from kaggle.api.kaggle_api_extended import KaggleApi

        api = KaggleApi()
        api.authenticate()
        api.dataset_download_files(dataset, path=str(folder), quiet=True, unzip=False)
    except SystemExit:
        return Answer("credentials")
    except requests.HTTPError as error:
        status = 0 if error.response is None else error.response.status_code
        return Answer("status", status, _first_line(error))
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError, TypeError) as error:
        return Answer("failed", 0, _first_line(error))
    return Answer("done")


def _enter_sandbox(endpoint: str, home: Path) -> None:
    """Point the client at the sandbox, and keep the person's own credentials out of it."""
    for name in [name for name in os.environ if name.startswith("KAGGLE_")]:
        del os.environ[name]
    os.environ.update(HOME=str(home), KAGGLE_CONFIG_DIR=str(home), KAGGLE_USERNAME="sandbox", KAGGLE_KEY="sandbox")
    bypass_proxy()
    # There is no setting for it: https://github.com/Kaggle/kagglesdk knows PROD only by this table.
    from kagglesdk import kaggle_env

    kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = endpoint


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
