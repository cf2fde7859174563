import pytest

from pipeline.rights.licences import recognise

KNOWN = {
    "CC0-1.0": ["CC0-1.0", "cc0", "CC0: Public Domain", "http://creativecommons.org/publicdomain/zero/1.0/"],
    "CC-PDM-1.0": ["https://creativecommons.org/publicdomain/mark/1.0/deed.en", "pdm"],
    "public domain": ["Public Domain", "CC-PDDC"],
    "CC-BY-4.0": [
        "CC-BY-4.0", "cc by 4.0", "Attribution 4.0 International (CC BY 4.0)", "//creativecommons.org/licenses/by/4.0",
        "https://creativecommons.org/licenses/by/4.0/legalcode.de",
        "Creative Commons Attribution 4.0 International License",
        " CC  BY\n4.0 ",
    ],
    "CC-BY-3.0": ["https://creativecommons.org/licenses/by/3.0/us/", "CC BY 3.0 IGO", "CC-BY-3.0-US"],
    "CC BY": ["CC BY", "by"],
    "CC-BY-SA-4.0": ["by-sa 4.0", "Creative Commons Attribution-ShareAlike 4.0", "Attribution-Share Alike v4.0"],
    "CC-BY-NC-2.0": ["https://creativecommons.org/licenses/by-nc/2.0/?ref=openverse", "CC BY-NC 2.0"],
    "CC-BY-NC-SA-4.0": ["CC BY-NC-SA 4.0", "Attribution-NonCommercial-ShareAlike 4.0 International (CC BY-NC-SA 4.0)"],
    "CC-BY-NC-ND-4.0": ["cc-by-nc-nd-4.0", "Creative Commons Attribution Non Commercial No Derivatives 4.0"],
    "CC-BY-NC-ND-1.0": ["https://creativecommons.org/licenses/by-nd-nc/1.0/"],
    "PDDL-1.0": ["pddl", "ODC Public Domain Dedication and Licence (PDDL)"],
    "ODC-By-1.0": ["https://opendatacommons.org/licenses/by/1-0/"],
    "MIT": ["MIT", "https://opensource.org/licenses/MIT"],
    "Apache-2.0": ["Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0"],
    "Unsplash licence": ["https://unsplash.com/license", "Unsplash License"],
    "Pexels licence": ["https://www.pexels.com/license/"],
    "Pixabay licence": ["Pixabay Content License"],
    "all rights reserved": ["All Rights Reserved"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in KNOWN.items() for text in texts])
def test_a_licence_is_known_however_it_is_said(name, text):
    assert recognise(text).name == name


@pytest.mark.parametrize(
    "text",
    [
        "Other (specified in description)", "Unknown", "unknown", "none", "free", "CC", "Creative Commons",
        "CC BY 4.0, photos excepted", "not CC BY 4.0", "CC BY-SA-ND 4.0", "CC BY 4.0 (CC BY-NC 4.0)", "CC0 or later",
        "https://evil.example/creativecommons.org/licenses/by/4.0/", "https://creativecommons.org.evil.example/licenses/by/4.0/",
        "https://creativecommons.org/licenses/by/4.0/../../x", "http://", "(", "\u0000", "by " * 500,
    ],
)  # fmt: skip
def test_what_is_not_wholly_understood_is_no_licence(text):
    assert recognise(text) is None
