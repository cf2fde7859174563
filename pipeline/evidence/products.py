"""Names under which generators sign as a file's program, credit line or maker."""

import re

#: Names that nothing else goes by: they count wherever a word of theirs stands.
_CLEAR = (
    "stable[ -]?diffusion", "automatic1111", "a1111", "sd[ .]?next", "dreamstudio", "stability ai", "stable image",
    "sdxl", "comfy ?ui", "invoke ?ai", "fooocus", "swarm ?ui", "easy diffusion", "draw things", "diffusionbee",
    "diffusers", "novelai", "midjourney", "niji ?journey", r"dall[-·. ∙•?]?e(?:[ -]?\d)?", "chatgpt", "gpt[- ]image",
    r"gpt-4o", "openai", "adobe firefly", "bing image creator", "image creator from (?:microsoft )?(?:designer|bing)",
    "microsoft bing image", "mai-image", "google imagen", "google gemini", r"gemini \d[\w.]* \w*(?: \w+)* ?image",
    "nano ?banana", "google ai studio", "imagefx", "meta ai", "imagine with meta", "grok imagine",
    r"flux[ .-]?1", "flux[ .-]?2", "flux[ -](?:pro|dev|schnell|kontext|ultra)", "black forest labs",
    r"ideogram(?:\.ai| ai)",
    r"recraft(?:\.ai| ai|[ -]?v\d)", r"leonardo[. ]?ai", "playground ?ai", "nightcafe", "starryai", "dreamina",
    "seedream", "jimeng", "doubao", "craiyon", "lexica", "tensor[. ]art", "seaart", "pixai", "artbreeder",
    "wombo dream", "dream by wombo", "bluewillow", r"getimg\.ai", "kandinsky", "pixart[- ](?:alpha|sigma)",
    "deepfloyd", "hunyuan",
    "qwen-image", "kolors", "hidream", "z-image", r"reve\.com", "reve image", r"krea(?:\.ai| ai)", r"runwayml",
    "luma photon", "higgsfield", "aphrodite ai", "image playground", "magic media", "stylegan", "kling ai",
    r"text2image|text-to-image|txt2img|img2img",
)  # fmt: skip

#: Words that have other meanings: they count where they are all that stands there, but for a maker and a version.
#: ("Imagen AI" is a program that retouches photographs.)
_WORDS = "gemini|grok|flux|firefly|leonardo|ideogram|recraft|krea|reve|kling|sora|whisk"
_VERSION = r"(?:[ /-]?v?\d[\w.-]*)?"
_EDITION = r"(?: (?:ai|pro|dev|schnell|ultra|max|flash|fast|image|images|model|generator|image generator))*"
_ALONE = (
    rf"(?:(?:google|xai|x\.ai|adobe|bfl|openai)[ /]*)?(?:{_WORDS}){_VERSION}{_EDITION}{_VERSION}"
    rf"|(?:google )?imagen{_VERSION}(?: (?:ultra|fast|image|model|generator))*"
)

_NAMED = re.compile(rf"(?<![\w.])(?:{'|'.join(_CLEAR)})(?![a-z])", re.IGNORECASE)
_WHOLE = re.compile(rf"\s*(?:{_ALONE})\s*", re.IGNORECASE)

#: Credit lines by which makers say it: "Made with Google AI". (Google, Meta; other programs with AI in their name
#: only retouch.)
_CREDIT = re.compile(
    r"\b(?:made|created|generated|imagined|edited)\s+(?:with|by|using)\s+(?:(?:google|meta|microsoft|generative)\s+)?ai\b"
    r"|\bai[- ]generated\b",
    re.IGNORECASE,
)
#: No program and no credit line has a longer name.
LONGEST = 400


def names_generator(text: str) -> bool:
    """Return whether the name of a program is that of a generator.

    >>> names_generator("Adobe Firefly 3"), names_generator("Grok"), names_generator("Adobe Photoshop 25")
    (True, True, False)
    >>> names_generator("Topaz Photo AI"), names_generator("Imagen AI"), names_generator("Google Photos")
    (False, False, False)
    """
    return len(text) <= LONGEST and bool(_NAMED.search(text) or _WHOLE.fullmatch(text))


def names_maker(text: str) -> bool:
    """Return whether a camera's maker is a generator; words of other meanings may be makers' names.

    >>> names_maker("Ideogram AI"), names_maker("Leonardo")
    (True, False)
    """
    return len(text) <= LONGEST and bool(_NAMED.search(text))


def credits_generator(text: str) -> bool:
    """Return whether a credit line is a generator's.

    >>> credits_generator("Made with Google AI"), credits_generator("Edited with Luminar AI")
    (True, False)
    """
    return len(text) <= LONGEST and bool(_CREDIT.search(text) or names_generator(text))
