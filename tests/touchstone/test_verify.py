import json
import random

import pytest

from pipeline.parts.errors import TouchstoneError
from tests.touchstone.builds import run
from touchstone.lineage.chain import open_chain
from touchstone.lineage.lock import read_lock

SEED = 7


def chain_files(paths):
    """Every file of the chain: what stages read and wrote, and dvc.lock; DVC's copies of the outs."""
    found = {paths.root / "dvc.lock"}
    for stage in read_lock(paths.root).values():
        for artefact in (*stage.deps, *stage.outs):
            path = paths.root / artefact.path
            found |= {file for file in path.rglob("*") if file.is_file()} if path.is_dir() else {path}
    found |= {file for file in (paths.root / ".dvc/cache/files").rglob("*") if file.is_file()}
    return sorted(found)


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


def test_a_flipped_bit_in_any_file_is_found_and_named(copy_of_built):
    """One bit somewhere in each file of the chain, one file at a time."""
    chance = random.Random(SEED)
    files = [file for file in chain_files(copy_of_built) if file.stat().st_size]
    chain = open_chain(copy_of_built.root)
    assert len(files) > 150
    for file in files:
        content = file.read_bytes()
        place = chance.randrange(len(content))
        file.unlink()  # It may be the same file as DVC's copy of it.
        file.write_bytes(content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :])
        chain.hashes.clear()
        try:
            broken = next((link for link in chain.links() if link.problem), None)
            assert broken is not None, f"{file}: a flipped bit at {place} was not found"
            name = broken.path
        except TouchstoneError as error:
            name = str(error)
        # A flipped bit in the lock makes it say something else of a file, which is named then.
        assert file.name in name or file.name == "dvc.lock", f"{file}: named {name}"
        file.write_bytes(content)


@pytest.mark.parametrize("place", range(10))
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
    assert done.code == 44
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
    assert done.code == 44
    assert "the bytes of #0 are not those that its id names" in done.err
