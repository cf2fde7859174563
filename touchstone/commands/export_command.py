"""``touchstone export``: the pictures of a recipe, in the format of another library."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.runtime.console import reasons, show_json
from pipeline.runtime.errors import TouchstoneError

if TYPE_CHECKING:
    from pipeline.runtime.paths import Paths

Format = Literal["imagefolder", "parquet", "webdataset", "tfrecord", "fiftyone"]


def export(
    folder: Annotated[Path, typer.Argument(help="Where to; it must be empty, or not there yet.")],
    to: Annotated[Format, typer.Option(help="The format.")],
    recipe: Annotated[str | None, typer.Option(help="Whose splits; the first of params.yaml if left out.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what may not be passed on: for your own use only.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write the pictures of a recipe's train, val and test for another library: original bytes, splits, labels.

    Pictures that may not be passed on, going by their licence, are left out. manifest.parquet names all of them with
    address and sha256, so that `touchstone rebuild` can fetch those, too.

    \b
    Examples:
      touchstone export ../shared --to imagefolder
      touchstone export ../shared --to parquet --recipe four_layer_cnn
      touchstone export /tmp/mine --to webdataset --all
    """
    from pipeline.config.params import load_params
    from pipeline.config.recipe import load_recipe
    from pipeline.runtime.paths import Paths, find_root
    from pipeline.storage.labels import Label
    from touchstone.publishing.exported_pictures import SPLITS

    paths = Paths(find_root())
    params = load_params(paths.root)
    name = recipe or params.recipes[0]
    load_recipe(paths, params, name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TouchstoneError(f"{folder}: is there already and not empty; name another folder, or clear it")
    written, withheld = _write(paths, name, folder, to, everything)
    if as_json:
        found = {split: {label: written[split, label] for s, label in written if s == split} for split, _ in written}
        show_json({"recipe": name, "format": to, "pictures": found, "withheld": dict(withheld)})
        return
    for split, label in sorted(written, key=lambda key: (SPLITS.index(key[0]), Label[key[1]])):
        print(f"{split:<6}{label}  {written[split, label]:>9,}")
    if withheld:
        print(f"left out, as they may not be passed on: {withheld.total():,} ({reasons(withheld)})")
        print("manifest.parquet has their addresses and hashes; --all takes them along, for your own use")


def _write(
    paths: "Paths", recipe: str, folder: Path, to: Format, everything: bool
) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Write the export in one step; count what was written by split and class, and what was not by reason."""
    from pipeline.config.params import load_params
    from pipeline.storage.files import replacing_folder
    from touchstone.publishing.formats import FORMATS
    from touchstone.publishing.listing import writing_list
    from touchstone.publishing.selection import count_bytes, iterate_pictures

    written, withheld = Counter[tuple[str, str]](), Counter[str]()
    with (
        replacing_folder(folder.resolve()) as temporary,
        writing_list(temporary) as rows,
        closing(FORMATS[to](temporary, count_bytes(paths, recipe))) as writer,
    ):
        for picture in iterate_pictures(paths, load_params(paths.root), recipe, everything):
            if picture.data is None:
                withheld[str(picture.withheld)] += 1
                rows.add(picture, None)
            else:
                rows.add(picture, writer.write(picture, picture.data))
                written[picture.split, picture.label.name] += 1
    return written, withheld
