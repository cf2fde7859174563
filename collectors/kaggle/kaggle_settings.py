"""What params.yaml may say of a data set of Kaggle, and what is known of some beforehand."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from collectors.archives.archive_settings import Zipped

#: What is known of some data sets, by the name that Kaggle has for them; it need not stand in params.yaml.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "birdy654/cifake-real-and-ai-generated-synthetic-images": {
        "layout": {"real": "REAL", "fake": "FAKE", "train": "train", "test": "test"}
    },
    # Its test.csv has no labels: those pictures are rejected, as they are not in the table.
    "alessandrasala79/ai-vs-human-generated-dataset": {
        "table": {"file": "train.csv", "path": "file_name", "label": "label", "real": 0, "fake": 1, "twins": True}
    },
}


class KaggleDataset(Zipped):
    """One Kaggle data set: ``{collector: kaggle, dataset: owner/name, version: 4}``; without a version, the newest."""

    dataset: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+/[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
    version: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, content: Any) -> Any:
        if not isinstance(content, Mapping) or content.keys() & {"label", "layout", "table"}:
            return content
        name = content.get("dataset")
        return {**content, **PRESETS.get(name, {})} if isinstance(name, str) else content
