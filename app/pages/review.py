"""Review: pictures that are worth a human eye, one after the other; what is decided goes into a file in git."""

from dataclasses import asdict, dataclass, replace

import streamlit as st

from app.choices import REASONS, Choice, list_choices, warn
from app.desk import Desk
from app.enlarged import show_large
from app.queues import QUEUES, Queue
from app.reviewing import decide, restore
from app.subjects import Item, Subject
from pipeline.parts.errors import TouchstoneError
from pipeline.parts.pictures import PictureError
from pipeline.parts.reviews import FILE, LONGEST, Reviews, read_reviews
from touchstone.lineage.manifests import Manifests
from touchstone.lineage.passport import write_passport
from touchstone.lineage.words import tell

#: Names of what is remembered of a visit: what was found, where it is in each queue, the reasons, the decision that
#: was pressed last, what can be undone, and what went wrong.
FOUND, PLACES, WHY, PRESSED = "review_found", "review_places", "review_why", "review_pressed"
DONE, PROBLEM = "review_done", "review_problem"


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
    def own(self) -> str:
        """The name of the reason in one's own words."""
        return f"{self.ready} own"

    @property
    def ready(self) -> str:
        """The name of the ready-made reason that was chosen."""
        return f"{WHY} {self.queue} {self.place} {self.turn}"

    def why(self) -> str:
        """Give the reason."""
        return str(st.session_state.get(self.own) or "").strip() or str(st.session_state.get(self.ready, ""))


def show(desk: Desk) -> None:
    """Show the page."""
    st.title("Review")
    st.markdown(f"What you decide is written to `{FILE}` at once, and takes effect at the next `dvc repro`.")
    if not desk.paths.deduplicated.exists():
        st.info("There are no pictures yet. In a terminal, run `make repro`.")
        return
    queue, recipe = _choose_queue(desk)
    st.caption(queue.about)
    if queue.of_detector and not recipe:
        st.info("There is no trained detector yet. In a terminal, run `make repro`; it trains one.")
        return
    try:
        _decide(desk)
        items, reviews = _find_items(desk, queue, recipe), read_reviews(desk.paths.root)
    except TouchstoneError as error:
        st.error(str(error))
        return
    if not items:
        st.success("No picture is in this queue.")
        return
    _show_item(desk, items, reviews, Spot(f"{queue.title} {recipe}", queue.of_detector))


def _choose_queue(desk: Desk) -> tuple[Queue, str]:
    titles = {queue.title: queue for queue in QUEUES}
    queue = titles[st.segmented_control("Queue", titles, default=QUEUES[0].title, required=True)]
    recipes = desk.recipes()
    if not queue.of_detector or not recipes:
        return queue, ""
    return queue, st.selectbox("Detector", recipes, width=320)


def _find_items(desk: Desk, queue: Queue, recipe: str) -> list[Item]:
    """Find a queue's items anew after every build."""
    files = (desk.paths.deduplicated / "duplicates.parquet", desk.paths.scores(recipe))
    built = [file.stat().st_mtime_ns for file in files if file.exists()]
    found = st.session_state.setdefault(FOUND, {})
    if found.get((queue.title, recipe), (None, []))[0] != built:
        with st.spinner("Looking for what is in doubt"):
            found[queue.title, recipe] = built, queue.find(Manifests(desk.paths), desk.params, recipe)
    items: list[Item] = found[queue.title, recipe][1]
    return items


def _show_item(desk: Desk, items: list[Item], reviews: Reviews, spot: Spot) -> None:
    decided = [not item.ids.isdisjoint(reviews) for item in items]
    places = st.session_state.setdefault(PLACES, {})
    place = places.setdefault(spot.queue, decided.index(False) if False in decided else 0) % len(items)
    item = items[place]
    told = f"{place + 1:,} of {len(items):,}, {sum(decided):,} decided"
    st.progress(sum(decided) / len(items), told)
    manifests = Manifests(desk.paths)
    *pictures, words = st.columns(len(item.pictures) + 1, gap="medium")
    for column, subject in zip(pictures, item.pictures, strict=True):
        with column:
            _show_picture(desk, manifests, subject)
    with words:
        st.markdown(f"**Why it is here:** {item.why}.")
        _show_review(item, reviews)
        turn = len(st.session_state.setdefault(DONE, []))
        _show_choices(desk, item, replace(spot, place=place, turn=turn))
    _show_passports(manifests, item)


