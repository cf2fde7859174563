"""A process of its own, in which a model that nobody vouches for is opened and asked: bounded in time and memory.

``confined_model`` starts it with the number of a connection, the path of the model, the name of an output (or nothing)
and the seconds that an answer may take. It sends what the file says of itself, and then answers batches. Nothing that
passes is pickled: messages are JSON, and numbers as bytes.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.runtime.errors import ModelFileError, TouchstoneError
from touchstone.foreign.classifier import PIXELS, Network
from touchstone.foreign.model_formats import FORMATS

#: Memory that a model may take, beside the library that runs it. The largest of keras.applications, ConvNeXtXLarge,
#: took 4.1 GiB with its 1.3 GiB of weights.
MAX_MEMORY = 8 * 2**30

#: Seconds that the library may take to start: TensorFlow needs 3 to 70, as busy as the machine is.
START_LIMIT = 300.0


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End this process if the block takes longer.

    The kernel does it, by SIGALRM, so that it holds in native code, and though nobody waits for this process any more.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


def limit_memory() -> None:
    """Let this process take no more than ``MAX_MEMORY`` beyond what it has, where the kernel can hold it to that.

    The limit is of data, not of addresses: TensorFlow reserves many more of those than it uses.
    """
    status = Path("/proc/self/status")
    if not status.exists():  # Not Linux: elsewhere the kernel counts something else, or nothing.
        return
    has = next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmData"))
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = has + min(MAX_MEMORY, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def serve(connection: Connection, network: Network, seconds: float) -> None:
    """Answer batches until the other side hangs up: uint8 pictures in, float64 outputs out."""
    while True:
        try:
            asked = json.loads(connection.recv_bytes())
            pixels = np.frombuffer(connection.recv_bytes(), np.uint8).reshape(asked["shape"])
        except EOFError:
            return
        try:
            with limited(seconds):
                outputs = network(PIXELS[asked["pixels"]](pixels, asked["channels"]))
        except Exception as error:
            _send(connection, _explain(error))
        else:
            _send(connection, {"shape": outputs.shape})
            connection.send_bytes(np.ascontiguousarray(outputs, np.float64).tobytes())


def _explain(error: Exception) -> dict[str, Any]:
    signal.setitimer(signal.ITIMER_REAL, 0)
    if isinstance(error, ModelFileError):
        return {"problem": error.problem}
    if isinstance(error, TouchstoneError):
        return {"message": str(error)}
    if isinstance(error, MemoryError):
        return {"problem": f"it takes more than {MAX_MEMORY >> 30} GiB of memory"}
    words = (str(error).splitlines() or [""])[0][:200]
    return {"problem": f"{type(error).__name__}: {words}"}


def _send(connection: Connection, message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())


def main() -> None:
    """Open the file that the command line names, and answer."""
    descriptor, path, output, seconds = sys.argv[1:]
    connection, file = Connection(int(descriptor)), Path(path)
    # A crash is told in a line; a core dump of gigabytes helps nobody.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with limited(START_LIMIT):
            FORMATS[file.suffix].start()
        limit_memory()
        with limited(float(seconds)):
            network, facts = FORMATS[file.suffix].open(file, output or None)
    except Exception as error:
        _send(connection, _explain(error))
        return
    _send(connection, asdict(facts))
    serve(connection, network, float(seconds))


if __name__ == "__main__":
    main()
