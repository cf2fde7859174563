import pytest

from pipeline.decisions.tombstones import FILE, Tombstone, Tombstones, digest, read_tombstones, write_tombstones
from pipeline.runtime.errors import ParamsError

STONES = Tombstones(
    (
        Tombstone("picture", "ab" * 32, "asked for"),
        Tombstone("address", digest("https://example.org/a.jpg"), "asked for"),
        Tombstone("host", digest("private.example"), "opted out"),
        Tombstone("source", digest("holidays"), "no licence"),
    ),
    {"cd" * 32: ("ef" * 32,)},
)


@pytest.mark.parametrize(
    ("picture", "addresses", "kind"),
    [
        ("ab" * 32, [], "picture"),
        (None, [None, "https://example.org/a.jpg"], "address"),
        ("00" * 32, ["https://PRIVATE.example:8443/b.jpg"], "host"),
        ("00" * 32, ["https://not-private.example/b.jpg", "photos/a.jpg", "http://[broken"], None),
        (None, [None], None),
    ],
)
def test_a_tombstone_is_found_by_id_address_or_host(picture, addresses, kind):
    found = STONES.against(picture, addresses)
    assert (found and found.kind) == kind


def test_what_is_written_is_read_again_and_holds_no_names(tmp_path):
    assert read_tombstones(tmp_path) == Tombstones()
    write_tombstones(tmp_path, STONES)
    again = read_tombstones(tmp_path)
    assert set(again.stones) == set(STONES.stones)
    assert again.groups == STONES.groups
    assert again.against_source("holidays").why == "no licence"
    assert again.against_source("animals") is None
    text = (tmp_path / FILE).read_text()
    assert not [name for name in ("example", "holidays", "http") if name in text]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"forgotten": [{"kind": "picture"}], "groups": {}}', '{"forgotten": []}']
)
def test_a_damaged_file_lets_nothing_pass(tmp_path, content):
    (tmp_path / "datasets").mkdir()
    (tmp_path / FILE).write_text(content)
    with pytest.raises(ParamsError, match="forgotten"):
        read_tombstones(tmp_path)
