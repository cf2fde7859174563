import json
import py_compile
import random

import pytest

from pipeline.lineage.chain import open_chain
from pipeline.lineage.lock import read_lock
from pipeline.runtime.errors import TouchstoneError
from tests.touchstone.builds import run

SEED = 7


def chain_files(paths):
    """The files of the chain: what stages wrote, what they read of code and settings, DVC's copies."""
    root, lock = paths.root, read_lock(paths.root).values()
    outs = {file for stage in lock for out in stage.outs for file in files_at(root / out.path)}
    deps = {file for stage in lock for dep in stage.deps for file in files_at(root / dep.path)}
    return sorted(outs), sorted(deps - outs), sorted(files_at(root / ".dvc/cache/files"))


def files_at(path):
    return {file for file in path.rglob("*") if file.is_file()} if path.is_dir() else {path}


def first_broken(root):
    try:
        return next((link for link in open_chain(root).links() if link.problem), None)
    except TouchstoneError as error:
        return str(error)


def test_an_untouched_project_holds(touchstone, built):
    done = touchstone(built.root, "verify")
    assert done.code == 0, done.err
    assert "the chain holds" in done.out
    assert json.loads(touchstone(built.root, "verify", "--json").out)["broken"] is None


def test_bytecode_beside_the_code_is_no_change(touchstone, copy_of_built):
    code = copy_of_built.root / "pipeline" / "evidence"
    py_compile.compile(str(code / "__init__.py"), doraise=True)
    assert list(code.rglob("*.pyc"))
    done = touchstone(copy_of_built.root, "verify")
    assert done.code == 0, done.err
    found = json.loads(touchstone(copy_of_built.root, "trace", "results/tiny/model.keras", "--json").out)
    assert found["changed_code"] == []


def test_a_flipped_bit_in_any_file_is_found_and_named(copy_of_built):
    """One bit somewhere in a file, one file at a time: every out, and some of the code and of DVC's copies."""
    chance = random.Random(SEED)
    outs, deps, copies = chain_files(copy_of_built)
    chain = open_chain(copy_of_built.root)
    for file in [*outs, *chance.sample(deps, 15), *chance.sample(copies, 15)]:
        flip_a_bit(chain, file, chance)


@pytest.mark.slow
def test_a_flipped_bit_in_any_code_or_copy_is_found_and_named(copy_of_built, monkeypatch):
    """All of them. What the outs hold, record by record, does not depend on these, and is not read 300 times."""
    chance = random.Random(SEED)
    _, deps, copies = chain_files(copy_of_built)
    chain = open_chain(copy_of_built.root)
    monkeypatch.setattr("pipeline.lineage.chain.check_contents", lambda manifests, stage: None)
    for file in [*deps, *copies]:
        flip_a_bit(chain, file, chance)


def flip_a_bit(chain, file, chance):
    """Flip one, see that it is found and named, and put it back."""
    content = file.read_bytes()
    if not content:
        return
    place = chance.randrange(len(content))
    file.unlink()  # It may be the same file as DVC's copy of it.
    file.write_bytes(content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :])
    chain.hashes.pop(file, None)
    broken = next((link for link in chain.links() if link.problem), None)
    assert broken is not None, f"{file}: a flipped bit at {place} was not found"
    # Of a folder of code, dvc.lock holds one hash.
    folder = broken.what == "read" and f"/{broken.path}/" in file.as_posix()
    assert file.name in broken.path or folder, f"{file}: named {broken.path}"
    file.write_bytes(content)
    chain.hashes.pop(file)


@pytest.mark.parametrize("place", range(6))
def test_a_flipped_bit_in_the_lock_is_found(copy_of_built, place):
    lock = copy_of_built.root / "dvc.lock"
    content = bytearray(lock.read_bytes())
    chance = random.Random(place)
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    lock.write_bytes(content)
    assert first_broken(copy_of_built.root) is not None


def test_other_params_than_those_of_the_run_break_the_chain(touchstone, copy_of_built):
    params = copy_of_built.root / "params.yaml"
    params.write_text(params.read_text().replace("max_distance: 4", "max_distance: 3"))
    done = touchstone(copy_of_built.root, "verify")
    assert done.code == 45
    assert "deduplicate.max_distance is 3 and was 4" in done.err


def test_a_picture_that_was_changed_and_committed_breaks_the_chain(touchstone, copy_of_built):
    """DVC's hashes are right then; the id is not."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    shard = copy_of_built.collected("photos") / "shard-00000.parquet"
    table = pq.read_table(shard)
    images = table["image"].to_pylist()
    images[0]["bytes"] += b"\0"
    column = table.schema.get_field_index("image")
    pq.write_table(table.set_column(column, table.field(column), pa.array(images, table.field(column).type)), shard)
    run(copy_of_built.root, "dvc", "commit", "--quiet", "--force", "collect@photos")
    done = touchstone(copy_of_built.root, "verify")
    assert done.code == 45
    assert "the bytes of #0 are not those that its id names" in done.err
