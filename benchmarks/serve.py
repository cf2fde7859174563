"""Ask `touchstone serve` for verdicts from 50 clients at once: pictures a second, and how long the slowest wait.

    python benchmarks/serve.py [--project DIR] [--seconds 20] [--quick]

The load comes from wrk (Debian: apt-get install wrk), over the loopback, with JPEGs of 32 to 1,024 pixels a side. The
project is one with a trained recipe, such as `make repro` leaves. Whatever else runs on the machine slows it down.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
CLIENTS, SECONDS, BOUNDARY = 50, 20, "touchstone-benchmark"
#: Nobody is refused who is measured.
PER_MINUTE = 1_000_000
#: Sides of the pictures, and how many bodies of a kind there are.
SIDES, BODIES = (32, 256, 1024), 12
SEED = 42

#: What wrk runs: it takes the bodies in turn, and prints what it found as JSON.
SCRIPT = f"""
local bodies, turn = {{}}, 0
function init(files)
  for number, file in ipairs(files) do
    local opened = io.open(file, "rb")
    bodies[number] = opened:read("*a")
    opened:close()
  end
end
function request()
  turn = turn % #bodies + 1
  return wrk.format("POST", wrk.path, {{["Content-Type"] = "multipart/form-data; boundary={BOUNDARY}"}}, bodies[turn])
end
function done(summary, latency)
  local e = summary.errors
  print(string.format('{{"requests": %d, "us": %d, "p50": %d, "p99": %d, "errors": %d}}', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def make_jpeg(side: int, number: int) -> bytes:
    """Make a picture with some detail, like none before."""
    noise = np.random.default_rng([SEED, side, number]).integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8)
    stream = BytesIO()
    Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def make_form(pictures: list[bytes]) -> bytes:
    """Put pictures into the body of one request."""
    head = 'Content-Disposition: form-data; name="files"; filename="{}.jpg"\r\nContent-Type: image/jpeg'
    parts = [
        f"--{BOUNDARY}\r\n{head.format(number)}\r\n\r\n".encode() + picture + b"\r\n"
        for number, picture in enumerate(pictures)
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@contextmanager
def serving(project: Path, per_minute: int) -> Iterator[tuple[str, int]]:
    """Run the service until it is left: its address, and the id of its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from touchstone.cli import main; main()"
    words = ["serve", "--port", str(port), "--per-minute", str(per_minute)]
    server = subprocess.Popen([sys.executable, "-P", "-c", code, *words], cwd=project, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        while server.poll() is None and send(f"{url}/v1/health")[0] != 200:
            time.sleep(0.2)
        yield url, server.pid
    finally:
        server.terminate()
        server.wait()


def send(url: str, body: bytes | None = None) -> tuple[int, dict[str, str]]:
    """Send one request; give the status and headers of its answer, or 0 if there is none."""
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if body else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)
    except OSError:
        return 0, {}


def announce(url: str, length: int) -> int:
    """Describe that so many bytes are to come, and give the status that is answered before any of them is sent."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/v1/check")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def load(url: str, bodies: list[bytes], each: int, seconds: int, folder: Path) -> dict[str, float]:
    """Send bodies of so many pictures each for some seconds, from all clients at once."""
    script = folder / "load.lua"
    script.write_text(SCRIPT)
    files = [folder / f"{each}-{number}" for number in range(len(bodies))]
    for file, body in zip(files, bodies, strict=True):
        file.write_bytes(body)
    wrk = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "60s", "-s", str(script), url, "--"]
    told = subprocess.run([*wrk, *map(str, files)], check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    found = json.loads(told)
    return {
        "pictures_per_second": round(found["requests"] * each / found["us"] * 1e6, 1),
        "p50_ms": found["p50"] / 1000,
        "p99_ms": found["p99"] / 1000,
        "requests": found["requests"],
        "errors": found["errors"],
    }


def peak_mib(process: int) -> int:
    """Return the most memory that a process has had."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024


def cpu_seconds(process: int) -> float:
    """Return how long a process has computed, on all cores together."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure(project: Path, seconds: int) -> dict[str, Any]:
    """Load a server with single pictures of each size, with 32 at once, and with full checks."""
    kinds = {f"{side} px": (make_forms([side], 1), 1, "") for side in SIDES}
    kinds |= {
        "32 at once, 32 px": (make_forms([32], 32), 32, ""),
        "full, 256 px": (make_forms([256], 1), 1, "?full=true"),
    }
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, serving(project, PER_MINUTE) as (url, process):
        for bodies, _, query in kinds.values():
            send(f"{url}/v1/check{query}", bodies[0])
        for name, (bodies, each, query) in kinds.items():
            before = cpu_seconds(process)
            found[name] = load(f"{url}/v1/check{query}", bodies, each, seconds, Path(folder))
            spent = 1000 * (cpu_seconds(process) - before)
            found[name]["cpu_ms"] = round(spent / max(1, found[name]["requests"] * each), 2)
            found[name]["peak_mib"] = peak_mib(process)
    return found


def make_forms(sides: list[int], each: int) -> list[bytes]:
    """Make bodies with so many pictures each, none like another."""
    return [
        make_form([make_jpeg(side, number * each + place) for place in range(each)])
        for number in range(BODIES)
        for side in sides
    ]


def overstep(project: Path) -> dict[str, Any]:
    """Ask for more than is allowed: once too often, and with too much at once."""
    body = make_form([make_jpeg(32, 0)])
    with serving(project, 60) as (url, _):
        answers = [send(f"{url}/v1/check", body) for _ in range(80)]
        refused = [headers for status, headers in answers if status == 429]
    with serving(project, PER_MINUTE) as (url, _):
        too_large = announce(url, 2**30)
        too_many, _ = send(f"{url}/v1/check", make_form([make_jpeg(32, 0)] * 33))
    others = len(answers) - len(refused) - sum(status == 200 for status, _ in answers)
    waits = [int(headers["retry-after"]) for headers in refused]
    return {
        "429": len(refused),
        "retry_after": max(waits),
        "neither": others,
        "1 GiB": too_large,
        "33 files": too_many,
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=Path(), help="a project with a trained recipe")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each kind of request")
    parser.add_argument("--quick", action="store_true", help="five seconds for each kind")
    settings = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed: apt-get install wrk")
    found = measure(settings.project, 5 if settings.quick else settings.seconds)
    titles = ("pictures/s", "p50 ms", "p99 ms", "requests", "errors", "CPU ms", "MiB")
    print("{:<20} {:>10} {:>8} {:>8} {:>8} {:>6} {:>7} {:>6}".format("", *titles))
    for name, figures in found.items():
        rate, p50, p99, requests, errors, cpu, peak = figures.values()
        print(f"{name:<20} {rate:10,.1f} {p50:8,.1f} {p99:8,.1f} {requests:8,.0f} {errors:6.0f} {cpu:7.2f} {peak:6,}")
    refusals = overstep(settings.project)
    print(f"beyond the limits: {refusals}")
    peak = max(figures["peak_mib"] for figures in found.values())
    print(
        json.dumps({"benchmark": "serve", "clients": CLIENTS, "peak_mib": peak, "load": found, "refusals": refusals})
    )


if __name__ == "__main__":
    main()
