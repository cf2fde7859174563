"""``touchstone doctor``: is everything there that this project needs?"""

from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.runtime.console import clean, show_json


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check what this project needs, as params.yaml stands, and say how to get what is missing.

    Ends with exit code 0 unless something is `missing`; a `warning` stops nothing. Credentials are
    looked for, never shown.

    \b
    Examples:
      touchstone doctor
      touchstone doctor --json
    """
    from touchstone.commands.doctor_checks import HealthCheck, run_checks

    checks: list[HealthCheck] = []
    for check in run_checks():
        checks.append(check)
        if not as_json:
            # As they come: starting a browser and TensorFlow takes seconds.
            print(f"{check.status:<8} {check.name:<12} {clean(check.detail)}", flush=True)
            if check.remedy:
                print(f"{'':<21} -> {check.remedy}", flush=True)
    missing = [check for check in checks if check.status == "missing"]
    if as_json:
        show_json({"ok": not missing, "checks": [asdict(check) for check in checks]})
    if missing:
        raise typer.Exit(missing[0].exit_code)
