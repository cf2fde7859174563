"""Which recipes to look at."""

import streamlit as st

from app.checking.detector_service import DetectorService
from app.widgets.chart_widgets import COLOURS


def choose_recipes(detectors: DetectorService) -> list[str]:
    """Ask for recipes, as many as there are colours at most; the first ones if nothing is chosen."""
    recipes = detectors.recipes()
    first = recipes[: len(COLOURS)]
    if len(recipes) < 2:
        return recipes
    chosen = st.multiselect(
        "Recipes", recipes, default=first, max_selections=len(COLOURS), key="recipes", bind="query-params"
    )
    return chosen or first


def choose_recipe(detectors: DetectorService) -> str:
    """Ask for one recipe, where there are several."""
    recipes = detectors.recipes()
    if len(recipes) < 2:
        return recipes[0]
    return st.selectbox("Recipe", recipes, key="recipe", bind="query-params", width=360)
