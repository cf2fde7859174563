"""Pictures that look like one in hand: the same pixels in another file, or the nearest perceptual hashes."""

from pipeline.config.params import load_params
from pipeline.decoding.decoder import run_bounded
from pipeline.decoding.unscreened import decode_unscreened
from pipeline.hashing.hashes import hash_batch
from pipeline.lineage.manifests import Manifests
from pipeline.runtime.array_types import Pixels
from pipeline.screening.measurements import digest_pixels

#: How many look-alikes are told of.
NEAREST = 5

Found = tuple[str, int, str, int]


def read_pixels(manifests: Manifests, data: bytes) -> Pixels:
    """Decode a picture as screening does: uint8 (height, width, 3).

    Raises:
        PictureError: the bytes are no picture.
    """
    params = load_params(manifests.paths.root)
    _, pixels = run_bounded(decode_unscreened, data, params.screen.max_pixels)
    return pixels


def find_alike(manifests: Manifests, pixels: Pixels) -> list[Found]:
    """Find the screened records with a picture's pixels, else those nearest to it, as (source, rank, by, bits)."""
    files = [manifests.screened(source)[0] for source in manifests.sources()]
    same = manifests.read(files, "pixels_id = ?", [digest_pixels(pixels)], "source, rank, pixels_id")
    if same:
        return sorted((row["source"], row["rank"], "pixels", 0) for row in same)
    name = load_params(manifests.paths.root).deduplicate.hash
    value = int(hash_batch([pixels])[name][0])
    distance = f"bit_count(xor({name}, ?::UBIGINT))"
    where = f"true ORDER BY {distance}, source, rank LIMIT {NEAREST}"
    rows = manifests.read(files, where, [value], f"source, rank, {name}")
    return [(row["source"], row["rank"], name, (row[name] ^ value).bit_count()) for row in rows]
