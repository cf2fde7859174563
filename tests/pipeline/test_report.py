import io
import json
import re
import shutil

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from collectors.google.browser import open_browser
from pipeline.evaluation.damages import DAMAGES
from pipeline.evaluation.display_names import name_damage
from pipeline.judgement.detector_judgement import read_judgement
from pipeline.report.charts import THEME, Bars, Chart, to_png, to_svg
from pipeline.report.examples import choose_errors, choose_some
from pipeline.report.report_page import is_web
from pipeline.report.thumbnails import make_thumbnail
from pipeline.runtime.paths import Paths
from tests.factories import encode, make_image, run_stage
from tests.pipeline.conftest import HOSTILE


@pytest.fixture(scope="module")
def html(trained):
    return (trained.results / "report.html").read_text()


@pytest.fixture(scope="module")
def page(html):
    return BeautifulSoup(html, "lxml")


def test_nothing_is_loaded_from_anywhere(html, page):
    assert not page.find_all(["script", "iframe", "object", "embed", "base", "form"])
    loading = [tag[name] for name in ("src", "srcset", "poster", "data") for tag in page.find_all(attrs={name: True})]
    loading += [tag["href"] for tag in page.find_all(["link", "use", "image"], href=True)]
    loading += re.findall(r"url\(([^)]*)\)", html)
    assert loading
    assert all(address.startswith(("data:", "#")) for address in loading)
    assert "@import" not in html
    assert len(html) < 3_000_000


def test_it_is_written_whatever_the_network_is(trained, tmp_path, monkeypatch):
    paths = Paths(shutil.copytree(trained.paths.root, tmp_path / "project"))
    recipe = paths.recipe("tiny")
    layers = "[{layer: conv, filters: 4}, {layer: flatten}]"
    recipe.write_text(re.sub(r"model: {.*}", f"model: {{name: stack, layers: {layers}}}", recipe.read_text()))
    run_stage(monkeypatch, paths.root, "evaluate", "tiny")
    assert "network stack" in (paths.results("tiny") / "report.html").read_text()


def test_what_pages_said_stays_text(html, page):
    assert HOSTILE not in html
    links = [tag["href"] for tag in page.find_all("a") if not tag["href"].startswith("#")]
    assert links
    assert all(link.startswith("https://example.org/") for link in links)
    assert any(HOSTILE in link for link in links)


def test_report_tells_every_reason_and_shows_what_it_struck(page):
    text = page.get_text(" ")
    for reason in ("http-404", "blank", "truncated", "near-duplicate"):
        assert reason in text
    shown = {title.get_text().split()[0]: title.find_next(class_="pictures") for title in page.find_all("h3")}
    assert len(shown["truncated"].find_all(class_="blank")) == 2
    assert len(shown["blank"].find_all("img")) == 2
    pairs = shown["near-duplicate"].find_all(class_="pair")
    assert len(pairs) == 2
    assert all(len(pair.find_all("img")) == 2 for pair in pairs)
    assert len(shown["REAL"].find_all("img")) == len(shown["FAKE"].find_all("img")) == 8


def test_report_shows_the_largest_groups(page):
    titles = [title for title in page.find_all("h3") if title.get_text().endswith(("bits apart", "all of one hash"))]
    assert len(titles) == 2
    for title in titles:
        assert "2 pictures" in title.get_text()
        figures = [figure.get_text(" ") for figure in title.find_next(class_="pictures").find_all("figure")]
        assert "stayed" in figures[0]
        assert "near-duplicate" in figures[1]


def test_report_names_what_tells_the_label_without_a_look(trained, page):
    audit = json.loads((trained.results / "audit.json").read_text())
    worst, tell = next(iter(audit["attributes"].items()))
    row = page.select_one(".meter").find_parent("tr").get_text(" ")
    assert worst.replace("_", " ") in row
    assert f"{tell['auc']:.3f}" in row
    alarms = [line.get_text(" ") for line in page.select(".alarms li")]
    assert [line.split(" :")[0] for line in alarms] == [name.replace("_", " ") for name in audit["alarms"]]


def test_report_opens_with_the_judgement_and_holds_the_figures(trained, page):
    judgement = read_judgement(trained.results / "judgement.json", "tiny")
    assert [line.get_text() for line in page.select(".verdict p")] == [s.replace("`", "") for s in judgement.sentences]
    assert judgement.headline.startswith("The detector tiny cannot be judged: a test of")
    assert "accuracy" in page.select_one(".tiles").get_text()
    assert len(page.find_all("svg")) == 7
    assert "macro avg" in page.find("pre").get_text()


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_report_reads_well_in_a_real_browser(trained, browser, width, theme):
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get((trained.results / "report.html").as_uri())
    assert browser.get_log("browser") == []
    requests = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [request for request in requests if not request.startswith("data:")] == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script("return [...document.images].every(i => i.complete && i.naturalWidth > 0)")
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    lightness = sum(map(int, re.findall(r"\d+", paper)[:3])) / 3
    assert (lightness > 128) == (theme == "light")


