"""What was built here answers elsewhere: pushed to a DVC remote, cloned, pulled."""

import json
import shutil

import pandas as pd
import pytest

from tests.test_build import ENVIRONMENT, run, stages_run
from tests.touchstone.builds import commit


@pytest.fixture
def folder(tmp_path):
    """A remote in a folder, as the words after `dvc remote add -d store`."""
    return [str(tmp_path / "remote")], {}


@pytest.fixture
def s3(monkeypatch):
    """A remote in a bucket, on this machine."""
    pytest.importorskip("dvc_s3")
    boto3, moto = pytest.importorskip("boto3"), pytest.importorskip("moto.server")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
        monkeypatch.setitem(ENVIRONMENT, name, "us-east-1")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket="bucket")
    yield ["s3://bucket/touchstone"], {"endpointurl": endpoint}
    server.stop()


@pytest.mark.parametrize("remote", ["folder", "s3"])
def test_a_clone_has_all_runs_nothing_and_answers(built, tmp_path, touchstone, request, remote):
    address, settings = request.getfixturevalue(remote)
    root, clone = tmp_path / "project", tmp_path / "clone"
    shutil.copytree(built.root, root, symlinks=True)
    run(root, "dvc", "remote", "add", "-d", "store", *address)
    for name, value in settings.items():
        run(root, "dvc", "remote", "modify", "store", name, value)
    commit(root, "remote")
    run(root, "dvc", "push", "--quiet")
    run(tmp_path, "git", "clone", "--quiet", str(root), str(clone))
    shutil.rmtree(root / ".dvc" / "cache")
    run(clone, "dvc", "pull", "--quiet")
    done = run(clone, "dvc", "repro")
    assert stages_run(done) == set()
    assert "up to date" in done.stdout
    kept = pd.read_parquet(built.split("tiny") / "train.parquet")["id"][0]
    passports = [json.loads(touchstone(place, "why", kept, "--json").out) for place in (built.root, clone)]
    assert passports[0] == passports[1]
    assert passports[0]["pictures"][0]["recipes"][0]["split"] == "train"
    assert remote == "s3" or touchstone(clone, "verify").code == 0
