"""What params.yaml states of a source as a whole: its label, its generator, its licence.

None of it is written into what was collected: it is applied to rows as they are read, so that a person may change
their mind and nothing is collected again.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.storage.labels import Label


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated of a source; None is nothing.

    ``label`` and ``generator`` count more than what was found with a picture. ``license`` does, too, unless
    ``licensed_singly``: each picture then has its own, and the stated one is for those that have none.
    """

    label: Label | None = None
    generator: str | None = None
    license: str | None = None
    licensed_singly: bool = False

    def apply(self, rows: pa.Table) -> pa.Table:
        """Apply it to rows of collected records, to those of the columns label, generator and license that are there.

        Only FAKE pictures keep a generator, so that it needs the label beside it.
        """
        if "label" in rows.schema.names and self.label is not None:
            rows = _replace(rows, "label", pa.scalar(int(self.label), pa.int8()))
        if "generator" in rows.schema.names:
            fake = pc.fill_null(pc.equal(rows["label"], int(Label.FAKE)), fill_value=False)
            told = rows["generator"] if self.generator is None else pa.scalar(self.generator)
            rows = _replace(rows, "generator", pc.if_else(fake, told, pa.scalar(None, pa.string())))
        if "license" in rows.schema.names and self.license is not None:
            own = rows["license"] if self.licensed_singly else pa.scalar(None, pa.string())
            rows = _replace(rows, "license", pc.coalesce(own, pa.scalar(self.license)))
        return rows


#: Of a source that params.yaml has lost nothing is stated.
NOTHING_STATED = Stated()


def _replace(rows: pa.Table, name: str, values: pa.ChunkedArray | pa.Scalar) -> pa.Table:
    place, field = rows.schema.get_field_index(name), rows.schema.field(name)
    if isinstance(values, pa.Scalar):
        values = pa.array([values.as_py()] * rows.num_rows, field.type)
    return rows.set_column(place, field.with_nullable(True), values)
