"""Stages and reasons in plain words, for readers who have not built the data set."""

from pipeline.screens.screen_registry import SCREENS

#: What is left after each step of the funnel.
STEPS = {
    "collect": "found and fetched",
    "screen": "fit to be used",
    "deduplicate": "left after near-duplicates went",
    "split": "divided so that no two alike are on two sides",
    "train": "to learn from",
    "val": "to choose the best epoch by",
    "test": "to be examined on",
    "augment": "shown in an epoch, changed copies included",
}

#: Why a picture was dropped. A reason that is not here speaks for itself.
REASONS = {
    **{screen.reason: screen.meaning for screen in SCREENS},
    "truncated": "the file ends early",
    "format-not-read": "a picture of a format that is not read",
    "too-slow": "it takes too long to decode",
    "too-much-memory": "it takes too much memory to decode",
    "crash": "a decoder failed over it",
    "duplicate-bytes": "the same file as another one",
    "duplicate-pixels": "the same pixels as another one, in another file",
    "near-duplicate": "nearly the same as another one",
    "label-conflict": "the file itself says that its label is wrong",
    "cross-label": "found as REAL and as FAKE, so one of the two is wrong",
    "reviewed": "a person looked at it, or at one like it, and dropped it",
    "balance": "left out by chance, so that both classes are as many",
    "surplus": "left out by chance, as the recipe asks for so many and no more",
    "leaks-into-val": "too like a picture that the best epoch is chosen by",
    "leaks-into-test": "too like a picture of the test",
}

#: What the audit asks the pixels for.
PROBES = {
    "mean_colour": "the mean of each colour",
    "high_pass_energy": "how much fine detail there is",
    "jpeg_grid": "steps on a grid of 8 pixels, as JPEG leaves them",
    "radial_spectrum": "how much there is of each frequency",
    "thumbnail": "the picture at 8x8 pixels",
    "border": "the outermost pixels",
}

#: What a threshold was set for.
THRESHOLDS = {
    "half": "one half",
    "false_positive_rate_1%": "a false-positive rate of 1%",
    "best_balanced_accuracy": "the highest balanced accuracy",
}

#: What put a picture into the test.
PLACED = {
    "official": "test, as its data set has it",
    "draw": "test, drawn by its group",
    "held-out": "test, held out by the recipe",
}

#: The sections of the report, by their anchors.
CONTENTS = {
    "funnel": "Funnel",
    "audit": "Audit",
    "figures": "Figures",
    "held-out": "Never seen",
    "curves": "Curves",
    "damage": "Damage",
    "looks": "Where it looked",
    "errors": "Errors",
    "kept": "Kept",
    "dropped": "Dropped",
}

#: What a test is divided by.
KINDS = {
    "class": "class",
    "source": "source",
    "keyword": "keyword",
    "generator": "generator",
    "size": "size of the original, by its shorter side",
    "split": "split: the data set's own test, or ours",
}

#: Pictures of a part of a test, by the kind of the part.
PARTS = {
    "source": "pictures of the source {}",
    "keyword": "pictures found by the keyword “{}”",
    "generator": "pictures made by {}",
    "size": "pictures of {}",
    "split": "pictures of the {} split",
}

#: Classes as people say.
CLASSES = {"REAL": "photographs", "FAKE": "fakes"}

#: Damages, by the first word of their names; the amount follows.
DAMAGES = {
    "clean": "nothing done",
    "jpeg": "JPEG at quality {}",
    "blur": "a blur of {} of the side",
    "noise": "noise of {} grey levels",
    "rescale": "shrinking to {} and back",
    "crop": "cropping to {} of the side",
    "screenshot": "a screenshot, saved again",
    "sent": "being sent through two messengers",
}


def name_damage(name: str) -> str:
    """Describe in plain words what a damage does.

    >>> name_damage("jpeg-30"), name_damage("screenshot")
    ('JPEG at quality 30', 'a screenshot, saved again')
    """
    kind, _, amount = name.partition("-")
    return DAMAGES[kind].format(amount)


def name_part(by: str, name: str) -> str:
    """Describe in plain words which part of a test is meant.

    >>> name_part("class", "FAKE"), name_part("size", "under 64 pixels")
    ('fakes', 'pictures of under 64 pixels')
    """
    return CLASSES[name] if by == "class" else PARTS[by].format(name)
