"""Settings of `audit`: when an attribute of the files tells the label too well."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.runtime.section import Section

#: What the audit asks of every original file.
Attribute = Literal[
    "format", "mode", "width", "height", "bytes", "has_exif", "has_icc", "has_xmp",
    "jpeg_quality", "jpeg_tables", "jpeg_subsampling", "aspect", "bytes_per_pixel",
    "name_shape", "name_number", "host", "fetched_month", "source",
]  # fmt: skip

#: Where params.yaml sets no other bound, an attribute that tells the label better than this raises the alarm.
DEFAULT_GATE = 0.6


class Audit(Section):
    """When a data set is too easy: an attribute of the files tells the label with a ROC-AUC above ``fail_above``.

    The build then fails; with ``null`` the report raises the alarm at 0.6 and no more. Attributes in ``ignore`` are
    measured, but raise none.
    """

    fail_above: Annotated[float, Field(ge=0.5, le=1)] | None = None
    ignore: list[Attribute] = Field(default=[])

    @property
    def gate(self) -> float:
        """Return the AUC above which an attribute raises the alarm."""
        return DEFAULT_GATE if self.fail_above is None else self.fail_above