def test_report_names_the_worst_part_and_every_damage(page, trained):
    worst = json.loads((trained.results / "metrics.json").read_text())["worst"]
    rows = [row.get_text(" ") for row in page.select("tr.worst")]
    assert len(rows) == 1
    assert worst["name"] in rows[0]
    assert all(name_damage(name) in page.get_text() for name in DAMAGES)


def test_surest_errors_come_first():
    rows = pd.DataFrame(
        {"source": "a", "rank": range(5), "label": [0, 0, 0, 1, 1], "score": [0.6, 0.9, 0.1, 0.2, 0.7]}
    )
    errors = choose_errors(rows, 0.5)
    assert errors["REAL"]["rank"].tolist() == [1, 0]
    assert errors["FAKE"]["rank"].tolist() == [3]


def test_every_source_has_its_turn_among_examples():
    rows = pd.DataFrame({"source": ["big"] * 500 + ["small"] * 2, "rank": range(502)})
    assert choose_some(rows, 1, 4)["source"].value_counts().to_dict() == {"big": 2, "small": 2}


def test_thumbnails_hold_nothing_of_the_original_but_its_picture():
    original = encode(make_image(1, 400, 300), comment=b"a secret")
    assert b"secret" in original
    thumbnail = make_thumbnail(original, 96, 10**6)
    assert thumbnail.startswith("data:image/jpeg;base64,")
    assert thumbnail == make_thumbnail(encode(make_image(1, 400, 300)), 96, 10**6)
    assert len(thumbnail) < 12_000


@pytest.mark.parametrize("data", [b"", b"<html>", encode(make_image(1))[:300]])
def test_what_cannot_be_decoded_has_no_thumbnail(data):
    assert make_thumbnail(data, 96, 10**6) is None


def test_charts_are_the_same_each_time_and_in_the_colours_of_the_page():
    curves = {name: ([1, 2], [0.5, 0.4]) for name in ("training", "validation", "third")}
    chart = Chart("Loss <by> epoch", "epoch", "loss", curves, whole=True)
    svg = to_svg(chart)
    assert svg == to_svg(chart)
    assert svg.startswith("<svg viewBox=")
    assert 'aria-label="Loss &lt;by&gt; epoch"' in svg
    assert all(colour in svg for colour in THEME.values())
    assert not any(drawn in svg for drawn in THEME)
    assert "<style" not in svg
    assert "Matplotlib" not in svg


@pytest.mark.parametrize(
    "chart", [Chart("Loss", "epoch", "loss", {"training": ([1], [0.5])}), Bars("Damage", "share", {"blur": 0.5})]
)
def test_a_chart_is_a_picture_as_well_and_the_same_each_time(chart):
    data = to_png(chart)
    assert data == to_png(chart)
    picture = Image.open(io.BytesIO(data))
    assert picture.width > 400
    assert len(picture.convert("L").getcolors()) > 10


def test_errors_come_with_where_they_are_from(trained, page):
    predictions = pd.read_parquet(trained.results / "predictions.parquet")
    wrong = predictions[(predictions["score"] >= 0.5) != predictions["label"]]
    figures = page.find(id="errors").find_all_next(class_="lineage")
    assert len(figures) == min(12, (wrong["label"] == 0).sum()) + min(12, (wrong["label"] == 1).sum())
    commands = {code.get_text() for code in page.find_all("code")}
    assert {f"touchstone why {name[:12]}" for name in wrong["id"][:12]} <= commands
    for figure in figures:
        assert {"address", "group", "split"} <= {term.get_text() for term in figure.find_all("dt")}


def test_every_part_of_the_contents_is_there_and_in_order(page):
    wanted = [link["href"][1:] for link in page.select("nav a")]
    assert [title["id"] for title in page.find_all("h2") if title["id"] in wanted] == wanted
    assert wanted.index("audit") < wanted.index("figures") < wanted.index("damage") < wanted.index("looks")


def test_looks_stand_beside_their_pictures_and_say_what_they_are_not(page):
    text = page.find(id="looks").find_next(class_="quiet").get_text()
    assert "What it does not show" in text
    assert "2x2" in " ".join(text.split())
    assert len(page.select(".looks figure")) >= 12
    assert all(len(figure.find_all("img")) == 2 for figure in page.select(".looks figure"))


@pytest.mark.parametrize(("address", "web"), [("https://a.org", True), ("javascript:alert(1)", False), (None, False)])
def test_only_web_addresses_become_links(address, web):
    assert is_web(address) is web
