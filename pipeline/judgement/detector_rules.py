"""How a detector is judged: by the lower bounds of its figures, and only where nothing else explains them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluation.display_names import name_damage, name_part
from pipeline.judgement.detector_judgement import DetectorJudgement, Level, Reason, cannot_be_judged
from pipeline.judgement.estimates import Estimate, balanced_accuracy, estimate_mean, estimate_share

Figures = Mapping[str, Any]

#: Levels and their words, by the least lower bound of the balanced accuracy.
LEVELS: tuple[tuple[float, Level, str], ...] = (
    (0.97, "very good", "very well"),
    (0.9, "good", "well"),
    (0.75, "fair", "fairly well"),
    (0.5, "poor", "poorly"),
)

#: A test whose 95% interval is wider than this is too small for any claim.
WIDEST = 0.1

#: Attributes of files that leave traces in the pixels: an alarm over one of these explains a detector's figures. Sizes
#: in bytes follow from what a picture shows, too, and all others never reach the pixels.
TRACES = frozenset({"format", "mode", "width", "height", "jpeg_quality", "jpeg_tables", "jpeg_subsampling", "aspect"})

#: What nearly every picture meets on its way. Heavier damages limit a detector; these overturn it.
ORDINARY = ("jpeg-90", "jpeg-82", "jpeg-75", "rescale-75%", "crop-95%")

#: So many more verdicts change under the other class's storage than under their own where that decides them.
PLACEBO = 0.1

#: Below it, a damage is worth a sentence.
HARM = -0.05

HELD_OUT = "all that was held out"


@dataclass(frozen=True, slots=True)
class DetectorFacts:
    """What is known of a detector: its ``metrics.json``, its ``audit.json`` if there is one, and its sources.

    ``sandboxed`` are those of the ``sources`` whose pictures are the sandbox's. ``ours`` is False of a detector whose
    training nobody here knows.
    """

    name: str
    figures: Figures
    audit: Figures | None
    sources: Sequence[str]
    sandboxed: Sequence[str] = ()
    ours: bool = True


def judge_detector(tested: DetectorFacts) -> DetectorJudgement:
    """Judge a detector by all that is known of it."""
    accuracy = balanced_accuracy(tested.figures)
    findings = tuple(_list_findings(tested, accuracy))
    reasons = tuple(_list_reasons(tested, accuracy))
    if reasons:
        return cannot_be_judged(tested.name, reasons, findings)
    held_out = _held_out(tested.figures)
    low = min(share.low for share in (accuracy, held_out) if share)
    level, words = next(((level, words) for least, level, words in LEVELS if low > least), (None, ""))
    if held_out:
        where = f"on sources or generators that it was not trained on, where its accuracy is {held_out}"
    else:
        where = (
            "in the collections that it was trained on" if tested.ours else "in the collection that it was asked about"
        )
        where = f"{where}: balanced accuracy {accuracy}"
    if level is None:
        headline = f"The detector {tested.name} does no better than chance {where}."
        return DetectorJudgement(tested.name, "no better than chance", headline, (), findings)
    headline = f"The detector {tested.name} tells AI-generated pictures from photographs {words} {where}."
    return DetectorJudgement(tested.name, level, headline, (), findings)


def _held_out(figures: Figures) -> Estimate | None:
    row = (figures.get("held_out") or {}).get(HELD_OUT)
    return Estimate(row["accuracy"], row["accuracy_low"], row["accuracy_high"]) if row else None


def _list_reasons(tested: DetectorFacts, accuracy: Estimate) -> Iterator[Reason]:
    """List why a detector cannot be judged, the weightiest first."""
    figures = tested.figures
    if tested.sandboxed and len(tested.sandboxed) == len(tested.sources):
        yield Reason(
            "stand-ins",
            "all its pictures are the sandbox's, where small neural networks stand in for generators of AI images",
            "set `internet: live` in params.yaml, then `dvc repro`",
        )
    yield from _explained_by_files(tested.audit or {})
    if accuracy.high - accuracy.low > WIDEST:
        needed = math.ceil(figures["pictures"] * ((accuracy.high - accuracy.low) / WIDEST) ** 2 / 20) * 10
        yield Reason(
            "small-test",
            f"a test of {figures['real']:,} photographs and {figures['fake']:,} fakes is too small, as it leaves the "
            f"balanced accuracy anywhere from {accuracy.low:.1%} to {accuracy.high:.1%}",
            f"test on about {needed:,} pictures of each class: collect more, or give the recipe's test a larger part",
        )
    yield from _overturned_by_storage(figures)
    # What is no better than chance as it is, no damage makes so.
    if accuracy.low > 0.5:
        yield from _overturned_by_damage(figures)


def _explained_by_files(audit: Figures) -> Iterator[Reason]:
    """Name what tells the label without a look at what a picture shows, and might be all that was learned."""
    measured, loud = audit.get("attributes") or {}, _divide_alarms(audit)[0]
    if not loud:
        return
    tell = measured.get(loud[0])
    figure = f" (ROC-AUC {tell['auc']:.3f}, 95% interval: {tell['low']:.3f} to {tell['high']:.3f})" if tell else ""
    others = ", ".join(name.replace("_", " ") for name in loud[1:])
    also = f", and so does {others}" if len(loud) == 2 else f", and so do {others}" if others else ""
    clause = f"{loud[0].replace('_', ' ')} alone tells the label{figure}{also}"
    yield Reason("audit-alarm", clause, "; ".join(_list_remedies(audit, loud)))


def _divide_alarms(audit: Figures) -> tuple[list[str], list[str]]:
    """Divide what tells the label into what can have reached the pixels and what cannot.

    An audit that has asked the pixels lists the latter as ``rested``; of another one, ``TRACES`` tells.
    """
    alarms = list(audit.get("alarms") or {})
    if "rested" in audit:
        return alarms, list(audit["rested"])
    return [name for name in alarms if name in TRACES], [name for name in alarms if name not in TRACES]


def _list_remedies(audit: Figures, loud: Sequence[str]) -> list[str]:
    """List what the audit advises: the settings to paste, or else its advice on each attribute, each once."""
    whole = audit.get("remedy") or {}
    pasted = [f"set `{line}` in {file}" for file, lines in (whole.get("paste") or {}).items() for line in lines]
    advised = [*pasted, *(whole.get("by_hand") or ())] or [str(audit["alarms"][name] or "") for name in loud]
    return [text for text in dict.fromkeys(each.strip().rstrip(".") for each in advised) if text]


def _overturned_by_storage(figures: Figures) -> Iterator[Reason]:
    """Compare verdicts that change when a picture is stored like the other class's files with those under its own."""
    for label, paths in (figures.get("placebo") or {}).items():
        own, other = paths["own"], paths["other"]
        if other["low"] > own["high"] and other["changed"] - own["changed"] > PLACEBO:
            yield Reason(
                "placebo",
                f"{other['changed']:.1%} of its predictions for {label} pictures change when they are stored like "
                f"files of the other class, and {own['changed']:.1%} when like files of their own",
                "store both classes alike: set `resize.equalise` in params.yaml",
            )
            return


