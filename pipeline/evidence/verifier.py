"""Check C2PA's signatures, as a program of its own: it may crash, hang or fill its memory without harm.

Reads requests from its input: the lengths of a media type (1 byte) and of a file (8 bytes), then both. Answers each
with one line of JSON: ``{"state": "trusted" | "valid" | "invalid" | "unreadable", "signer": text or null}``.

It asks nobody: no manifest is fetched, no certificate's revocation is asked for, no host is allowed.
"""

import io
import json
import os
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

#: The certificates of the C2PA's conformance programme; where the file is from stands on top of it.
TRUSTED = Path(__file__).with_name("C2PA-TRUST-LIST.pem")

HEADER = struct.Struct(">BQ")
#: The most memory that it may address, and the most time of the processor that a file may take, in seconds.
MEMORY, SECONDS = 4 * 2**30, 10

#: What speaks of who signed and when, and not of whether the signature fits the picture. Some of it changes as
#: certificates run out, and what is on file of a picture must not.
_OF_WHOM = ("signingCredential.", "claimSignature.outsideValidity", "timeStamp.", "cawg.")


def settings() -> dict[str, Any]:
    """Return c2pa-rs's settings."""
    return {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
        "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
        "trust": {"trust_anchors": TRUSTED.read_text(encoding="utf-8")},
    }


def verify(media_type: str, data: bytes, context: Any) -> dict[str, str | None]:
    """Check the signature of a file's active manifest, and who signed it."""
    from c2pa import C2paError, Reader

    try:
        with Reader(media_type, io.BytesIO(data), context=context) as reader:
            store = json.loads(reader.json())
    except (C2paError, ValueError):
        return {"state": "unreadable", "signer": None}
    active = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signed = active.get("signature_info") or {}
    signer = signed.get("issuer") or signed.get("common_name")
    codes = [str(each.get("code", "")) for each in store.get("validation_status", [])]
    broken = [code for code in codes if not code.startswith(_OF_WHOM)]
    if not signed or broken:
        return {"state": "invalid", "signer": signer}
    return {"state": "trusted" if store.get("validation_state") == "Trusted" else "valid", "signer": signer}


def _bound() -> None:
    """Let the system end this process when a file takes too long, even if whoever asked is gone."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + SECONDS + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer until there is nobody to ask."""
    from c2pa import Context, Settings

    # What the library prints must not get among the answers.
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    context = Context(Settings.from_dict(settings()))
    while len(header := requests.read(HEADER.size)) == HEADER.size:
        _bound()
        kind, size = HEADER.unpack(header)
        media_type = requests.read(kind).decode()
        answers.write(json.dumps(verify(media_type, requests.read(size), context)).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
