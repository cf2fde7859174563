"""A network for people: Keras' summary as text, and its layers drawn one below the other.

Keras' own drawing needs the program Graphviz, which pip cannot install.
"""

import math
from pathlib import Path
from typing import Any

from pipeline.storage.files import replacing, write_text

SUMMARY, DRAWING = "network.txt", "network.svg"

#: Wide enough for the names of all layers and their shapes.
COLUMNS = 100


def describe(model: Any, folder: Path) -> None:
    """Write ``network.txt`` and ``network.svg`` of a ``keras.Model``; the same network gives the same bytes."""
    lines: list[str] = []
    model.summary(line_length=COLUMNS, print_fn=lines.append)
    write_text(folder / SUMMARY, "\n".join(lines) + "\n")
    draw(list_layers(model), folder / DRAWING)


def list_layers(model: Any) -> list[tuple[str, str, int]]:
    """List what a model does, in order: the kind of a layer, the shape that it gives, its parameters."""
    return [
        (type(layer).__name__, "x".join(str(side) for side in layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
    ]


def draw(layers: list[tuple[str, str, int]], path: Path) -> None:
    """Draw layers as boxes; the wider, the more numbers a layer gives (by their logarithm)."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    sizes = [math.log2(1 + math.prod(map(int, shape.split("x")))) for _, shape, _ in layers]
    figure = Figure(figsize=(7, 0.32 * len(layers) + 0.3), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(range(len(layers)), sizes, left=[-size / 2 for size in sizes], color="#dbe6f1", edgecolor="#4a6f94")
    for place, (kind, shape, parameters) in enumerate(layers):
        counted = f", {parameters:,} parameters" if parameters else ""
        axes.text(0, place, f"{kind}  {shape}{counted}", ha="center", va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set_axis_off()
    # Else matplotlib names its shapes by chance, and dates the file.
    with mpl.rc_context({"svg.hashsalt": "network", "svg.fonttype": "none"}), replacing(path) as temporary:
        figure.savefig(temporary, format="svg", metadata={"Date": None})
