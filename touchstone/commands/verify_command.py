"""``touchstone verify``: is everything still what it was recorded as?"""

from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.runtime.console import show_json
from pipeline.runtime.errors import ChainError


def verify(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Compute the chain anew, from the pictures' bytes to dvc.lock, and name the first link that does not hold.

    Ids are computed from bytes; every record of a manifest must be in those before it; files, folders, params and code
    must be what dvc.lock names, and so must the copies in DVC's cache. Nothing is believed for being unchanged in
    date or size.

    \b
    Examples:
      touchstone verify
      touchstone verify --json
    """
    from pipeline.lineage.chain import open_chain
    from pipeline.runtime.paths import find_root

    checked, broken = 0, None
    for link in open_chain(find_root()).links():
        checked += 1
        if link.problem:
            broken = link
            break
    if as_json:
        show_json({"links": checked, "broken": broken and asdict(broken)})
    if broken:
        raise ChainError(f"{broken.path}: {broken.problem} ({broken.stage}: {broken.what})")
    if not as_json:
        print(f"the chain holds: {checked:,} links, from the bytes of the pictures to dvc.lock")
