from app.browsing.group_browser import ALL_STAYED, MEMBERS, Duplicates
from pipeline.lineage.manifests import Manifests
from pipeline.readers.duplicate_groups import read_groups


def test_groups_are_those_that_the_command_line_tells(trained):
    duplicates, rows = Duplicates(Manifests(trained.paths)), read_groups(trained.paths)
    groups = duplicates.page(None, 0, 1_000)
    assert duplicates.total() == len(groups) == rows["group"].nunique() > 0
    assert [group.name for group in groups] == list(rows["group"].drop_duplicates())
    for group in groups:
        mine = rows[rows["group"] == group.name]
        assert (group.pictures, group.diameter) == (len(mine), mine["diameter"].iloc[0])
        told = {(row["source"], row["rank"]): row["reason"] for row in group.members}
        expected = {(row.source, row.rank): row.reason for row in mine.itertuples()}
        assert {key: expected[key] for key in told} == {key: reason or expected[key] for key, reason in told.items()}
        assert len(told) == min(len(mine), MEMBERS)


def test_groups_can_be_asked_for_by_what_became_of_their_pictures(trained):
    duplicates = Duplicates(Manifests(trained.paths))
    for reason, count in duplicates.count().items():
        groups = duplicates.page(reason, 0, 1_000)
        assert duplicates.total(reason) == len(groups) == count
        reasons = [{row["reason"] for row in group.members} for group in groups]
        assert all(found == {None} if reason == ALL_STAYED else reason in found for found in reasons)


def test_pages_follow_each_other(trained):
    duplicates = Duplicates(Manifests(trained.paths))
    whole = [group.name for group in duplicates.page(None, 0, 1_000)]
    assert [group.name for number in range(len(whole)) for group in duplicates.page(None, number, 1)] == whole
