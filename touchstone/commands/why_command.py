"""``touchstone why``: the passport of a picture."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.runtime.console import show_json
from pipeline.runtime.errors import NoPictureError, PathMissingError

if TYPE_CHECKING:
    from pipeline.lineage.lookup import Match
    from pipeline.lineage.manifests import Manifests


def why(
    picture: Annotated[
        str, typer.Argument(help="An id or its first digits, a picture's file, or the address of a picture or page.")
    ],
    scores: Annotated[
        bool, typer.Option("--scores", help="Ask every recipe's model about it; loading them takes seconds.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Return all that is on file of a picture: where it is from, what was done to it, and why it is where it is.

    A file is looked up by its bytes, then by its pixels, then by its perceptual hash: then the nearest pictures are
    shown, with the number of bits of 64 that differ.

    \b
    Examples:
      touchstone why 1f0c5d0f9a3b
      touchstone why photo.jpg
      touchstone why https://example.org/photo.jpg --json
      touchstone why 1f0c5d0f9a3b --scores
    """
    from pipeline.lineage.lookup import describe
    from pipeline.lineage.manifests import Manifests
    from pipeline.lineage.passport_text import tell
    from pipeline.runtime.paths import Paths, find_root

    manifests = Manifests(Paths(find_root()))
    found = [describe(manifests, match) for match in _look_up(manifests, picture)]
    if scores:
        from pipeline.lineage.scores import ask_models

        for each in found:
            each["scores"] = ask_models(manifests, each["source"], each["rank"])
    if as_json:
        show_json({"asked": picture, "pictures": found})
    else:
        print("\n\n".join("\n".join(tell(each)) for each in found))


def _look_up(manifests: "Manifests", picture: str) -> list["Match"]:
    """Find the records that are asked for.

    Raises:
        NoPictureError: a file was named that is no picture.
        PathMissingError: there are none.
    """
    from pipeline.lineage.lookup import look_up

    try:
        found = look_up(manifests, picture)
    except Exception as error:
        # Named by its word: importing it costs more time than an id needs.
        if type(error).__name__ != "PictureError":
            raise
        raise NoPictureError(picture, str(error), 1) from error
    if not found:
        remedy = "name an id or its first digits, a picture's file, or an address, as its record has it"
        raise PathMissingError(picture, "picture in this project, and no such file", remedy)
    return found
