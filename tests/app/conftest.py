import socket
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn

from app.desk import Desk
from app.service import make_service
from tests.pipeline import conftest as stages

#: The project that the stages' own tests look at, too.
trained = stages.trained


@pytest.fixture(scope="session")
def desk(trained):
    return Desk(trained.paths.root)


@contextmanager
def serving(desk, per_minute=10_000):
    """A real server on a free port: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(make_service(desk, per_minute), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def address(desk):
    with serving(desk) as url:
        yield url
