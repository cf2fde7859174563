"""The HTTP service: pictures in, judgements out, for other programs."""

import asyncio
import threading
from collections.abc import Callable, Collection
from importlib.metadata import version
from typing import Annotated, Any

from anyio import to_thread
from fastapi import FastAPI, File, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import Response

from app.api.rate_limits import OVERHEAD, RateLimit, TooManyRequestsError, check_host, check_length
from app.checking.detector_service import DetectorService, ServedDetector
from app.checking.refusals import explain_refusal
from app.checking.responses import (
    DetectorResponse,
    ErrorResponse,
    Header,
    Health,
    PictureResponse,
    Problem,
    Unread,
    describe,
    describe_fully,
    introduce,
)
from pipeline.asking.seen_picture import SeenPicture
from pipeline.decoding.decoder import LOOK, LeftError
from pipeline.pictures.picture import PictureError
from pipeline.runtime.errors import PathMissingError

#: Tells whether the client has gone.
Left = Callable[[], bool]

#: Pictures of one request.
MOST_FILES = 32

#: What the service is called by pages and programs of this machine.
OWN_NAMES = ("localhost",)

FAILURES: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorResponse, "description": description}
    for code, description in {
        400: "The body is no form with files, or the request names another host.",
        404: "There is no such recipe, or it has not been trained.",
        411: "The request does not say how long it is.",
        413: "The files are too large together.",
        422: "No file, too many of them, or a value that is none.",
        429: "Too many requests; try again after the seconds in Retry-After.",
    }.items()
}


def make_service(detectors: DetectorService, per_minute: int, names: Collection[str] = OWN_NAMES) -> FastAPI:
    """Build the service: ``per_minute`` requests for each client; ``names`` are those of its host."""
    # No documentation pages: those that FastAPI brings are fetched from the internet.
    service = FastAPI(
        title="Touchstone", version=version("touchstone"), docs_url=None, redoc_url=None, description=__doc__ or ""
    )
    limit, most = RateLimit(per_minute), detectors.max_bytes + OVERHEAD

    async def admit(request: Request, answer: RequestResponseEndpoint) -> Response:
        try:
            check_host(request.headers.get("Host", ""), names)
            limit.count(request.client.host if request.client else "")
            if request.method == "POST":
                check_length(request.headers.get("Content-Length"), most)
        except TooManyRequestsError as error:
            return _refuse(request, error)
        return await answer(request)

    # Before anything of the body is read.
    service.add_middleware(BaseHTTPMiddleware, dispatch=admit)
    service.exception_handler(TooManyRequestsError)(_refuse)
    service.exception_handler(HTTPException)(_fail)
    service.exception_handler(RequestValidationError)(_misunderstand)

    @service.get("/v1/health", responses={429: FAILURES[429]})
    async def health() -> Health:
        """Return that the service is up, and which recipes it can ask."""
        return Health(recipes=detectors.recipes())

    @service.post("/v1/check", responses=FAILURES)
    async def check(
        request: Request,
        files: Annotated[list[UploadFile], File(description="Pictures.", min_length=1, max_length=MOST_FILES)],
        recipe: Annotated[str | None, Query(description="Whose detector to ask; the first if left out.")] = None,
        full: Annotated[bool, Query(description="Store the picture again, and look for it in the data set.")] = False,
    ) -> DetectorResponse:
        """Judge for each picture whether it is AI-generated. A file that cannot be read does no harm to others."""

        return await _while_there(request, _make_answer(detectors, files, recipe, full))

    return service


def _make_answer(
    detectors: DetectorService, files: list[UploadFile], recipe: str | None, full: bool
) -> Callable[[Left], DetectorResponse]:
    def answer(left: Left) -> DetectorResponse:
        try:
            detector = detectors.detector(recipe)
        except PathMissingError as error:
            raise TooManyRequestsError(404, "unknown-recipe", str(error)) from error
        if full:
            results = [_check(detectors, file, detector, left) for file in files]
        else:
            results = _judge_all(detectors, files, detector, left)
        return DetectorResponse.of(detector.recipe, detector.judge.detector, results)

    return answer


async def _while_there(request: Request, answer: Callable[[Left], DetectorResponse]) -> DetectorResponse:
    """Answer in a thread, which is told when the client has left, or the server is to end."""
    left = threading.Event()

    async def watch() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(LOOK)
        left.set()

    watching = asyncio.create_task(watch())
    try:
        return await to_thread.run_sync(answer, left.is_set, abandon_on_cancel=True)
    except LeftError as error:
        raise TooManyRequestsError(499, "left", "the client has left") from error
    finally:
        left.set()
        watching.cancel()


def _judge_all(
    detectors: DetectorService, files: list[UploadFile], detector: ServedDetector, left: Left
) -> list[PictureResponse | Unread]:
    """Open pictures one by one, of which only as much is kept as the detector sees, and ask it about all at once."""
    read = [_read(detectors, file, detector, left) for file in files]
    judgements = iter(detectors.judge_all([each[1] for each in read if not isinstance(each, Unread)], detector))
    return [each if isinstance(each, Unread) else describe(each[0], next(judgements)) for each in read]


def _read(
    detectors: DetectorService, file: UploadFile, detector: ServedDetector, left: Left
) -> tuple[Header, SeenPicture] | Unread:
    try:
        opened = detectors.open(file.file.read(), left)
    except PictureError as error:
        return _unread(file, error)
    return introduce(file.filename or "", opened), detectors.see(opened, detector)


def _check(
    detectors: DetectorService, file: UploadFile, detector: ServedDetector, left: Left
) -> PictureResponse | Unread:
    try:
        return describe_fully(file.filename or "", detectors.check(file.file.read(), detector.recipe, left))
    except PictureError as error:
        return _unread(file, error)


def _unread(file: UploadFile, error: PictureError) -> Unread:
    return Unread(name=file.filename or "", error=Problem(reason=error.reason, message=explain_refusal(error)))


def _answer(code: int, reason: str, message: str, headers: Any = None) -> JSONResponse:
    failure = ErrorResponse(error=Problem(reason=reason, message=message))
    return JSONResponse(failure.model_dump(), code, headers)


def _refuse(_: Request, error: TooManyRequestsError) -> JSONResponse:
    return _answer(error.code, error.reason, error.message, error.headers)


def _fail(_: Request, error: HTTPException) -> JSONResponse:
    return _answer(error.status_code, "refused", str(error.detail), error.headers)


def _misunderstand(_: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return _answer(422, "invalid", f"{place}: {first['msg']}")
