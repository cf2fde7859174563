"""Filters in Google's words: the parameters of a search's address.

The values are those of icrawler, of HolyImageDownloader, and of the Google's own forms. None is documented.
"""

from calendar import monthrange

from collectors.google.google_settings import Filters

SIZES = {"large": "l", "medium": "m", "icon": "i"}
COLOURS = {"any-colour": "color", "black-and-white": "gray", "transparent": "trans"}
LICENCES = {"creative-commons": "cl", "commercial": "ol"}
ASPECTS = {"tall": "t|xt", "square": "s", "wide": "w", "panoramic": "xw"}
SAFE_SEARCH = {"strict": "active", "blur": "images", "none": "off"}


def parameters(filters: Filters) -> dict[str, str]:
    """Return the parameters that stand for the filters, in an order that stays.

    >>> parameters(Filters(type="photo", until="2020-02", language="en"))
    {'tbs': 'itp:photo,cdr:1,cd_max:02/29/2020', 'lr': 'lang_en'}
    """
    given = {
        "tbs": ",".join([*_look(filters), *_dates(filters)]),
        "imgar": filters.aspect and ASPECTS[filters.aspect],
        "safe": filters.safe_search and SAFE_SEARCH[filters.safe_search],
        "lr": filters.language and f"lang_{filters.language}",
        "cr": filters.country and f"country{filters.country}",
    }
    return {name: value for name, value in given.items() if value}


def _look(filters: Filters) -> list[str]:
    items = []
    if filters.size:
        items.append(f"isz:{SIZES[filters.size]}")
    if filters.larger_than:
        items += ["isz:lt", f"islt:{filters.larger_than}"]
    if filters.type:
        items.append(f"itp:{filters.type}")
    if filters.colour in COLOURS:
        items.append(f"ic:{COLOURS[filters.colour]}")
    elif filters.colour:
        items += ["ic:specific", f"isc:{filters.colour}"]
    if filters.licence:
        items.append(f"sur:{LICENCES[filters.licence]}")
    return items


def _dates(filters: Filters) -> list[str]:
    items = []
    if filters.since:
        year, month = filters.since.split("-")
        items.append(f"cd_min:{month}/01/{year}")
    if filters.until:
        year, month = filters.until.split("-")
        items.append(f"cd_max:{month}/{monthrange(int(year), int(month))[1]}/{year}")
    return ["cdr:1", *items] if items else []
