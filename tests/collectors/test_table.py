"""Labels by a table inside the archive."""

import io
import zipfile

import pytest

from collectors.archives.archive import collect
from collectors.archives.archive_settings import Archive, TableLayout
from pipeline.config.params import parse_source
from pipeline.records.record import Rejection
from pipeline.runtime import errors
from tests.factories import encode, make_image

JPEG = encode(make_image(1))

#: The form of alessandrasala79/ai-vs-human-generated-dataset.
HUMAN_OR_AI = TableLayout(path="file_name", twins=True)


def make_zip(*entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def read(context):
    def read_it(content, layout=HUMAN_OR_AI, **changes):
        (context.root / "set.zip").write_bytes(content)
        settings = Archive(collector="archive", path="set.zip", table=layout, **changes)
        return list(collect("set", settings, context))

    return read_it


def told(results):
    return [
        (result.reason, result.image_url.partition("!/")[2])
        if isinstance(result, Rejection)
        else (result.candidate.label.name, result.candidate.pair)
        for result in results
    ]


def test_labels_and_twins_come_from_the_table(read):
    rows = [f"{row},train_data/{name}.jpg,{1 - row % 2}\n" for row, name in enumerate("abcd")]
    table = "".join([",file_name,label\n", *rows])
    entries = [(f"train_data/{name}.jpg", JPEG) for name in "dcba"]
    test = [("test.csv", "id\ntest_data_v2/e.jpg\n"), ("test_data_v2/e.jpg", JPEG)]
    results = read(make_zip(("train.csv", table), *entries, *test), license="Apache 2.0", generator="some")
    # What is stated in params.yaml is applied later.
    assert told(results) == [
        ("REAL", "set.zip!/train.csv#1"),
        ("FAKE", "set.zip!/train.csv#1"),
        ("REAL", "set.zip!/train.csv#0"),
        ("FAKE", "set.zip!/train.csv#0"),
        ("not-a-picture", "test.csv"),
        ("not-in-table", "test_data_v2/e.jpg"),
    ]
    assert [result.candidate.rank for result in results[:4]] == [0, 1, 2, 3]
    assert {result.candidate.license for result in results[:4]} == {None}
    assert [result.candidate.generator for result in results[:4]] == [None] * 4
    assert results[0].candidate.image_url == "set.zip!/train_data/d.jpg"


def test_every_row_and_every_file_that_cannot_be_used_has_its_reason(read):
    rows = [
        ",file_name,label",
        "0,a.jpg,1",
        "1,b.jpg,maybe",
        "x,c.jpg,0",
        "-3,d.jpg,0",
        "4,gone.jpg,1",
        "5,twice.jpg,1",
        "6,twice.jpg,0",
        "7,broken.jpg,1",
        "8",
        "9,./folder\\e.jpg,0",
        "10,../../f.jpg,0",
    ]
    names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "twice.jpg", "broken.jpg", "folder/e.jpg", "../../f.jpg", "new.jpg"]
    entries = [(name, b"" if name == "broken.jpg" else JPEG) for name in names]
    results = read(make_zip(*entries, ("train.csv", "\r\n".join(rows))))
    assert told(results) == [
        ("FAKE", "set.zip!/train.csv#0"),
        ("no-label", "b.jpg"),
        ("bad-index", "c.jpg"),
        ("bad-index", "d.jpg"),
        ("listed-twice", "twice.jpg"),
        ("empty", "broken.jpg"),
        ("REAL", "set.zip!/train.csv#4"),
        ("unsafe-name", "../../f.jpg"),
        ("not-in-table", "new.jpg"),
        ("missing-entry", "gone.jpg"),
        ("missing-entry", ""),
    ]
    ranks = [result.rank if isinstance(result, Rejection) else result.candidate.rank for result in results]
    assert ranks == list(range(11))


def test_a_table_may_lie_in_a_folder_have_other_columns_and_no_twins(read):
    layout = TableLayout(file="set/list.csv", path="image", label="kind", real="photo", fake="ai")
    content = make_zip(("set/list.csv", '\ufeffkind,image\n"ai ","x,y.jpg"\nphoto,z.jpg\n'), ("set/x,y.jpg", JPEG))
    assert told(read(content, layout)) == [("FAKE", None), ("missing-entry", "set/z.jpg")]


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("other.csv", "a", r"set\.zip!/train\.csv: no such table, or it is damaged; in the archive: other\.csv"),
        ("train.csv", "", r"no column 'file_name' \(`table\.path`\); it has"),
        ("train.csv", "id\ntest_data_v2/a.jpg", r"no column 'file_name' \(`table\.path`\); it has 'id'"),
        ("train.csv", ",file_name\n0,a.jpg", r"no column 'label' \(`table\.label`\); it has '', 'file_name'"),
        ("train.csv", "file_name,label\na.jpg,0", r"no column '' \(`table\.index`\); it has 'file_name', 'label'"),
        ("train.csv", ",file_name,label\n0,a.jpg,AI", r"no row says 0 \(real\) or 1 \(fake\) in column 'label'"),
        ("train.csv", f",file_name,label\n0,{'x' * 200_000},1", r"it cannot be read after line 1 \(field larger than"),
        ("train.csv", b"\xff\xfe\x00", r"no column 'file_name'"),
    ],
)
def test_a_table_that_cannot_be_read_is_named_with_what_to_mend(read, file, content, words):
    with pytest.raises(errors.TableError, match=rf"{words}.*; see `table` of this source in params\.yaml"):
        read(make_zip((file, content)))


def test_a_table_beyond_all_measure_is_refused(read, monkeypatch):
    monkeypatch.setattr("collectors.archives.label_table.MAX_TABLE", 1000)
    with pytest.raises(errors.ArchiveError, match=r"set\.zip!/train\.csv: over 1,000 bytes"):
        read(make_zip(("train.csv", bytes(2000))))


def source(**changes):
    return parse_source("params.yaml", "set", {"collector": "archive", "path": "set.zip", **changes})


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"table": {}, "label": "REAL"}, errors.ParamsError, "takes one of `table`, `layout` and `label`"),
        ({"table": {}, "layout": {"real": "x"}}, errors.ParamsError, "takes one of `table`, `layout` and `label`"),
        ({"table": {"real": 1, "fake": "1"}}, errors.ParamsError, "`real` and `fake` must differ"),
        (
            {"table": {"lable": "x"}},
            errors.UnknownKeyError,
            r"set\.table\.lable: unknown key; did you mean label\? known",
        ),
        ({"table": {"fake": True}}, errors.WrongTypeError, r"sources\.set\.table\.fake"),
        ({"table": "train.csv"}, errors.WrongTypeError, r"sources\.set\.table"),
    ],
)
def test_wrong_settings_are_named_before_anything_runs(changes, error, words):
    with pytest.raises(error, match=words):
        source(**changes)


def test_two_data_sets_need_no_settings():
    known = {"collector": "kaggle", "dataset": "alessandrasala79/ai-vs-human-generated-dataset"}
    assert parse_source("params.yaml", "set", known).table == HUMAN_OR_AI
    own = parse_source("params.yaml", "set", {**known, "table": {"file": "other.csv"}})
    assert own.table == TableLayout(file="other.csv")
    cifake = {"collector": "kaggle", "dataset": "birdy654/cifake-real-and-ai-generated-synthetic-images"}
    assert parse_source("params.yaml", "set", cifake).layout.fake == "FAKE"
