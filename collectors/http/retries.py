"""When to try again: by cause, with pauses that grow and differ, and as late as the server asks."""

import math
import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from collectors.http.outcome import Failure

#: How often an address is tried within one run. What is not here is tried once: a 404 stays one, and whoever was
#: silent for the whole timeout is left to the next run.
TRIES = {"connection": 3, "server-error": 3, "too-many-requests": 4}

#: Seconds before the second try; each further pause is so many times as long.
FIRST_PAUSE = 0.5
GROWTH = 4.0


def pause_before(failure: Failure, tried: int) -> float | None:
    """Return the seconds until the next try, or None when there is to be none.

    The pause is drawn from half to one and a half of its length, so that what failed together does not come back
    together.
    """
    if tried >= TRIES.get(failure.reason, 1):
        return None
    return FIRST_PAUSE * math.pow(GROWTH, tried - 1) * random.uniform(0.5, 1.5)  # noqa: S311 (nothing secret)


def retry_after(value: str | None, now: datetime) -> float:
    """Read a Retry-After header, seconds or a date (RFC 9110, 10.2.3), as seconds from now. Nonsense is 0.

    >>> retry_after("120", datetime(2026, 1, 1, tzinfo=UTC))
    120.0
    >>> retry_after("Thu, 01 Jan 2026 00:00:07 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    7.0
    """
    value = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        return 0.0
    return max(0.0, ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds())
