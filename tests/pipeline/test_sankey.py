import re

from pipeline.readers.funnel import Funnel, Row, Step
from pipeline.report.sankey import draw_sankey

FUNNEL = Funnel(
    (
        Step("collect", (Row("photos", 120, 100, 100, 0, {"not-found": 20}), Row("<b>", 50, 50, 0, 50, {}))),
        Step("split", (Row("photos", 100, 60, 60, 0, {"balance": 40}), Row("<b>", 50, 50, 0, 50, {}))),
        Step("train", (Row("photos", 40, 40, 40, 0, {}), Row("<b>", 30, 30, 0, 30, {}))),
        Step("val", (Row("photos", 10, 10, 10, 0, {}), Row("<b>", 10, 10, 0, 10, {}))),
        Step("test", (Row("photos", 10, 10, 10, 0, {}), Row("<b>", 10, 10, 0, 10, {}))),
        Step("augment", (Row("photos", 40, 80, 80, 0, {}), Row("<b>", 30, 60, 0, 60, {}))),
    )
)


def test_every_band_is_as_thick_as_its_number():
    svg = str(draw_sankey(FUNNEL))
    heights = {title: float(h) for h, title in re.findall(r'v([\d.]+)C[^"]*".*?<title>([^<]*)</title>', svg)}
    one = heights["photos, collect: 100"] / 100
    wanted = {"photos, split: 60": 60, "photos, train: 40": 40, "photos, dropped by collect: not-found 20": 20}
    assert {title: round(heights[title] / one) for title in wanted} == wanted
    assert "augment" not in svg


def test_names_are_escaped_and_the_same_funnel_gives_the_same_bytes():
    svg = str(draw_sankey(FUNNEL))
    assert "<b>" not in svg
    assert "&lt;b&gt;, test: 10" in svg
    assert svg == str(draw_sankey(FUNNEL))


def test_a_funnel_without_pictures_can_be_drawn():
    assert "svg" in str(draw_sankey(Funnel((Step("collect", (Row("photos", 0, 0, 0, 0, {}),)),))))
