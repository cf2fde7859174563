"""What goes wrong on the web, planted among the sandbox's pictures: copies, broken files, dead links."""

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from collectors.sandbox.pool import Fault, ListedPicture

Chance = np.random.Generator

HTML = b"<!DOCTYPE html><html><head><title>Not found</title></head><body>This picture has moved.</body></html>"


def encode(image: Image.Image, kind: str, quality: int) -> bytes:
    """Encode a picture as JPEG, PNG or WEBP; ``quality`` is ignored by PNG."""
    out = io.BytesIO()
    image.save(out, kind, **({} if kind == "PNG" else {"quality": quality}))
    return out.getvalue()


def _open(picture: ListedPicture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data)).convert("RGB")


def recompressed(picture: ListedPicture) -> ListedPicture:
    """The same picture, as a second site saved it."""
    return replace(picture, data=encode(_open(picture), "JPEG", 62), content_type="image/jpeg")


def resized(picture: ListedPicture) -> ListedPicture:
    """The same picture at three quarters of its size."""
    image = _open(picture)
    small = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)
    data = encode(small, "JPEG", 88)
    return replace(picture, data=data, content_type="image/jpeg", width=small.width, height=small.height)


def truncated(picture: ListedPicture) -> ListedPicture:
    """A download that somebody broke off and put on the web all the same."""
    whole = encode(_open(picture), "JPEG", 90)
    return replace(picture, data=whole[: len(whole) * 2 // 3], content_type="image/jpeg")


def web_page(picture: ListedPicture) -> ListedPicture:
    """A page that says it is a picture."""
    return replace(picture, data=HTML, content_type="image/jpeg")


def empty(picture: ListedPicture) -> ListedPicture:
    """An answer without a body."""
    return replace(picture, data=b"")


def icon(picture: ListedPicture) -> ListedPicture:
    """A picture too small to use."""
    return replace(picture, data=encode(_open(picture).resize((16, 16)), "PNG", 0), content_type="image/png")


def blank(picture: ListedPicture) -> ListedPicture:
    """A placeholder of one colour."""
    flat = Image.new("RGB", (picture.width, picture.height), (236, 236, 236))
    return replace(picture, data=encode(flat, "PNG", 0), content_type="image/png")


def missing(picture: ListedPicture) -> ListedPicture:
    """A dead link."""
    return _faulty(picture, "missing")


def reset(picture: ListedPicture) -> ListedPicture:
    """A host that hangs up."""
    return _faulty(picture, "reset")


def _faulty(picture: ListedPicture, fault: Fault) -> ListedPicture:
    return replace(picture, fault=fault)


#: What is planted in every topic, in parts of a thousand of its pictures. A copy is of another picture of the topic.
TROUBLES: tuple[tuple[Callable[[ListedPicture], ListedPicture], int], ...] = (
    (lambda picture: picture, 17),
    (recompressed, 17),
    (resized, 10),
    (truncated, 7),
    (web_page, 4),
    (empty, 4),
    (icon, 4),
    (blank, 4),
    (missing, 10),
    (reset, 4),
)


def plant(pictures: list[ListedPicture], strangers: list[ListedPicture], chance: Chance) -> list[ListedPicture]:
    """Add troubles to a topic, and strangers from other topics, and shuffle; each gets a name of its own."""
    planted = list(pictures)
    for trouble, thousandths in TROUBLES:
        for i in chance.choice(len(pictures), round(len(pictures) * thousandths / 1000), replace=False):
            planted.append(trouble(pictures[i]))
    topic = pictures[0].topic
    planted += [replace(stranger, topic=topic) for stranger in strangers]
    return [
        replace(planted[i], name=f"{topic.replace(' ', '-')}-{n}")
        for n, i in enumerate(chance.permutation(len(planted)))
    ]
