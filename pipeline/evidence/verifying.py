"""Who signed a C2PA manifest, and whether the signature holds: asked of a program that may fail without harm."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from typing import IO, Any, Literal

from pipeline.evidence.verifier import HEADER, SECONDS

#: ``trusted``: it holds, and who signed is on the C2PA's list; ``valid``: it holds, by whomever; ``invalid``: it does
#: not fit the manifest or the picture; ``unreadable``: what stands there is none that c2pa-rs can read.
State = Literal["trusted", "valid", "invalid", "unreadable"]

STATES: dict[str, str] = {
    "trusted": "the signature holds, and its signer is on the C2PA's trust list",
    "valid": "the signature holds, but its signer is on no trust list: anybody can sign so",
    "invalid": "the signature does not hold: the manifest or the picture was changed",
    "unreadable": "not signed in a way that can be read",
}

#: Names of signers are text of strangers.
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Signature:
    """Whether the signature of a manifest holds, and the name on the certificate of who signed."""

    state: State
    signer: str | None = None

    def explain(self) -> str:
        """Describe it in words.

        >>> Signature("valid", "Somebody").explain()
        'signed as Somebody; the signature holds, but its signer is on no trust list: anybody can sign so'
        """
        return f"signed as {self.signer}; {STATES[self.state]}" if self.signer else STATES[self.state]


class Verifier:
    """The program that checks, started when first asked, and again after it died. Several threads may ask."""

    def __init__(self, command: list[str], seconds: float = SECONDS) -> None:
        self._command = command
        self._seconds = seconds
        self._turn = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, media_type: str, data: bytes) -> Signature:
        """Check a file; what cannot be checked in time is unreadable."""
        with self._turn:
            process = self._start()
            timer = Timer(self._seconds, process.kill)
            timer.start()
            answer = b""
            try:
                answer = _exchange(process.stdin, process.stdout, media_type.encode(), data)
            except OSError:
                pass  # It died while it was written to.
            finally:
                timer.cancel()
                if not answer.endswith(b"\n"):
                    self._stop()
        return _read_answer(answer)

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 - ours
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process

    def _stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _exchange(requests: IO[bytes] | None, answers: IO[bytes] | None, media_type: bytes, data: bytes) -> bytes:
    if requests is None or answers is None:
        return b""
    requests.write(HEADER.pack(len(media_type), len(data)) + media_type)
    requests.write(data)
    requests.flush()
    return answers.readline()


def _read_answer(answer: bytes) -> Signature:
    said: dict[str, Any] = json.loads(answer) if answer.endswith(b"\n") else {}
    signer = " ".join(str(said.get("signer") or "").split())[:LONGEST]
    return Signature(said.get("state", "unreadable"), signer or None)


#: Isolated, and by its path: it needs nothing of ours, and is there in a tenth of a second.
VERIFIER = Verifier([sys.executable, "-I", str(Path(__file__).with_name("verifier.py"))])
