"""TFRecord files for ``tf.data``."""

from pathlib import Path

from touchstone.publishing.exported_pictures import ExportedPicture


class RecordFile:
    """Examples with ``image/encoded`` (the original bytes), ``image/class/label``, ``image/class/text`` and ``id``."""

    def __init__(self, path: Path) -> None:
        from pipeline.models.tensorflow_backend import start_keras

        start_keras()
        import tensorflow as tf

        self._tf, self._writer = tf, tf.io.TFRecordWriter(str(path))

    def add(self, picture: ExportedPicture, data: bytes) -> None:
        """Write a picture."""
        train = self._tf.train

        def some_bytes(value: bytes) -> object:
            return train.Feature(bytes_list=train.BytesList(value=[value]))

        feature = {
            "id": some_bytes(picture.id.encode()),
            "image/encoded": some_bytes(data),
            "image/class/text": some_bytes(picture.label.name.encode()),
            "image/class/label": train.Feature(int64_list=train.Int64List(value=[int(picture.label)])),
        }
        example = train.Example(features=train.Features(feature=feature))
        self._writer.write(example.SerializeToString(deterministic=True))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
