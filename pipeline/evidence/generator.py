"""What generators write of how they made a picture: prompts and settings, as text, as JSON, as a graph.

sd-parsers reads those of Stable Diffusion's web interfaces, Fooocus, InvokeAI and NovelAI. What it lacks is here:
ComfyUI's graphs (it wants both of the two, knows no nodes of services, and its time grows with the square of the
graph), SwarmUI, Easy Diffusion, Draw Things, Midjourney, and the label that China's rules ask for.
"""

import re
from collections.abc import Mapping

from sd_parsers.exceptions import ParserError
from sd_parsers.parsers import AUTOMATIC1111Parser, FooocusParser, InvokeAIParser, NovelAIParser

#: A longer text is none of a person's prompt: sd-parsers looks for hashes in a time that grows with its square.
MAX_SETTINGS = 16 * 2**10

#: The keys that each parser reads.
_PARSERS = (
    (AUTOMATIC1111Parser(), ("parameters",)),
    (FooocusParser(), ("parameters",)),
    (NovelAIParser(), ("Description", "Software", "Source", "Comment")),
    (InvokeAIParser(), ("invokeai_metadata", "sd-metadata", "Dream")),
)


def parse_settings(texts: Mapping[str, str]) -> str | None:
    """Name the key under which sd-parsers finds a generator's settings among texts by their keys.

    >>> parse_settings({"parameters": "a cat\\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"})
    'parameters'
    >>> parse_settings({"parameters": "Steps: up the hill. Seed: tomato"})
    """
    for parser, keys in _PARSERS:
        given = {key: texts[key] for key in keys if key in texts and len(texts[key]) <= MAX_SETTINGS}
        if not given:
            continue
        try:
            found = parser.parse(dict(given))
        except (ParserError, RecursionError, AttributeError, TypeError, ValueError, KeyError):
            # What is no JSON object, or a number where it wants a text, makes it raise nearly anything.
            continue
        if found.samplers:
            return next(iter(given))
    return None


_LINES = {
    "steps": re.compile(r"\bSteps: ?\d"),
    "sampler": re.compile(r"\bSampler: ?\w"),
    "scale": re.compile(r"\b(?:CFG|Guidance) Scale: ?\d", re.IGNORECASE),
    "seed": re.compile(r"\bSeed: ?-?\d"),
}


def lists_settings(text: str) -> bool:
    """Return whether a text lists steps, sampler, scale and seed with their values, at least three of them.

    >>> lists_settings("a cat Steps: 20, Sampler: DPM++ 2M, Guidance Scale: 7.0, Seed: 1, Size: 512x512")
    True
    """
    return sum(bool(line.search(text)) for line in _LINES.values()) >= 3


_JSON = re.compile(
    r'"(steps|num_inference_steps|sampler|sampler_name|scheduler|seed|cfg_?scale|cfg|scale|guidance_scale|uc'
    r'|negative_?prompt|base_model|sui_image_params|use_stable_diffusion_model|sampler_id)"\s{0,8}:'
)
#: Each alone is proof: nobody else has such a key.
_PROOF = {"sui_image_params", "use_stable_diffusion_model", "base_model"}
_STEPS, _SEED = {"steps", "num_inference_steps"}, {"seed"}


def holds_settings(text: str) -> bool:
    """Return whether a text is JSON with the settings of a diffusion model: SwarmUI, Easy Diffusion, Draw Things.

    >>> holds_settings('{"c": "a cat", "uc": "", "sampler": "Euler a", "scale": 7, "seed": 1, "steps": 20}')
    True
    >>> holds_settings('{"steps": 9000, "distance": 6.1}')
    False
    """
    keys = {match[1] for match in _JSON.finditer(text)}
    return bool(keys & _PROOF) or (len(keys) >= 4 and bool(keys & _STEPS) and bool(keys & _SEED))


#: ComfyUI's graphs, as the interface or as the server keeps them, name the class of each node. One that has neither a
#: sampler nor a node of a service that draws has generated nothing.
_NODE = re.compile(r'"(?:class_type|type)"\s{0,8}:\s{0,8}"([^"]{1,80})"')
_SAMPLER = re.compile(r"Sampler(?!Select)")
#: ComfyUI's "partner nodes" (comfy_api_nodes in its repository), by whose they are.
_SERVICE = re.compile(
    r"(?:OpenAI(?:Dalle|GPTImage)|Flux\w*(?:Pro|Max|Ultra)\w*Node|Flux2\w*ImageNode|Ideogram(?:V\d|Image)"
    r"|Stability(?:StableImage|AI)|Recraft(?:TextToImage|ImageToImage|ImageInpainting|ReplaceBackground|V4|Create)"
    r"|LumaImage|Gemini\w*Image|GeminiNanoBanana|Kling\w*Image(?:Generation|Node)|KlingVirtualTryOn|MinimaxTextToImage"
    r"|RunwayTextToImage|ByteDance(?:Image|Seedream)|Wan\w*ToImageApi|Grok\w*Image|Reve\w*Image|Bria\w*Image"
    r"|Krea\w*Image|Qwen\w*Image\w*Api|Hunyuan\w*ImageApi|Quiver\w*Image|PhotonImage)\w*"
)
#: What these services also offer: work on a picture that was there before.
_OTHERWISE = re.compile(
    r"Upscale|RemoveBackground|Crisp|Vector|Style|Color|Reference|Concepts|Load|Save|Preview|Resize"
)


def is_graph(text: str) -> bool:
    """Return whether a text is a graph of ComfyUI that generates a picture.

    >>> is_graph('{"3": {"class_type": "KSampler"}}'), is_graph('{"3": {"class_type": "OpenAIGPTImage1"}}')
    (True, True)
    >>> is_graph('{"3": {"class_type": "ImageUpscaleWithModel"}}')
    False
    """
    nodes = {match[1] for match in _NODE.finditer(text)}
    return any(_SAMPLER.search(node) or _is_service(node) for node in nodes)


def _is_service(node: str) -> bool:
    return bool(_SERVICE.fullmatch(node)) and not _OTHERWISE.search(node)


_JOB = re.compile(r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def names_job(text: str) -> bool:
    """Return whether a description ends as Midjourney's do: with the number of the job."""
    return bool(_JOB.search(text))


_LABEL = re.compile(r'"Label"\s{0,8}:\s{0,8}"?1\b')
_PRODUCED = re.compile(r'"(?:ContentProducer|ProduceID|ContentPropagator|PropagateID|ServiceProvider)"')


def is_labelled(text: str) -> bool:
    """Return whether a text is the label of GB 45438-2025 (TC260) that says: generated. (2 and 3 say perhaps.)

    >>> is_labelled('{"Label":"1","ContentProducer":"doubao","ProduceID":"7"}'), is_labelled('{"Label":"1"}')
    (True, False)
    """
    return bool(_LABEL.search(text) and _PRODUCED.search(text))


_SIGNED = re.compile(r"\s*Signature: ?[A-Za-z0-9+/=]{64,}\s*")
_UUID = re.compile(r"\s*[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*", re.IGNORECASE)


def is_signed_by_grok(description: str, artist: str) -> bool:
    """Return whether EXIF holds what xAI writes: a signature for a description, and an identifier for an artist."""
    return bool(_SIGNED.fullmatch(description) and _UUID.fullmatch(artist))
