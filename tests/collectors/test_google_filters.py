import pytest

from collectors.google.google_filters import parameters
from collectors.google.google_settings import Filters
from pipeline.config.params import parse_source
from pipeline.runtime.errors import ParamsError, UnknownKeyError, WrongTypeError


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {}),
        ({"size": "icon"}, {"tbs": "isz:i"}),
        ({"larger_than": "2mp"}, {"tbs": "isz:lt,islt:2mp"}),
        ({"colour": "black-and-white"}, {"tbs": "ic:gray"}),
        ({"colour": "gray"}, {"tbs": "ic:specific,isc:gray"}),
        ({"licence": "commercial"}, {"tbs": "sur:ol"}),
        ({"since": "2020-03"}, {"tbs": "cdr:1,cd_min:03/01/2020"}),
        ({"until": "2019-02"}, {"tbs": "cdr:1,cd_max:02/28/2019"}),
        ({"aspect": "panoramic", "safe_search": "strict"}, {"imgar": "xw", "safe": "active"}),
        ({"language": "zh-CN", "country": "CN"}, {"lr": "lang_zh-CN", "cr": "countryCN"}),
    ],
)
def test_each_filter_has_its_parameter(filters, expected):
    assert parameters(Filters(**filters)) == expected


def source(filters):
    content = {"collector": "google_images", "query": "cats", "label": "REAL", "filters": filters}
    return parse_source("params.yaml", "cats", content)


@pytest.mark.parametrize(
    ("filters", "error", "words"),
    [
        (
            {"sise": "large"},
            UnknownKeyError,
            r"sources\.cats\.filters\.sise: unknown key; did you mean size\? known here: size, larger_than",
        ),
        ({"size": "huge"}, ParamsError, r"filters\.size: should be 'large', 'medium' or 'icon'"),
        ({"size": "large", "larger_than": "2mp"}, ParamsError, "one of `size` and `larger_than`"),
        ({"since": "2021-01", "until": "2020-12"}, ParamsError, "`since` must not be after `until`"),
        ({"until": "2020-12-31"}, ParamsError, r"filters\.until"),
        ({"until": "2020-13"}, ParamsError, r"filters\.until"),
        ({"language": False}, WrongTypeError, r"filters\.language"),
        ({"country": "de"}, ParamsError, r"filters\.country"),
        (["photo"], ParamsError, r"filters"),
    ],
)
def test_wrong_filters_are_named_before_anything_runs(filters, error, words):
    with pytest.raises(error, match=words):
        source(filters)


def test_filters_are_part_of_a_source():
    assert source({"type": "photo"}).filters == Filters(type="photo")
