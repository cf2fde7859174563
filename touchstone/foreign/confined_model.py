"""A classifier that runs in a process of its own, so that it ends by a bound, and takes nothing along when it does."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.runtime.array_types import Pixels
from pipeline.runtime.errors import ModelFileError, TouchstoneError
from touchstone.foreign.classifier import Array, Channels, ModelFacts
from touchstone.foreign.model_formats import FORMATS

#: Seconds that opening a model, and each batch, may take.
TIMEOUT = 30.0

#: Pixels in a batch: 512 pictures of 36x36, 16 of 224x224, 2 of 600x600. So a batch takes the largest networks in
#: sight some seconds on two cores, and the limit of time is one for all.
BATCH_PIXELS = 2**20

#: Bytes of a message. What comes from the process is not believed.
MAX_MESSAGE = 2**20

#: What may be done about a file that cannot be asked.
CONVERT = "PyTorch's become ONNX by torch.onnx.export, TensorFlow's by tf2onnx"


@dataclass(frozen=True, slots=True)
class Classifier:
    """An opened file: what it says of itself, and the process that answers."""

    path: Path
    facts: ModelFacts
    timeout: float
    connection: Connection = field(repr=False)
    process: "subprocess.Popen[bytes]" = field(repr=False)

    def ask(self, pixels: Pixels, scale: str, channels: Channels) -> Array:
        """Return the outputs, (n, 1 or 2), for RGB pictures, uint8 (n, side, side, 3), taken by a scale of ``PIXELS``.

        Raises:
            ModelFileError: it fails, takes too long, or takes too much memory.
        """
        size = max(1, BATCH_PIXELS // (pixels.shape[1] * pixels.shape[2]))
        return np.concatenate(
            [self._ask(pixels[start : start + size], scale, channels) for start in range(0, len(pixels), size)]
        )

    def _ask(self, pixels: Pixels, scale: str, channels: Channels) -> Array:
        request = {"shape": pixels.shape, "pixels": scale, "channels": channels}
        try:
            self.connection.send_bytes(json.dumps(request).encode())
            self.connection.send_bytes(np.ascontiguousarray(pixels).tobytes())
            shape = _receive(self.path, self.connection)["shape"]
            content = self.connection.recv_bytes(8 * prod(shape))
        except (EOFError, OSError) as error:
            raise _explain_end(self.path, self.process, self.timeout, f"{len(pixels)} pictures") from error
        return np.frombuffer(content, np.float64).reshape(shape)


@contextmanager
def open_classifier(path: Path, output: str | None = None, timeout: float = TIMEOUT) -> Iterator[Classifier]:
    """Open a file by the end of its name, in a process that lives as long as the block.

    Raises:
        ModelFileError: its name ends otherwise, it cannot be used, or it takes too long to open.
        TouchstoneError: it cannot be told which of its outputs is meant, or its library is not installed.
    """
    if path.suffix not in FORMATS:
        raise ModelFileError(path, f"its name ends in none of {', '.join(FORMATS)}; {CONVERT}")
    here, there = Pipe()
    with here, there:
        arguments = [str(there.fileno()), str(path.absolute()), output or "", str(timeout)]
        process = subprocess.Popen(  # noqa: S603
            # -P: no module of the working folder, which may hold anything.
            [sys.executable, "-P", "-m", "touchstone.foreign.model_process", *arguments],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        there.close()
        try:
            try:
                facts = ModelFacts(**_receive(path, here))
            except (EOFError, OSError) as error:
                raise _explain_end(path, process, timeout, "being opened") from error
            yield Classifier(path, facts, timeout, here, process)
        finally:
            process.kill()
            process.wait()


def _receive(path: Path, connection: Connection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(connection.recv_bytes(MAX_MESSAGE))
    if "problem" in message:
        raise ModelFileError(path, message["problem"])
    if "message" in message:
        raise TouchstoneError(message["message"])
    return message


def _explain_end(path: Path, process: "subprocess.Popen[bytes]", timeout: float, asked: str) -> ModelFileError:
    """Describe in the words of a person why the process is no more."""
    code = process.wait()
    if code == -signal.SIGALRM:
        return ModelFileError(
            path, f"it took longer than {timeout:g} seconds for {asked}; --timeout SECONDS gives it more"
        )
    ended = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return ModelFileError(path, f"its process ended by {ended} while it was asked, as it does for want of memory")
