from itertools import product

import numpy as np
import pytest
from bs4 import BeautifulSoup

from pipeline.comparing.mcnemar import mid_p
from pipeline.comparing.published import PUBLISHED
from pipeline.runtime.errors import StageMissingError
from tests.factories import run_stage, write_project, write_scores


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 4), (2, 2), (7, 3), (0, 6)])
def test_mid_p_is_what_counting_all_outcomes_gives(first, second):
    """Every one of the 2^n ways in which chance may part n discordant pictures, counted."""
    count = first + second
    ones = np.array([sum(way) for way in product((0, 1), repeat=count)])
    more, same = (ones < min(first, second)).mean(), (ones == min(first, second)).mean()
    assert mid_p(first, second) == pytest.approx(1 - same / 2 if first == second else 2 * (more + same / 2))
    assert mid_p(first, second) == mid_p(second, first)


def test_many_discordant_pictures_come_to_the_chi_square():
    from scipy.stats import chi2

    assert mid_p(540, 460) == pytest.approx(chi2.sf((540 - 460) ** 2 / 1000, 1), abs=2e-3)


@pytest.fixture
def project(tmp_path):
    paths = write_project(tmp_path)
    paths.recipe("other").write_text(paths.recipe("tiny").read_text())
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text() + "  - other\n")
    return paths


def test_page_lays_recipes_beside_published_systems(project, monkeypatch):
    write_scores(project, "tiny", [0.1] * 20 + [0.9] * 19 + [0.1])
    write_scores(project, "other", [0.1] * 11 + [0.9] * 29, first=1)
    run_stage(monkeypatch, project.root, "compare")
    html = project.comparison.read_text()
    page = BeautifulSoup(html, "lxml")
    rows = [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in page.find_all("tr")]
    rows = [row for row in rows if row]
    assert [row[0] for row in rows[:2]] == ["tiny", "other"]
    assert [row[1] for row in rows[:7]] == ["ours"] * 2 + ["theirs"] * len(PUBLISHED)
    assert rows[0][3].startswith("97.50%")
    shown = {row[0]: row for row in rows[2:]}
    assert shown["EfficientNetB6, theirs of recipe efficientnetb6"][3:6] == ["94.10%", "94.50%", "93.67%"]
    assert rows[-1][0] == "tiny, other"
    assert rows[-1][1].startswith("39 not shared: 1 of the first")
    assert rows[-1][2:4] == ["8", "1"]
    assert page.select_one(".banner").get_text(strip=True).startswith("The detector tiny cannot be judged")
    assert not page.find_all(["script", "img", "iframe"])
    assert [link["href"] for link in page.find_all("a")] == ["tiny/report.html", "other/report.html"]


def test_a_recipe_that_was_not_evaluated_is_named(project, monkeypatch):
    write_scores(project, "tiny", [0.1] * 20 + [0.9])
    with pytest.raises(StageMissingError, match="evaluate@other"):
        run_stage(monkeypatch, project.root, "compare")
