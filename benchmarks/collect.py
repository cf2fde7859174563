"""Fetch CIFAKE from nginx on this machine: ours beside img2dataset; and through a server with every fault there is.

    python benchmarks/collect.py --archive ../shared/data/cifake.zip [--peer] [--many] [--quick]
    python benchmarks/collect.py --faults [--quick]

Ours is the whole stage `collect` of a `url_list` source as a process of its own: start-up, hashes, ledger, provenance
and shards. img2dataset has as many processes and hashes too; it runs twice: as lean as it goes (bytes kept as they
came, as ours are), which is what `ratio` is to, and with its defaults (resized to 256x256 and encoded anew). nginx
keeps connections open, and is where the sandbox would be: that is where loopback may be fetched from, without limits.
``--many`` fetches 100,000 pictures as well, for the peak of memory. ``--quick`` takes 1,000 pictures or addresses.
"""

import argparse
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from cifake import ROOT, Measured
from peers import peer_python

from pipeline.runtime.paths import Paths

PEER = "img2dataset==1.47.0"
PICTURES, MANY, QUICK = 10_000, 100_000, 1_000
PROCESSES, WORKERS, PEER_THREADS = 2, 8, 16

#: What leaves img2dataset nothing to do but to fetch, hash and write.
LEAN = ("--resize_mode", "no", "--skip_reencode", "True")

NGINX = """
daemon off; pid {folder}/nginx.pid; worker_processes 1; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000; types {{ image/jpeg jpg; }}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/site; }}
}}
"""

#: The stage as DVC runs it, nginx being where the sandbox would be.
STAGE = """
from pipeline import collect
if __name__ == "__main__":
    import sys
    from contextlib import nullcontext
    from collectors.gathering import gather
    from collectors.http.context import Internet
    from pipeline.runtime.stage import run_command
    url = sys.argv.pop()
    gather.connect = lambda kind, cache: nullcontext(Internet(google=url, kaggle=None, local=(url,)))
    run_command(collect.main)
"""


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Serve the folder ``site`` in a folder, until the block ends."""
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    server = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder])
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """Return a port of the loopback address that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def unpack(archive: Path, site: Path, count: int) -> None:
    """Write so many pictures, drawn by chance, as files."""
    site.mkdir()
    with zipfile.ZipFile(archive) as pictures:
        names = [name for name in pictures.namelist() if not name.endswith("/")]
        for number, name in enumerate(random.Random(0).sample(names, count)):
            (site / f"{number:06d}.jpg").write_bytes(pictures.read(name))


def write_list(path: Path, url: str, count: int) -> None:
    """Write the addresses of the first pictures, as both take them."""
    pq.write_table(pa.table({"url": [f"{url}/{number:06d}.jpg" for number in range(count)]}), path)


def prepare_project(folder: Path, url: str, count: int) -> None:
    """Make a project with one list of addresses."""
    (folder / "recipes").mkdir(parents=True)
    (folder / "recipes" / "four_layer_cnn.yaml").write_bytes((ROOT / "recipes" / "four_layer_cnn.yaml").read_bytes())
    write_list(folder / "list.parquet", url, count)
    source = {"collector": "url_list", "path": "list.parquet"}
    params = {
        "sources": {"listed": source | {"label": "REAL"}, "other": source | {"label": "FAKE"}},
        "collect": {"workers": WORKERS, "processes": PROCESSES},
        "recipes": ["four_layer_cnn"],
    }
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    (folder / "stage.py").write_text(STAGE)


def collect(folder: Path, url: str, count: int) -> Measured:
    """Run the stage, and see that every picture came."""
    prepare_project(folder, url, count)
    done = Measured([sys.executable, "stage.py", "listed", url], folder, {"PYTHONPATH": str(ROOT)})
    shards = Paths(folder).collected("listed").glob("shard-*.parquet")
    if (came := sum(pq.read_metadata(path).num_rows for path in shards)) != count:
        raise SystemExit(f"{came} of {count} pictures came")
    return done


def collect_with_peer(folder: Path, url: str, count: int, more: Sequence[str] = LEAN) -> Measured:
    """Run img2dataset on the same pictures, and see that every one came."""
    folder.mkdir()
    write_list(folder / "list.parquet", url, count)
    settings = {
        "url_list": "list.parquet", "input_format": "parquet", "url_col": "url", "output_folder": "out",
        "output_format": "parquet", "compute_hash": "sha256",
        "processes_count": PROCESSES, "thread_count": PEER_THREADS, "number_sample_per_shard": 1000,
        "enable_wandb": False,
    }  # fmt: skip
    program = peer_python(PEER).with_name("img2dataset")
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    # Its start-up would ask the internet for a new version of albumentations, which is not to be measured.
    done = Measured([str(program), *words, *more], folder, {"NO_ALBUMENTATIONS_UPDATE": "1"})
    came = sum(json.loads(path.read_text())["successes"] for path in (folder / "out").glob("*_stats.json"))
    if came != count:
        raise SystemExit(f"{PEER}: {came} of {count} pictures came")
    return done


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--archive", type=Path, help="CIFAKE")
    parser.add_argument("--peer", action="store_true", help="fetch the same pictures with img2dataset too")
    parser.add_argument("--many", action="store_true", help=f"fetch {MANY:,} pictures as well")
    parser.add_argument("--quick", action="store_true", help=f"take {QUICK:,} pictures")
    parser.add_argument("--faults", action="store_true", help="through servers with every fault there is, instead")
    options = parser.parse_args()
    count = QUICK if options.quick else PICTURES
    if options.faults:
        subprocess.run([sys.executable, "-m", "tests.collectors.faults", str(count)], cwd=ROOT, check=True)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # nginx serves under another user
        unpack(options.archive, folder / "site", MANY if options.many else count)
        with nginx(folder) as url:
            figures = say("ours", count, collect(folder / "ours", url, count))
            if options.peer:
                figures |= say("peer", count, collect_with_peer(folder / "peer", url, count))
                figures |= say("peer_defaults", count, collect_with_peer(folder / "defaults", url, count, ()))
                for name, who in (("ratio", "peer"), ("defaults_ratio", "peer_defaults")):
                    figures[name] = round(figures["per_second"] / figures[f"{who}_per_second"], 2)
                    print(f"{name} {figures[name]:.2f}")
            if options.many:
                figures |= say("many", MANY, collect(folder / "many", url, MANY))
    print(json.dumps(figures))


def say(who: str, count: int, done: Measured) -> dict[str, float]:
    """Print what a run took, and give it as figures."""
    prefix = "" if who == "ours" else f"{who}_"
    print(
        f"{who}: {count:,} pictures in {done.seconds:.1f} s, {count / done.seconds:,.0f}/s, {done.peak_mib:,.0f} MiB"
    )
    figures = {
        "pictures": count,
        "seconds": done.seconds,
        "per_second": count / done.seconds,
        "peak_mib": done.peak_mib,
    }
    return {prefix + name: round(value, 2) for name, value in figures.items()}


if __name__ == "__main__":
    main()