def _show_picture(desk: Desk, manifests: Manifests, subject: Subject) -> None:
    here = f"{subject.source} #{subject.rank}"
    try:
        picture = show_large(manifests, subject, desk.params.screen.max_pixels)
        st.image(picture, alt=f"{subject.label.name} picture {here}")
    except PictureError as error:
        st.warning(str(error))
    fate = f"dropped: {subject.reason}" if subject.reason else "in the data set"
    st.markdown(f"**{subject.label.name}**, {here}, {fate}")


def _show_review(item: Item, reviews: Reviews) -> None:
    for subject in item.pictures:
        review = reviews.get(subject.id)
        if review:
            st.info(f"Decided on {review.on}: {review.decision}, {review.why}", icon=":material/check:")


def _show_choices(desk: Desk, item: Item, spot: Spot) -> None:
    notice = warn(item.pictures, spot.tested)
    if notice:
        st.warning(notice)
    st.text_input("Because", key=spot.own, max_chars=LONGEST, placeholder="say why, or choose with a key")
    with st.container(horizontal=True, gap="xsmall"):
        for number, reason in enumerate(REASONS, start=1):
            st.button(reason, shortcut=str(number), on_click=_remember, args=(spot.ready, reason))
    problem, why = st.session_state.pop(PROBLEM, None), spot.why()
    if problem:
        st.error(problem)
    st.text(f"Decision, because: {why}" if why else "Decision")
    with st.container(horizontal=True, gap="xsmall"):
        for choice in list_choices(item):
            _offer(choice, spot)
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Skip", shortcut="S", on_click=_go, args=(spot, 1))
        st.button("Back", shortcut="B", on_click=_go, args=(spot, -1))
        st.button("Undo", shortcut="U", on_click=_undo, args=(desk,), disabled=not spot.turn)


def _offer(choice: Choice, spot: Spot) -> None:
    pressed = (PRESSED, (choice, spot))
    held = not choice.decisions
    st.button(choice.words, shortcut=choice.key, type="primary", disabled=held, on_click=_remember, args=pressed)


# What a button does, it does before the page is drawn: whoever types fast interrupts that, and a button that was not
# drawn again would not know that it was pressed.


def _remember(name: str, value: object) -> None:
    st.session_state[name] = value


def _decide(desk: Desk) -> None:
    """Write down the decision that was pressed, if one was, and go to the next picture.

    This comes after the buttons of reasons, so that a reason and a decision count that were typed in one go.
    """
    pressed: tuple[Choice, Spot] | None = st.session_state.pop(PRESSED, None)
    if not pressed:
        return
    choice, spot = pressed
    if not spot.why():
        st.session_state[PROBLEM] = f"Say why first: type it, or choose a reason with the keys 1 to {len(REASONS)}."
        return
    try:
        before = decide(desk.paths.root, choice.decisions, spot.why())
    except (TouchstoneError, ValueError) as error:
        st.session_state[PROBLEM] = str(error)
        return
    st.session_state[DONE].append((before, spot))
    _go(spot, 1)


def _undo(desk: Desk) -> None:
    """Take the last decision back, and go to its picture."""
    before, spot = st.session_state[DONE][-1]
    try:
        restore(desk.paths.root, before)
    except TouchstoneError as error:
        st.session_state[PROBLEM] = str(error)
        return
    st.session_state[DONE].pop()
    _go(spot, 0)


def _go(spot: Spot, steps: int) -> None:
    st.session_state[PLACES][spot.queue] = spot.place + steps


def _show_passports(manifests: Manifests, item: Item) -> None:
    folded = st.expander("All that is on file of it", on_change="rerun")
    if folded.open:
        for subject in item.pictures:
            passport = asdict(write_passport(manifests, subject.source, subject.rank))
            folded.code("\n".join(tell({"found_by": "id", "bits": None} | passport)), language=None, wrap_lines=True)
