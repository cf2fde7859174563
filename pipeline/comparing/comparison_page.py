"""The comparison as one HTML file."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.comparing.compared_recipes import ComparedRecipe
from pipeline.comparing.mcnemar import Pair
from pipeline.comparing.published import PUBLISHED
from pipeline.judgement.detector_judgement import DetectorJudgement
from pipeline.report.templates import open_template


def render_comparison(
    entries: Sequence[ComparedRecipe], pairs: Sequence[Pair], judgements: Sequence[DetectorJudgement]
) -> str:
    """Write recipes, the best first, beside published systems, and every two of them tested against each other."""
    return open_template("compare.html.j2", Path(__file__).parent).render(
        entries=sorted(entries, key=lambda entry: (-entry.accuracy, entry.name)),
        published=PUBLISHED,
        pairs=pairs,
        judgements=judgements,
    )
