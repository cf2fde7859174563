"""Stages and reasons in plain words, for readers who have not built the data set."""

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
    "undecodable": "the file cannot be read as a picture",
    "truncated": "the file ends early",
    "too-many-pixels": "too large to be decoded safely",
    "too-small": "too few pixels to tell anything by",
    "extreme-aspect": "too long or too tall to be made square",
    "placeholder": "what many servers send in place of a picture",
    "label-conflict": "the file itself says that its label is wrong",
    "blank": "one colour all over",
    "animated": "a film, not a picture",
    "duplicate-bytes": "the same file as another one",
    "duplicate-pixels": "the same pixels as another one, in another file",
    "near-duplicate": "nearly the same as another one",
    "cross-label": "found as REAL and as FAKE, so one of the two is wrong",
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
    "false_positive_rate_1%": "1 photograph in 100 called fake",
    "best_balanced_accuracy": "both classes called rightly alike",
}
