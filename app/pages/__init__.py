"""The pages of the browser app: what is shown, in the order of the menu. What they show is worked out elsewhere."""

from collections.abc import Callable
from typing import NamedTuple

from app.checking.detector_service import DetectorService
from app.pages import check, data, models, review


class AppPage(NamedTuple):
    """A page: its title, the last part of its address, one of Material's icons, and what shows it.

    The first page has no part of an address to itself.
    """

    title: str
    url_path: str
    icon: str
    show: Callable[[DetectorService], None]


PAGES = (
    AppPage("Check a picture", "", ":material/search_check:", check.show),
    AppPage("Data", "data", ":material/photo_library:", data.show),
    AppPage("Review", "review", ":material/rule:", review.show),
    AppPage("Models", "models", ":material/monitoring:", models.show),
)
