"""A stand-in of Kaggle's alessandrasala79/ai-vs-human-generated-dataset: its table in full, with tiny pictures."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.factories import encode, make_image

ROWS = 79_950
TESTED = 5_540

DATASET = "alessandrasala79/ai-vs-human-generated-dataset"


def write_archive(path: Path, pictures: int) -> None:
    """Write the zip. All rows are in its table; the first ``pictures`` of them have one, unlike any other.

    Rows alternate AI, human, as in the original. Its test pictures have a table without labels.
    """
    with zipfile.ZipFile(path, "w") as archive:
        lines = (f"{row},{name_of(row)},{1 - row % 2}\n" for row in range(ROWS))
        archive.writestr("train.csv", "".join([",file_name,label\n", *lines]), zipfile.ZIP_DEFLATED)
        archive.writestr("test.csv", "".join(["id\n", *(f"{name}\n" for name in _tests())]), zipfile.ZIP_DEFLATED)
        for name in [*_tests()][: pictures // 10]:
            archive.writestr(name, encode(make_image(len(name), 32, 32)))
        for row in range(pictures):
            archive.writestr(zipfile.ZipInfo(name_of(row)), encode(make_image(row, 32, 32)))


def name_of(row: int) -> str:
    """Give the name of the picture in a row: 32 hexadecimal digits, in no order."""
    return f"train_data/{hashlib.md5(str(row).encode(), usedforsecurity=False).hexdigest()}.jpg"


def _tests() -> Iterator[str]:
    for number in range(TESTED):
        yield name_of(-1 - number).replace("train_data", "test_data_v2")
