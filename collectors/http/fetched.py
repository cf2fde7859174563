"""A fetched picture, wherever its bytes were kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from collectors.http.spool import FetchFacts
from pipeline.records.record import Http


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of a picture as they came, when, and what the server said."""

    data: bytes
    fetched_at: datetime
    http: Http

    @classmethod
    def from_spool(cls, data: bytes, facts: FetchFacts) -> Self:
        """Read what the spool keeps."""
        http = Http(facts.status, facts.content_type, facts.etag, facts.final_url, facts.opt_out)
        return cls(data, datetime.fromisoformat(facts.fetched_at), http)
