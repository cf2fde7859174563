"""Review: pictures that are worth a human eye, one after the other; what is decided goes into a file in git."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import streamlit as st

from app.checking.detector_service import DetectorService
from app.reviewing.choices import REASONS, Choice, list_choices, warn
from app.reviewing.decisions import Before, decide, restore
from app.reviewing.enlarged import show_large
from app.reviewing.queues import QUEUES, Queue
from app.reviewing.review_items import Item, Subject
from pipeline.cards.escaping import in_markdown
from pipeline.decisions.reviews import FILE, LONGEST, Reviews, read_reviews
from pipeline.lineage.manifests import Manifests
from pipeline.lineage.passport import write_passport
from pipeline.lineage.passport_text import tell
from pipeline.pictures.picture import PictureError
from pipeline.runtime.errors import TouchstoneError


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody is: the queue's name, whether it holds test pictures, and the item's number, from 0.

    ``turn`` counts the decisions before: a reason is one of this visit, of this picture.
    """

    queue: str
    tested: bool
    place: int = 0
    turn: int = 0

    @property
    def key(self) -> str:
        """The beginning of the names of what is shown for this picture alone."""
        return f"review {self.queue} {self.place} {self.turn}"


@dataclass(slots=True)
class ReviewSession:
    """What is remembered of a visit: what was ``found`` in each queue, where it is in it, the ready-made ``reasons``,
    the decision that was ``pressed`` last, what was ``done`` and can be undone, and the ``problem`` with the last one.

    An object of ours, which buttons are given: where Streamlit's own state is touched, it turns to the next key, if
    one has come, and what a button was about to do is lost.
    """

    found: dict[tuple[str, str], tuple[list[int], list[Item]]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    reasons: dict[Spot, str] = field(default_factory=dict)
    pressed: tuple[Choice, Spot] | None = None
    done: list[tuple[Before, Spot]] = field(default_factory=list)
    problem: str = ""

    def why(self, spot: Spot) -> str:
        """Return the reason: in one's own words, else the ready-made one that was chosen."""
        return str(st.session_state.get(spot.key) or "").strip() or self.reasons.get(spot, "")


def _sitting() -> ReviewSession:
    sitting: ReviewSession = st.session_state.setdefault("review", ReviewSession())
    return sitting


def show(detectors: DetectorService) -> None:
    """Show the page."""
    st.title("Review")
    st.markdown(f"What you decide is written to `{FILE}` at once, and takes effect at the next `dvc repro`.")
    if not detectors.paths.deduplicated.exists():
        st.info("There are no pictures yet. In a terminal, run `make repro`.")
        return
    queue, recipe = _choose_queue(detectors)
    st.caption(queue.about)
    if queue.of_detector and not recipe:
        st.info("There is no trained detector yet. In a terminal, run `make repro`; it trains one.")
        return
    try:
        _decide(detectors)
        items, reviews = _find_items(detectors, queue, recipe), read_reviews(detectors.paths.root)
    except TouchstoneError as error:
        st.error(in_markdown(error))
        return
    if not items:
        st.success("No picture is in this queue.")
        return
    _show_item(detectors, items, reviews, Spot(f"{queue.title} {recipe}", queue.of_detector))


def _choose_queue(detectors: DetectorService) -> tuple[Queue, str]:
    titles = {queue.title: queue for queue in QUEUES}
    # A problem was one with a picture of the queue before.
    moved: dict[str, Any] = {"on_change": _forget_problem, "args": (_sitting(),)}
    queue = titles[st.segmented_control("Queue", titles, default=QUEUES[0].title, required=True, **moved)]
    recipes = detectors.recipes()
    if not queue.of_detector or not recipes:
        return queue, ""
    return queue, st.selectbox("Detector", recipes, width=320, **moved)


def _find_items(detectors: DetectorService, queue: Queue, recipe: str) -> list[Item]:
    """Find a queue's items anew after every build."""
    files = (detectors.paths.deduplicated / "duplicates.parquet", detectors.paths.scores(recipe))
    built = [file.stat().st_mtime_ns for file in files if file.exists()]
    found, asked = _sitting().found, (queue.title, recipe)
    if asked not in found or found[asked][0] != built:
        with st.spinner("Looking for what is in doubt"):
            found[asked] = built, queue.find(Manifests(detectors.paths), detectors.params, recipe)
    return found[asked][1]


def _show_item(detectors: DetectorService, items: list[Item], reviews: Reviews, spot: Spot) -> None:
    decided = [not item.ids.isdisjoint(reviews) for item in items]
    sitting = _sitting()
    place = sitting.places.setdefault(spot.queue, decided.index(False) if False in decided else 0) % len(items)
    item = items[place]
    told = f"{place + 1:,} of {len(items):,}, {sum(decided):,} decided"
    head, manifests = st.container(), Manifests(detectors.paths)
    *pictures, words = st.columns(len(item.pictures) + 1, gap="medium")
    # The buttons first: who sees a picture, and types at once, must not decide on the one before.
    with words:
        st.markdown(f"**Why it is here:** {in_markdown(item.why)}.")
        _show_review(item, reviews)
        _show_choices(detectors, item, replace(spot, place=place, turn=len(sitting.done)))
    for column, subject in zip(pictures, item.pictures, strict=True):
        with column:
            _show_picture(detectors, manifests, subject)
    head.progress(sum(decided) / len(items), told)
    _show_passports(manifests, item)


def _show_picture(detectors: DetectorService, manifests: Manifests, subject: Subject) -> None:
    here = f"{subject.source} #{subject.rank}"
    try:
        picture = show_large(manifests, subject, detectors.params.screen.max_pixels)
        st.image(picture, alt=f"{subject.label.name} picture {here}")
    except PictureError as error:
        st.warning(in_markdown(error))
    fate = f"dropped: {subject.reason}" if subject.reason else "in the data set"
    st.markdown(f"**{subject.label.name}**, {in_markdown(f'{here}, {fate}')}")


def _show_review(item: Item, reviews: Reviews) -> None:
    for subject in item.pictures:
        review = reviews.get(subject.id)
        if review:
            st.info(in_markdown(f"Decided on {review.on}: {review.decision}, {review.why}"), icon=":material/check:")


def _show_choices(detectors: DetectorService, item: Item, spot: Spot) -> None:
    sitting, notice = _sitting(), warn(item.pictures, spot.tested)
    if notice:
        st.warning(notice)
    asked = "say why, or choose with a key"
    st.text_input(
        "Because", key=spot.key, max_chars=LONGEST, placeholder=asked, on_change=_forget_problem, args=(sitting,)
    )
    with st.container(horizontal=True, gap="xsmall"):
        for number, reason in enumerate(REASONS, start=1):
            _offer(reason, str(number), spot, partial(_choose_reason, sitting, reason))
    why = sitting.why(spot)
    if sitting.problem:
        st.error(in_markdown(sitting.problem))
    st.text(f"Decision, because: {why}" if why else "Decision")
    with st.container(horizontal=True, gap="xsmall"):
        for choice in list_choices(item):
            held = not choice.decisions
            _offer(choice.words, choice.key, spot, partial(_press, sitting, choice), type="primary", disabled=held)
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Skip", shortcut="S", on_click=_go, args=(sitting, spot, 1))
        st.button("Back", shortcut="B", on_click=_go, args=(sitting, spot, -1))
        st.button("Undo", shortcut="U", on_click=_undo, args=(sitting, detectors), disabled=not spot.turn)


def _offer(words: str, shortcut: str, spot: Spot, act: Callable[[Spot], None], **looks: Any) -> None:
    """Offer a button of this picture alone: one that is still there of the picture before is about that one."""
    st.button(words, key=f"{spot.key} {shortcut}", shortcut=shortcut, on_click=act, args=(spot,), **looks)


# What a button does, it does before the page is drawn: whoever types fast interrupts that, and a button that was not
# drawn again would not know that it was pressed.


def _choose_reason(sitting: ReviewSession, reason: str, spot: Spot) -> None:
    sitting.reasons[spot], sitting.problem = reason, ""


def _forget_problem(sitting: ReviewSession) -> None:
    sitting.problem = ""


def _press(sitting: ReviewSession, choice: Choice, spot: Spot) -> None:
    sitting.pressed = choice, spot


def _decide(detectors: DetectorService) -> None:
    """Write down the decision that was pressed, if one was, and go to the next picture.

    This comes after the buttons of reasons, so that a reason and a decision count that were typed in one go.
    """
    sitting = _sitting()
    if not sitting.pressed:
        return
    choice, spot = sitting.pressed
    why, sitting.pressed = sitting.why(spot), None
    if not why:
        sitting.problem = f"Say why first: type it, or choose a reason with the keys 1 to {len(REASONS)}."
        return
    try:
        before = decide(detectors.paths.root, choice.decisions, why)
    except (TouchstoneError, ValueError) as error:
        sitting.problem = str(error)
        return
    sitting.done.append((before, spot))
    _go(sitting, spot, 1)


def _undo(sitting: ReviewSession, detectors: DetectorService) -> None:
    """Take the last decision back, and go to its picture."""
    before, spot = sitting.done[-1]
    try:
        restore(detectors.paths.root, before)
    except TouchstoneError as error:
        sitting.problem = str(error)
        return
    sitting.done.pop()
    _go(sitting, spot, 0)


def _go(sitting: ReviewSession, spot: Spot, steps: int) -> None:
    sitting.places[spot.queue], sitting.problem = spot.place + steps, ""


def _show_passports(manifests: Manifests, item: Item) -> None:
    folded = st.expander("All that is on file of it", on_change="rerun")
    if folded.open:
        for subject in item.pictures:
            passport = asdict(write_passport(manifests, subject.source, subject.rank))
            folded.code("\n".join(tell({"found_by": "id", "bits": None} | passport)), language=None, wrap_lines=True)
