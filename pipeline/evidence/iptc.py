"""The IPTC's Information Interchange Model (IIM 4.2): the record that editors of news wrote before XMP."""

from collections.abc import Iterator

#: Datasets of the application record (number 2) that tell of origin or rights.
_DATASETS = {
    5: "ObjectName",
    40: "SpecialInstructions",
    65: "OriginatingProgram",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    120: "Caption",
}


def read_datasets(record: bytes) -> Iterator[tuple[str, str]]:
    """Return the names and texts of the datasets that are known here.

    >>> list(read_datasets(bytes.fromhex("1c026e0004") + b"Jane"))
    [('Credit', 'Jane')]
    """
    place = 0
    while record[place : place + 1] == b"\x1c" and place + 5 <= len(record):
        number, dataset, size = record[place + 1], record[place + 2], int.from_bytes(record[place + 3 : place + 5])
        if size >= 0x8000:
            return  # The length of a length follows: those are for pictures.
        if number == 2 and dataset in _DATASETS:
            yield _DATASETS[dataset], as_text(record[place + 5 : place + 5 + size])
        place += 5 + size


def as_text(data: bytes) -> str:
    """Decode a text of unknown encoding: UTF-8 where it is, else Latin-1."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
