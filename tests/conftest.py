"""What all tests share."""

import multiprocessing
import os
import sys
from multiprocessing import forkserver

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # More tests run side by side than there are cores: threads of their own would only wait for each other.
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")

# Else, where packages came without bytecode, every process that a test starts compiles TensorFlow anew: 10 s each.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session", autouse=True)
def quick_workers():
    """Let worker processes start at once: without the main module, which is pytest here, and with all that most need.

    A stage's own preload, and its short main module, do the same outside of tests.
    """
    main = sys.modules["__main__"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "__spec__", None)
        patch.delattr(main, "__file__", raising=False)
        if os.name == "posix":
            multiprocessing.set_forkserver_preload(["pipeline.screening.screen_shard"])
            forkserver.ensure_running()
        yield
