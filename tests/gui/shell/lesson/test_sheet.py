"""The teacher's sheet: the PDF that is written is read back."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QImage, QPageSize

from engine.core.errors import UserError
from engine.session.session import Session
from gui.look.fonts import load_fonts
from gui.look.theme import theme
from gui.shell.lesson import sheet as sheets
from gui.shell.lesson.pages import FOLDER, Chapter, Page, Question, read_chapter
from gui.shell.lesson.registry import Call
from tests.gui.pdf_text import Pdf

A4, LETTER = (QPageSize(each) for each in (QPageSize.PageSizeId.A4, QPageSize.PageSizeId.Letter))

OURS = tuple(read_chapter(file) for file in sorted(FOLDER.glob("*.toml")))


WITH = "run A, 1,000 test images of MNIST sample"


LAYERS = (784, "784 pixels"), (300, "300 neurons"), (1, "1 map"), (10, "10 answers")


def content(name="", chapters=OURS, paper=A4, with_what=WITH, layers=LAYERS):
    load_fonts()
    turns = sheets.sheet_of(name, chapters, paper, with_what, layers)
    while True:
        try:
            next(turns)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def ours(qapp):
    return Pdf(content())


def flat(text):
    """As it is found whatever its lines are."""
    return "".join(text.split())


def test_all_that_a_lesson_says_is_on_its_sheet_with_its_right_answers_marked_and_no_others(ours):
    found = flat(ours.text)
    for chapter in OURS:
        assert flat(f"{chapter.title} {chapter.minutes} minutes") in found
        assert flat(f"Aim: {chapter.aim}") in found
        for page in chapter.pages:
            assert flat(page.text) in found
            if page.asks:
                assert flat(page.asks.question) in found
                assert flat(page.asks.reply.replace("{figure}", page.asks.expect)) in found
                assert all(flat(answer) in found for answer in page.asks.answers)
            if page.talk:
                assert flat(f"To talk about: {page.talk.question}") in found
                assert flat(f"Pupils often say: {page.talk.usual}") in found

    lines = [line.text for page in ours.pages for line in page]
    marked = [answer for sign, answer in itertools.pairwise(lines) if sign == "✓"]
    asked = [page.asks for chapter in OURS for page in chapter.pages if page.asks]
    assert marked == [asks.answers[asks.right] for asks in asked if asks.right is not None]
    assert 10 < len(marked) < len(asked)
    assert all(bool(asks.expect) == ("{figure}" in asks.reply) for asks in asked)
    assert (
        flat(sheets.COMPUTED.format(sources=WITH)) in found
        and "figure]" not in ours.text
        and sheets.UNKNOWN not in ours.text
    )
    assert "In Warm-up. Goal: the warm-up’s loss falls below 0.1." in ours.text
    assert "7 chapters, about 45 minutes." in ours.text and sum(chapter.minutes for chapter in OURS) == 45
    *board, _, _ = ours.pages[-1]
    assert board[0].text == sheets.BOARD
    said = flat(" ".join(line.text for line in board))
    assert all(chapter.board and flat(chapter.board) in said for chapter in OURS)
    assert all(each in said for each in ("784pixels", "300neurons", "1map", "10answers"))


def test_it_is_read_in_its_order_and_names_itself_and_its_language(ours):
    read, place = flat(ours.text), 0
    for block in itertools.chain(*sheets.groups("", OURS, WITH, LAYERS)):
        for part in (block.mark, block.text, block.side):
            place = read.index(flat(part), place) + len(flat(part))
    written = content("mine")
    assert b"\n/Lang (pt) " in content(chapters=(replace(OURS[0], language="pt-BR"),))
    assert written.count(b"\n/Lang (en)") == 1 and f"{sheets.TITLE} · mine".encode("utf-16-be") in written
    (table,) = re.findall(rb"xref\n0 \d+\n(.*?)trailer", written, re.DOTALL)
    places = [int(entry[:10]) for entry in table.split(b"\n") if entry[17:18] == b"n"]
    assert places and [re.match(rb"\d+ 0 obj", written[start:]) for start in places].count(None) == 0


def test_each_chapter_has_a_picture_of_the_panel_that_it_is_about_and_so_has_a_teachers_of_the_same_tab():
    names = ("draw.answer", "train.loss.panel", "fingerprints.maps", "fingerprints.accuracy", "ideal.images")
    names = (*names, "mistakes.matrix", "warmup.equation")
    known = {name: QImage(str(sheets.PICTURES / f"{name}.png")) for name in names}
    assert [sheets.picture_of(chapter) for chapter in OURS] == [known[name] for name in names]

    def of(*marks):
        return sheets.picture_of(Chapter(title="T", aim="", minutes=1, pages=(Page(text="Look.", marks=marks),)))

    assert of("fingerprints.head.8", "fingerprints.maps") == known["fingerprints.maps"]
    assert of("mistakes.preview") == known["mistakes.matrix"] and of("nowhere", "../lesson", "*.x") is None


def test_no_word_stands_on_a_chapters_picture(ours):
    lines = [line for page in ours.pages for line in page if line.text.startswith("Aim: ")]
    assert len(lines) == 7 and all(line.right < ours.size[0] - sheets.MARGIN - sheets.PICTURE.width() for line in lines)
    pages = Page(text="Look.", marks=("fingerprints.accuracy",)), Page(text="Next.")
    (page,) = Pdf(content(chapters=(Chapter(title="Mine", aim="", minutes=1, pages=pages),), layers=())).pages
    *_, title = (line.base for line in page if line.text == "Mine")
    (below,) = (line.base for line in page if line.text == "Next.")
    assert title - below > sheets.PICTURE.height()


@pytest.mark.parametrize(("paper", "lines"), [(A4, range(0, 12, 3)), (LETTER, (0, 5))], ids=["a4", "letter"])
def test_nothing_is_cut_off_or_stands_alone_at_the_foot_wherever_a_page_ends(qapp, paper, lines):
    wide, high = paper.sizePoints().toTuple()
    headings = [chapter.title for chapter in OURS]
    questions = [page.asks.question for chapter in OURS for page in chapter.pages if page.asks]
    for count in lines:  # so many lines more at its beginning move all that comes below
        first = replace(OURS[0], aim="A word or two. " * 6 * count)
        pdf = Pdf(content(chapters=(first, *OURS[1:]), paper=paper))
        assert pdf.size == (wide, high)
        for page in pdf.pages:
            *body, _, _ = page
            assert all(sheets.MARGIN - 1 <= line.left <= line.right < wide - sheets.MARGIN for line in page)
            assert all(sheets.MARGIN + sheets.FOOT < line.base < high - sheets.MARGIN for line in body)
            bases = sorted({round(line.base, 1) for line in page})
            apart = [after - before for before, after in itertools.pairwise(bases)]
            assert min(each for each in apart if each > 0.5) > 10  # a number beside a larger heading is on its line
        ends = [page[-3].text for page in pdf.pages]
        assert not set(ends) & {*headings, *questions} and not any(end.startswith("Aim: ") for end in ends)
        filled = sheets.MARGIN + sheets.FOOT + (1.01 - sheets.LEAST_FILLED) * (high - 2 * sheets.MARGIN - sheets.FOOT)
        assert all(min(line.base for line in page[:-2]) < filled for page in pdf.pages), "a fourth at least"
        pages = [f"Page {number} of {len(pdf.pages)}" for number in range(1, len(pdf.pages) + 1)]
        assert [page[-1].text for page in pdf.pages] == pages


def test_a_figure_that_its_author_does_not_expect_is_said_to_be_measured():
    asks = Question(question="Q?", answers=("1", "2"), reply="It is {figure}.")
    page = Page(text="Look.", asks=asks)
    expected = replace(page, asks=replace(asks, expect="93 %"))
    for pages, said in (((page,), sheets.UNKNOWN), ((expected,), "93 %"), ((page, expected), sheets.UNKNOWN)):
        rows = list(sheets.groups("mine", (Chapter(title="T", aim="", minutes=1, pages=pages),)))
        assert rows[2][-1].text == f"Expected: It is {said}."
        assert (sheets.AUTHORS in rows[0][-1].text) is (expected in pages)
        assert (f"{sheets.UNKNOWN} stands for" in rows[0][-1].text) is (page in pages)
    noted = replace(page, asks=replace(asks, note="It depends."))
    rows = list(sheets.groups("mine", (Chapter(title="T", aim="", minutes=1, pages=(noted,)),)))
    assert rows[2][-1].text == "It depends."
    said = list(sheets.groups("", (Chapter(title="T", aim="", minutes=1, pages=(Page(text="Look."),)),)))
    assert [block.text for block in said[-1]] == ["T", "Look.", "To be read."], "without an aim there is no line for it"


def test_its_letters_come_along_it_is_made_in_turns_and_the_look_of_the_window_changes_nothing(ours):
    assert sum(1 for _ in sheets.sheet_of("", OURS, A4)) >= sum(len(chapter.pages) for chapter in OURS)
    assert len(ours.embedded) == len(ours.fonts) == 2
    assert {line.font for page in ours.pages for line in page} == {"Inter-Regular", "Inter-SemiBold"}
    assert "97.7 % → 97.4 %" in ours.text and "\t" not in ours.text and sheets.TITLE in ours.text
    theme().choose("dark")
    theme().choose_text_size(150)
    pdf = Pdf(content())
    assert pdf.pages == ours.pages and pdf.colors == ours.colors >= {"#161b22", "#5a6472"}


def test_the_paper_is_the_countrys():
    for country in ("en_US", "fr_CA"):
        assert sheets.paper_of(QLocale(country)).id() == QPageSize.PageSizeId.Letter
    for country in ("de_DE", "en_GB", "ja_JP", "en_AU"):
        assert sheets.paper_of(QLocale(country)).id() == QPageSize.PageSizeId.A4


HOSTILE = Page(
    text="<b>bold</b> <img src='file:///etc/passwd'> & " + "W" * 300,
    opens=(Call("tab", {"title": "<i>Draw</i>"}),),
    goal=Call("chosen", {"widget": "x", "key": "y"}),
    asks=Question(question="Q" * 160, answers=("W" * 160,) * 4, right=3, reply="M" * 420),
)


def test_a_strangers_lesson_is_plain_text_and_stays_on_the_paper(qapp):
    chapter = Chapter(title="W" * 160, aim="W" * 420, minutes=180, pages=(HOSTILE,) * 3)
    pdf = Pdf(content("n" * 5000, (chapter,) * 2))
    found = flat(pdf.text)
    assert found.count("<b>bold</b><imgsrc='file:///etc/passwd'>&" + "W" * 300) == 6
    assert found.count("In<i>Draw</i>.") == 6 and "n" * 159 + "…" in found and "n" * 160 not in found
    assert found.count("W" * 160) >= 24 and found.count("M" * 420) == 6
    for page in pdf.pages:
        assert all(line.right < 595 - sheets.MARGIN and line.left >= sheets.MARGIN - 1 for line in page)
        assert all(sheets.MARGIN + sheets.FOOT < line.base < 842 - sheets.MARGIN for line in page[:-2])


CHAPTER = 'title = "Mine"\nminutes = 3\n[[page]]\ntext = "Look."\n'


def test_the_menu_saves_the_sheet_of_our_own_lesson_or_of_the_one_that_is_open(
    window, tell, qtbot, place, tmp_path, monkeypatch
):
    place.answer, ours = str(tmp_path / "mine"), tmp_path / "ours"
    ours.mkdir()
    (ours / "1.toml").write_text(CHAPTER)
    monkeypatch.setattr("gui.shell.lesson.pages.FOLDER", ours)
    window.actions["teach.sheet"].trigger()
    qtbot.waitUntil((tmp_path / "mine.pdf").is_file)
    assert (place.title, Path(place.proposed).name) == ("Save the teacher’s sheet", "Teacher’s sheet.pdf")
    assert not window.lesson.is_open
    assert "toml" not in Pdf((tmp_path / "mine.pdf").read_bytes()).text
    qtbot.waitUntil(lambda: any("mine.pdf" in each.sentence for each in window.notices.history))

    tell(CHAPTER).wait_until_open()
    before, place.answer = sorted(tmp_path.iterdir()), ""
    window.actions["teach.sheet"].trigger()
    assert sorted(tmp_path.iterdir()) == before
    place.answer = str(tmp_path / "theirs.pdf")
    window.actions["teach.sheet"].trigger()
    qtbot.waitUntil((tmp_path / "theirs.pdf").is_file)
    assert "0.toml: 1 chapter, about 3 minutes." in Pdf((tmp_path / "theirs.pdf").read_bytes()).text


def test_what_cannot_be_written_is_one_sentence(qapp, tmp_path):
    load_fonts()
    (tmp_path / "there").write_text("")
    with pytest.raises(UserError) as refusal:
        list(sheets.save_sheet(Session(), tmp_path / "there" / "sheet.pdf", "", OURS[:1], A4))
    assert refusal.value.sentence == "sheet.pdf cannot be saved: Not a directory."
