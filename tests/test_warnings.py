"""A warning that our own code causes ends a test; what libraries say to each other does not."""

import re
import subprocess
import sys

from tests.test_build import ROOT

#: What each package does: warn by itself, or make a library warn of what it does. The last is none of ours.
CAUSES = {
    "app": "warnings.warn('old', DeprecationWarning)",
    "collectors": "warnings.warn('look', UserWarning)",
    "pipeline": "np.zeros(2) / np.zeros(2)",
    "touchstone": "np.zeros(2) / np.zeros(2)",
    "pipelined": "warnings.warn('old', DeprecationWarning)",
}


def test_a_warning_of_ours_is_an_error_and_one_of_others_is_not(tmp_path):
    tests = []
    for package, cause in CAUSES.items():
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        text = f"import warnings\n\nimport numpy as np\n\n\ndef warn():\n    {cause}\n"
        (tmp_path / package / "warned.py").write_text(text)
        tests.append(f"def test_{package}():\n    from {package}.warned import warn\n\n    warn()\n")
    (tmp_path / "test_it.py").write_text("\n\n".join(tests))
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "test_it.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    outcomes = re.findall(r"^(PASSED|FAILED) test_it\.py::test_(\w+)(?: - (\w+))?", said, re.MULTILINE)
    assert {package: (outcome, kind) for outcome, package, kind in outcomes} == {
        "app": ("FAILED", "DeprecationWarning"),
        "collectors": ("FAILED", "UserWarning"),
        "pipeline": ("FAILED", "RuntimeWarning"),
        "touchstone": ("FAILED", "RuntimeWarning"),
        "pipelined": ("PASSED", ""),
    }, said
