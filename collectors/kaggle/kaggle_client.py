"""The real ``kaggle`` client in a process of its own.

The client prints, exits, reads the environment, has no timeout, and looks for credentials while it is imported. In its
own process all that can be caught, and it can be stopped.
"""

import io
import os
import re
import threading
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collectors.http.context import bypass_proxy
from collectors.kaggle.kaggle_store import Store

if TYPE_CHECKING:
    from kaggle.api.kaggle_api_extended import KaggleApi


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to download. ``endpoint`` is the sandbox; without a version, the newest is meant."""

    dataset: str
    version: int | None
    endpoint: str | None


@dataclass(frozen=True, slots=True)
class KaggleResponse:
    """What came of it: ``done``, ``status`` (an HTTP one) or ``failed``; which version, under which licence.

    ``md5`` is what the storage says of the file, in Base64. ``anonymous``: there were no credentials.
    """

    outcome: str
    status: int = 0
    detail: str = ""
    version: int = 0
    license: str | None = None
    md5: str | None = None
    anonymous: bool = False


def download(wanted: Wanted, folder: Path, answer: Connection) -> None:
    """Download a data set's zip into the place that ``folder`` has for it, and send one Answer. Runs as a process.

    A zip that is whole and checked already stays; a cut one is gone on with.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        if wanted.endpoint is not None:
            _enter_sandbox(wanted.endpoint, folder)
        answer.send(ask(wanted, Store(folder, wanted.dataset)))


def ask(wanted: Wanted, store: Store) -> KaggleResponse:
    """Find the version and its licence, and download what is not there yet."""
    import requests
    import urllib3

    anonymous = False
    try:
        api, headers, anonymous = _log_in()
        about = _about(api, wanted.dataset)
        version = wanted.version or about.current_version_number
        if not version:
            return KaggleResponse("failed", 0, "it does not say which version is the newest; pin one with `version:`")
        if not store.is_whole(version):
            place = store.path(version).parent
            api.dataset_download_files(f"{wanted.dataset}/{version}", path=str(place), quiet=True, unzip=False)
        md5 = re.search(r"\bmd5=([A-Za-z0-9+/=]+)", headers.get("x-goog-hash", ""))
        return KaggleResponse("done", 0, "", version, about.license_name or None, md5 and md5[1], anonymous)
    except requests.HTTPError as error:
        status = 0 if error.response is None else error.response.status_code
        return KaggleResponse("status", status, _first_line(error), anonymous=anonymous)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError, TypeError) as error:
        if isinstance(error, ValueError) and "does not match expected size" in str(error):
            # kaggle 2.2.4 may have written an error's page in the place of the file, and would go on behind it.
            store.discard_parts()
        return KaggleResponse("failed", 0, _first_line(error), anonymous=anonymous)


def _log_in() -> "tuple[KaggleApi, dict[str, str], bool]":
    """Return the client, what the storage will say of the file it is asked for, and whether nobody is logged in."""
    from kaggle.api.kaggle_api_extended import KaggleApi

    headers: dict[str, str] = {}

    class Attentive(KaggleApi):  # type: ignore[misc]
        def download_needed(self, response: Any, outfile: str, quiet: bool = True) -> bool:
            headers.update({name.lower(): value for name, value in response.headers.items()})
            return bool(super().download_needed(response, outfile, quiet))

    api = Attentive()
    # Public data sets ask for nobody's name; where one is needed, the answer will be 401 or 403.
    with suppress(SystemExit):
        api.authenticate()
        return api, headers, False
    return api, headers, True


def _about(api: "KaggleApi", dataset: str) -> Any:
    from kagglesdk.datasets.types.dataset_api_service import ApiGetDatasetRequest

    request = ApiGetDatasetRequest()
    request.owner_slug, request.dataset_slug = dataset.split("/")
    with api.build_kaggle_client() as kaggle:
        return kaggle.datasets.dataset_api_client.get_dataset(request)


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
    """Describe what went wrong, without what stands in addresses: a signed one lets anybody load the file.

    >>> _first_line(ValueError("no answer from https://storage.example.org/a.zip?X-Goog-Signature=abc (timeout)"))
    'no answer from https://storage.example.org/a.zip?... (timeout)'
    """
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return re.sub(r"\?[^\s?]*=[^\s)'\"]*", "?...", line)[:200]
