"""Licences that stand in a file itself: in XMP, in the IPTC's record, in EXIF."""

from pipeline.evidence.metadata import Metadata
from pipeline.rights.licences import LONGEST, recognise

#: What names a licence by its address first, then words, then notices that may be no more than a name.
_STATED = ("xmp:license", "xmp:WebStatement", "xmp:UsageTerms", "xmp:LicensorURL")
_NOTICES = ("xmp:rights", "iptc:CopyrightNotice", "exif:Copyright", "png:Copyright", "png:License", "png:license")


def read_licence(metadata: Metadata) -> str | None:
    """Return the text that names the licence, or None.

    One that is known comes first, wherever it stands. Of others only what states a licence counts: most copyright
    notices are the photographer's name.
    """
    texts = [text.strip() for _, text in metadata.named(*_STATED, *_NOTICES) if text.strip()]
    for text in texts:
        if recognise(text):
            return text
    if any("all rights reserved" in text.casefold() for text in texts):
        return "all rights reserved"
    stated = [text.strip() for _, text in metadata.named(*_STATED[:3]) if text.strip()]
    return " ".join(stated[0].split())[:LONGEST] if stated else None
