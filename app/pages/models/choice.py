"""Which recipes to look at."""

import streamlit as st

from app.desk import Desk
from app.parts.charts import COLOURS


def choose_recipes(desk: Desk) -> list[str]:
    """Ask for recipes, as many as there are colours at most; the first ones if nothing is chosen."""
    recipes = desk.recipes()
    first = recipes[: len(COLOURS)]
    if len(recipes) < 2:
        return recipes
    chosen = st.multiselect(
        "Recipes", recipes, default=first, max_selections=len(COLOURS), key="recipes", bind="query-params"
    )
    return chosen or first


def choose_recipe(desk: Desk) -> str:
    """Ask for one recipe, where there are several."""
    recipes = desk.recipes()
    if len(recipes) < 2:
        return recipes[0]
    return st.selectbox("Recipe", recipes, key="recipe", bind="query-params", width=360)
