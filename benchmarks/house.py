"""How the code is laid out: what a newcomer reads of each stage, what each room holds, and what an edit makes stale.

    python benchmarks/house.py [--repo FOLDER]

``--repo`` measures another checkout, so that a layout can be laid beside an earlier one.
"""

import argparse
import ast
import json
import statistics
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.code_graph import CodeGraph  # noqa: E402 - found only once the project is on the path


def clashes(graph: CodeGraph) -> tuple[list[str], list[str]]:
    """List file names and class names that stand for more than one thing."""
    files = Counter(file.name for file in graph.files if file.name != "__init__.py")
    classes = Counter(
        node.name for file in graph.files for node in ast.walk(graph.tree(file)) if isinstance(node, ast.ClassDef)
    )
    return sorted(n for n, times in files.items() if times > 1), sorted(n for n, times in classes.items() if times > 1)


def main() -> None:
    """Measure, and print tables and one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repo", type=Path, default=ROOT)
    graph = CodeGraph(parser.parse_args().repo.resolve())

    print("stage          files   lines to read, shared rooms included   code deps in dvc.yaml")
    reading = {}
    for stage in graph.stages:
        files = graph.needs([f"pipeline.{stage}"])
        reading[stage] = sum(map(graph.lines, files))
        print(f"{stage:14} {len(files):5} {reading[stage]:7,} {len(graph.code_deps(stage)):40}")

    rooms = Counter(graph.room_of(module) for module in graph.modules if not module.endswith("__init__"))
    print("\nroom                         modules")
    for room, count in sorted(rooms.items()):
        print(f"{room:28} {count:7}")

    stale = {file.as_posix(): graph.stale_after(file) for file in sorted(graph.files)}
    print("\na comment in ... makes stale ...")
    for file, names in stale.items():
        if names:
            print(f"{file:55} {', '.join(names)}")

    files, classes = clashes(graph)
    arrows = graph.arrows_up()
    by_stage = Counter(name for names in stale.values() for name in names)
    figures = {
        "modules": len(graph.files),
        "median_lines": statistics.median(map(graph.lines, graph.files)),
        "lines_to_read": reading,
        "largest_room": max(rooms.values()),
        "file_names_twice": len(files),
        "class_names_twice": len(classes),
        "imports_in_circles_of_rooms": len(arrows),
        "modules_that_make_a_stage_stale": {name: by_stage[name] for name in graph.stages},
        "lines_of_dvc_yaml": len((graph.root / "dvc.yaml").read_text(encoding="utf-8").splitlines()),
    }
    print(f"\nfile names twice: {', '.join(files) or 'none'}\nclass names twice: {', '.join(classes) or 'none'}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
