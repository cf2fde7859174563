import pytest

from pipeline.rights.rights import ASKED, MEANINGS, attribute, judge, rights_of


@pytest.mark.parametrize(
    ("licence", "opt_out", "answer", "reason", "conditions"),
    [
        ("CC0-1.0", None, "open", "public-domain", ()),
        ("US-Gov", None, "open", "public-domain", ()),
        ("CC BY 2.0", None, "open", "licensed", ("attribution",)),
        ("CC BY-NC-SA 4.0", None, "open", "licensed", ("attribution", "share-alike", "non-commercial")),
        ("CC BY-NC-ND 4.0", None, "unchanged", "licensed", ("attribution", "non-commercial", "no-derivatives")),
        ("https://unsplash.com/license", None, "closed", "platform-licence", ()),
        ("All rights reserved", None, "closed", "all-rights-reserved", ()),
        ("Other (specified in description)", None, "closed", "unknown-licence", ()),
        ("", None, "closed", "no-licence", ()),
        (None, None, "closed", "no-licence", ()),
        ("CC0-1.0", "noai", "closed", "opted-out", ()),
    ],
)
def test_verdicts(licence, opt_out, answer, reason, conditions):
    found = judge(licence, opt_out)
    assert (found.answer, found.reason, found.conditions) == (answer, reason, conditions)
    assert (found.allow(changed=False), found.allow(changed=True)) == (answer != "closed", answer == "open")
    assert found.explain().startswith(MEANINGS[reason])
    assert all(ASKED[condition] in found.explain() for condition in conditions)


def test_the_words_of_a_licence_that_is_not_known_are_kept():
    assert judge("Other (specified in description)", None).licence == "Other (specified in description)"


def test_a_record_is_judged_by_its_licence_and_by_what_its_server_said():
    assert rights_of({"license": "CC0", "http": None}).answer == "open"
    assert rights_of({"license": "CC0", "http": {"opt_out": None}}).answer == "open"
    assert rights_of({"license": "CC0", "http": {"opt_out": "noai"}}).reason == "opted-out"
    assert rights_of({}).reason == "no-licence"


def test_attribution_names_what_the_record_has_and_only_where_it_is_asked_for():
    full = {
        "title": "A cat\non a mat",
        "author": "N. N.",
        "page_url": "https://a.example/1",
        "image_url": "https://a.example/1.jpg",
    }
    assert attribute(full | {"license": "CC BY 4.0"}) == (
        '"A cat on a mat" by N. N., https://a.example/1, '
        "licensed under CC-BY-4.0 (https://creativecommons.org/licenses/by/4.0/)"
    )
    bare = {"image_url": "https://a.example/1.jpg", "title": None, "license": "CC BY-SA"}
    assert attribute(bare) == "Picture, https://a.example/1.jpg, licensed under CC BY-SA"
    assert attribute(full | {"license": "CC0"}) is None
    assert attribute(full | {"license": "CC BY 4.0", "http": {"opt_out": "noai"}}) is None
