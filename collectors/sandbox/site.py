"""What all answers of a running sandbox are made from."""

import base64
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from urllib.parse import quote

from collectors.sandbox.pool import ListedPicture, PicturePool


@dataclass(frozen=True)
class Site:
    """The pool and the addresses it is served from.

    ``storage`` is the same server under another host name: clients take their credentials along only within a host.
    """

    pool: PicturePool
    origin: str
    storage: str

    @cached_property
    def by_document(self) -> dict[str, ListedPicture]:
        """All pictures by the id that result pages know them by."""
        return {document_id(name): picture for name, picture in self.pool.by_name.items()}

    def photo(self, picture: ListedPicture, fault: str | None = None) -> str:
        """Return the address of the full-size picture, on a host that has a fault or not."""
        return f"{self.origin}/photos/{quote(picture.name)}" + (f"?sandbox={fault}" if fault else "")

    def thumbnail(self, picture: ListedPicture) -> str:
        """Return the address of the thumbnail."""
        return f"{self.origin}/images?q=tbn:{document_id(picture.name)}&s"


def document_id(name: str) -> str:
    """Make the id of a picture on a result page.

    >>> document_id("cat.jpg")
    'Cm30iifvfbSLIQ'
    """
    return base64.urlsafe_b64encode(sha256(name.encode()).digest()[:10]).decode().rstrip("=")
