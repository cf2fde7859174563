import pytest

from collectors.sandbox.search import DRAWN, find


def names(pictures):
    return [picture.name for picture in pictures]


@pytest.mark.parametrize("query", ["animals", " Animals ", "ANIMALS sandbox:consent", "sandbox:captcha animals"])
def test_a_topic_gives_its_own_pictures_in_their_order(pool, query):
    assert names(find(pool, query)) == [f"animals-{number} (1).jpg" for number in range(250)]


def test_a_topic_of_several_words(pool):
    assert names(find(pool, "AI  Generated\timages")) == names(pool.by_topic["ai generated images"])


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("trains", "reserve real"),
        ("gang of dogs", "reserve real"),
        ("painted trains", "reserve real"),
        ("AI trains", "reserve fake"),
        ("stable-diffusion, trains", "reserve fake"),
        ("dall-e trains", "reserve fake"),
        ("midjourney", "reserve fake"),
    ],
)
def test_other_queries_draw_from_the_reserve_that_their_words_ask_for(pool, query, topic):
    found = find(pool, query)
    assert {picture.topic for picture in found} == {topic}
    assert len(set(names(found))) == min(DRAWN, len(pool.by_topic[topic]))


def test_a_draw_is_repeatable_and_differs_between_queries(pool):
    assert names(find(pool, "Trains")) == names(find(pool, "trains "))
    assert names(find(pool, "trains")) != names(find(pool, "boats"))


@pytest.mark.parametrize("query", ["", "  ", "???", "animals noresults"])
def test_some_queries_find_nothing(pool, query):
    assert find(pool, query) == []
