"""A chapter's file: what it may say, and what is said of one that somebody made wrongly or on purpose."""

import gettext
import re

import pytest

from engine.core import language
from engine.core.errors import UserError
from gui.shell.lesson import pages as parts
from gui.shell.lesson.handout import questions

WHOLE = """
title = "Silence"
aim = "What a neuron is worth shows when it is gone."
minutes = 8

[[page]]
text = "Silence one neuron. It costs 0.1 points."
opens = [{ act = "tab", title = "Fingerprints" }, { act = "silence", layer = 1, first = 1, last = 3 }]
marks = ["fingerprints.accuracy"]
goal = { wait = "silenced", neurons = 1 }

[page.asks]
question = "What will it cost?"
answers = ["Nothing", "A lot"]
right = 2
reply = "It went {figure}."

[page.talk]
question = "Why?"
usual = "It is strong."
"""

OURS = [parts.read_chapter(file) for file in sorted(parts.FOLDER.glob("*.toml"))]
PAGE = 'title = "T"\n[[page]]\n'
LOOK = PAGE + 'text = "T"\n'
NODE, ASKS = 'goal = { wait = "node" }\n', 'asks = { question = "Q?", answers = ["1", "2"], '


@pytest.fixture
def write(tmp_path):
    def write(text, name="mine.toml"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def refused(file):
    with pytest.raises(UserError) as refusal:
        parts.read_chapter(file)
    sentence = refusal.value.sentence
    assert sentence.startswith("mine.toml ") and sentence.endswith(".") and sentence.isprintable()
    assert len(sentence) < 700
    return sentence


def test_a_chapter_is_read_as_it_was_written_and_a_text_and_a_title_are_enough(write):
    chapter = parts.read_chapter(write(WHOLE))
    (page,) = chapter.pages
    assert (chapter.title, chapter.minutes) == ("Silence", 8)
    assert page.opens[1] == parts.Call("silence", {"layer": 1, "first": 1, "last": 3})
    assert page.goal == parts.Call("silenced", {"neurons": 1})
    assert page.marks == ("fingerprints.accuracy",)
    assert (page.asks.answers, page.asks.right) == (("Nothing", "A lot"), 1)
    assert (page.talk.question, page.talk.usual) == ("Why?", "It is strong.")
    (page,) = parts.read_chapter(write(PAGE + 'text = "Look."')).pages
    assert (page.opens, page.marks, page.goal, page.asks, page.talk) == ((), (), None, None, None)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (PAGE + "text = x\n", "line 3"),
        (PAGE + "text = 5", "page 1: its text is no line"),
        (PAGE + 'text = ""', "page 1: its text is no line"),
        (PAGE + f'text = "{"long " * 100}"', "page 1: its text is no line"),
        (PAGE + 'text = "a\\u202eb"', "page 1: its text is no line"),
        (PAGE + 'text = "a\\u0007b"', "page 1: its text is no line"),
        (PAGE + 'text = "One. Two! Three? Four. Five."', "page 1 has 5 sentences"),
        (LOOK + 'script = "x"', "page 1 has a part 'script'"),
        (LOOK + "opens = 1", "page 1: opens is no list"),
        (LOOK + 'opens = ["tab"]', "page 1: the act is no table"),
        (LOOK + 'opens = [{ act = "eval", code = "1" }]', "page 1 has no act of the names tab"),
        (LOOK + 'opens = [{ act = "tab" }]', "page 1 gives act tab no title"),
        (LOOK + 'opens = [{ act = "tab", title = 3 }]', "a title that is not a text"),
        (LOOK + 'opens = [{ act = "tab", title = "T", x = 3 }]', "a 'x', which it does not take"),
        (LOOK + 'opens = [{ act = "time", step = true }]', "a step that is not a whole number"),
        (LOOK + 'goal = { wait = "trained", accuracy = nan }', "that is not a number"),
        (LOOK + 'goal = { wait = "trained", accuracy = 1e300 }', "that is not a number"),
        (LOOK + 'goal = { wait = "__class__" }', "page 1 has no wait of the names"),
        (LOOK + 'marks = [["x"]]', "page 1 marks something that is no name"),
        (LOOK + 'asks = 1\ngoal = { wait = "node" }', "page 1: asks is no table"),
        (LOOK + 'asks = { question = "Q?", answers = ["1", "2"] }', "page 1 asks a question and waits for no goal"),
        (LOOK + NODE + 'asks = { question = "Q?", answers = ["1"] }', "2 to 4 answers"),
        (LOOK + NODE + ASKS + "right = 3 }", "the right answer is not one of 1 to 2"),
        (LOOK + NODE + ASKS + "handout = 1 }", "page 1: its hand-out is no table"),
        (LOOK + "talk = 1", "page 1: its talk is no table"),
        (LOOK + 'talk = { usual = "No." }', "page 1: its talk: its question is no line"),
        ('title = "T"', "1 to 30 parts [[page]]"),
        ('title = "T"\npage = [1]', "page 1 is no table"),
        ('title = "T"\nminutes = 0\n[[page]]\ntext = "T"', "minutes"),
        ('title = "T"\n' + '[[page]]\ntext = "T"\n' * (parts.MOST_PAGES + 1), "1 to 30 parts"),
        ('title = "T"\nlanguage = "German"\n[[page]]\ntext = "T"', "its language is no code such as de"),
        (b"\xff\xfe", "not UTF-8"),
        (b"\x00", "line 1"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ("#" * (parts.MOST_BYTES + 1), "larger than 64 KB"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_the_place(write, text, what):
    assert what in refused(write(text))


def test_several_files_are_one_lesson_and_too_many_or_one_that_is_not_there_are_none(write, tmp_path):
    (tmp_path / "mine.toml").mkdir()
    assert "cannot be read" in refused(tmp_path / "mine.toml")
    with pytest.raises(UserError, match=r"^none\.toml cannot be read"):
        parts.read_chapter(tmp_path / "none.toml")
    files = [write(PAGE.replace("T", each) + 'text = "Look."', f"{each}.toml") for each in "ab"]
    (answer,) = [message for message in parts.read_lesson(None, files) if message]
    assert isinstance(answer, parts.LessonRead) and answer.name == "a.toml b.toml"
    assert [chapter.title for chapter in answer.chapters] == ["a", "b"]
    with pytest.raises(UserError, match="at most 20 chapters"):
        list(parts.read_lesson(None, files * 11))


def test_seven_chapters_come_along_in_their_order_and_keep_to_the_rules():
    counts = {"One.": 1, "It costs 0.1 points. Why?": 2, "He says “no.” Then?": 2, "No end": 0, "A … b!": 2}
    assert {text: parts.sentences(text) for text in counts} == counts
    for chapter in OURS:
        assert 4 <= len(chapter.pages) <= 6 and chapter.aim
        assert [bool(page.talk) for page in chapter.pages] == [False] * (len(chapter.pages) - 1) + [True]
        for page in chapter.pages:
            assert 1 <= parts.sentences(page.text) <= 3
            assert page.asks is None or page.asks.reply
            assert page.talk is None or page.talk.usual
            said = [chapter.aim, page.text]
            said += (page.asks.question, page.asks.reply, *page.asks.answers) if page.asks else ()
            said += (page.talk.question, page.talk.usual) if page.talk else ()
            for sentence in (part for text in said for part in re.split(r"(?<=[.!?:])”?\s", text)):
                assert len(sentence.split()) <= 14, sentence
    (answer,) = [message for message in parts.read_lesson(None) if message]
    titles = ["Draw", "Train", "Inside", "Silence", "Ideal images", "Mistakes", "Behind it"]
    assert [chapter.title for chapter in answer.chapters] == titles and answer.name == ""
    assert sum(chapter.minutes for chapter in OURS) == 45, "one hour at school"


def test_a_question_says_what_stands_of_it_on_a_handout_and_ours_are_three(write):
    for asks, wanted in (  # `told` is the former name of `reply`
        ('right = 2, handout = { question = "R?", told = "S." }', ("R?", ("1", "2"), 1, "S.")),
        ('told = "{figure}", handout = {}', ("Q?", ("1", "2"), None, "")),  # it is the same question
    ):
        (page,) = parts.read_chapter(write(LOOK + NODE + ASKS + asks + " }")).pages
        (asked,) = questions([parts.Chapter(title="C", aim="", minutes=1, pages=(page, parts.Page(text="Look.")))])
        assert asked == wanted
    asked = list(questions(OURS))
    assert len(asked) == 3 and all(each.told and each.right is not None for each in asked)
    assert not any("{figure}" in "".join((each.question, each.told, *each.answers)) for each in asked)


class Loud(gettext.NullTranslations):
    def gettext(self, message):
        return message if "{" in message else message.upper()


def test_our_chapters_come_in_the_language_under_their_former_names_and_others_as_they_are(write):
    mine = write('language = "de"\n' + WHOLE)
    language.use("loud", Loud())
    try:
        loud, other = parts.read_chapter(parts.FOLDER / "4-silence.toml"), parts.read_chapter(mine)
    finally:
        language.use(language.SOURCE)
    ours = parts.read_chapter(parts.FOLDER / "4-silence.toml")
    assert (loud.title, loud.name) == (ours.title.upper(), ours.title) and loud.language == ""
    assert loud.pages[1].asks.answers == tuple(answer.upper() for answer in ours.pages[1].asks.answers)
    assert (loud.pages[1].opens, loud.pages[1].goal) == (ours.pages[1].opens, ours.pages[1].goal)
    assert (other.title, other.language) == ("Silence", "de")


def test_no_break_spaces_of_french_may_stand_in_texts_and_answers(write):
    page = parts.read_chapter(write(WHOLE.replace("A lot", "10\u202f000\u00a0!"))).pages[0]
    assert page.asks.answers == ("Nothing", "10\u202f000\u00a0!")


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_our_chapters_fit_their_card_in_each_language(code):
    language.use(code)
    try:
        (lesson,) = [message for message in parts.read_lesson(None) if message]
    finally:
        language.use(language.SOURCE)
    for page, ours in zip(
        (page for chapter in lesson.chapters for page in chapter.pages),
        (page for chapter in OURS for page in chapter.pages),
        strict=True,
    ):
        assert page.asks is None or (parts.FIGURE in page.asks.reply) == (parts.FIGURE in ours.asks.reply), page.text
