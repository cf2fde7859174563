"""``touchstone convert``: a detector for LiteRT (TensorFlow Lite), and what that costs in its scores."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipeline.runtime.console import show_json
from pipeline.runtime.errors import StageMissingError

if TYPE_CHECKING:
    from pipeline.runtime.array_types import Pixels

    from pipeline.runtime.paths import Paths

#: Pictures on which the converted detector is compared with the original, and those from which int8 learns its ranges.
COMPARED, CALIBRATING = 1000, 300


def convert(
    recipe: Annotated[str | None, typer.Argument(help="Whose detector; the first of params.yaml if left out.")] = None,
    to: Annotated[Literal["tflite"], typer.Option(help="The format.")] = "tflite",
    int8: Annotated[
        bool, typer.Option("--int8", help="Compute in whole numbers of 8 bits: smaller, not the same.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a recipe's detector as results/RECIPE/model.tflite, or model_int8.tflite, and compare the two.

    They are compared on up to 1,000 of the recipe's validation pictures: the largest difference of a score, and how
    many pictures would be called otherwise. It takes pixels of 0 to 255 as float32, and gives P(FAKE).

    \b
    Examples:
      touchstone convert
      touchstone convert four_layer_cnn --int8
      touchstone convert --json
    """
    from pipeline.config.params import load_params
    from pipeline.config.recipe import load_recipe
    from pipeline.models.saved_model import load_model, read_threshold
    from pipeline.runtime.paths import Paths, find_root
    from pipeline.storage.files import replacing
    from touchstone.publishing.exported_model import compare_scores, to_tflite

    paths = Paths(find_root())
    params = load_params(paths.root)
    name = recipe or params.recipes[0]
    pixels = _pictures(paths, name, load_recipe(paths, params, name).size)
    file = paths.results(name) / "model.keras"
    detector = load_model(file)
    content = to_tflite(detector, pixels[:CALIBRATING] if int8 else None)
    target = paths.results(name) / ("model_int8.tflite" if int8 else f"model.{to}")
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    found: dict[str, Any] = {"file": target.relative_to(paths.root).as_posix(), "bytes": len(content)}
    found |= compare_scores(detector, content, pixels, read_threshold(file))
    if as_json:
        show_json(found)
    else:
        most, otherwise = f"{found['largest_difference']:.2g}", f"{found['called_otherwise']:,}"
        print(f"{found['file']}: {found['bytes']:,} bytes")
        print(f"On {found['pictures']:,} validation pictures, scores differ by {most} at most,")
        print(f"and {otherwise} pictures are called otherwise.")


def _pictures(paths: "Paths", name: str, size: int) -> "Pixels":
    """Read validation pictures, chosen evenly from all of them: manifests are sorted by source."""
    import numpy as np

    from pipeline.arrays.pixel_arrays import gather
    from pipeline.storage.tables import read_table

    manifest = read_table(paths.split(name) / "val.parquet", f"split@{name}")
    if not manifest.num_rows:
        raise StageMissingError(paths.split(name) / "val.parquet", f"split@{name}")
    chosen = np.random.default_rng(0).permutation(manifest.num_rows)[:COMPARED]
    return gather(paths, size, manifest.take(chosen))