def _overturned_by_damage(figures: Figures) -> Iterator[Reason]:
    """Name an ordinary damage under which a detector is no better than chance."""
    for name in ORDINARY:
        row = (figures.get("robustness") or {}).get(name)
        if row is None:
            continue
        fakes = estimate_share(row["recall"] * figures["fake"], figures["fake"])
        photographs = estimate_share((1 - row["false_positive_rate"]) * figures["real"], figures["real"])
        under = estimate_mean(photographs, fakes)
        if under.low <= 0.5:
            yield Reason(
                "damage",
                f"{name_damage(name)} alone makes it no better than chance: balanced accuracy {under}",
                "train on damaged copies: set `augment: {copies: 1, jpeg: [60, 95], rescale: 0.5}` in the recipe",
            )
            return


def _list_findings(tested: DetectorFacts, accuracy: Estimate) -> Iterator[str]:
    """List sentences with the figures, on what they were measured, and their limits."""
    figures, confusion = tested.figures, tested.figures["confusion"]
    missed, wrong = confusion["false_real"] / figures["fake"], confusion["false_fake"] / figures["real"]
    yield (
        f"On {figures['pictures']:,} test pictures from {_join(tested.sources)}: balanced accuracy {accuracy}, "
        f"false-positive rate {wrong:.1%}, false-negative rate {missed:.1%}."
    )
    if tested.sandboxed and len(tested.sandboxed) < len(tested.sources):
        yield (
            f"The pictures of {_join(tested.sandboxed)} are the sandbox's, where small neural networks stand in for "
            "generators of AI images."
        )
    yield _tell_held_out(tested)
    yield _name_weakest(figures)
    yield from _tell_origins(tested.audit or {})


def _tell_held_out(tested: DetectorFacts) -> str:
    if not tested.ours:
        return "Whether it was trained on some of these pictures, its authors know; their files were not audited."
    if held_out := _held_out(tested.figures):
        return f"On what was held out of training, its accuracy is {held_out}."
    return "No source or generator was held out of training, so that nothing is known of others: expect worse there."


def _name_weakest(figures: Figures) -> str:
    worst, robustness = figures["worst"], figures["robustness"]
    name, share = name_part(worst["by"], worst["name"]), f"{worst['accuracy']:.1%} of {worst['pictures']:,}"
    part = f"Accuracy is lowest on {name}: {share}"
    harm, harmed = min(robustness.items(), key=lambda row: row[1]["accuracy"])
    if harm == "clean" or harmed["accuracy_change"] > HARM:
        return f"{part}; no damage that was tried lowers it by more than {-HARM:.0%}."
    return f"{part}; of the damages that were tried, {name_damage(harm)} lowers it most, to {harmed['accuracy']:.1%}."


def _tell_origins(audit: Figures) -> Iterator[str]:
    """Name alarms over what never reaches the pixels: the classes have come different ways."""
    names = [name.replace("_", " ") for name in _divide_alarms(audit)[1]]
    if names:
        yield (
            f"What never reaches the pixels tells the label, too ({_join(names)}): the classes have come different "
            "ways, and what one way leaves in the pictures may have been learned; a held-out source would show it."
        )


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
