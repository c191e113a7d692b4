"""Charts that are declared as numbers and words: what of them is seen, read, heard, tabled and saved."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from engine.core.charts import Bars, Cells, Curve, Images, Level, Picture, Plot, Sentences
from gui.look.color_maps import magnitude_image, signed_image
from gui.look.theme import theme
from gui.widgets.figures.figure import content, png, svg, table_of
from gui.widgets.plots.chart import Cell
from gui.widgets.plots.declared import NamedBars, NamedCells, shown
from tests.gui.heard_parts import Heard
from tests.gui.pixels import pixels_of

TAGS = "<b>bold</b>&amp;"
TURNED = "שלום (א) 5"
LONG = "a name that never ends " * 40
ODD = (np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.0)


def plot(y=(0.5, 2.0, 1.0), title="Height", **more):
    curve = Curve(label="tree", x=np.arange(len(y), dtype=float), y=np.array(y, float), style="points")
    return Plot(title=title, picture=Picture(**({"x_label": "year", "y_label": "metres", "curves": (curve,)} | more)))


def bars(values=(3.0, -1.5, 0.25), names=None, title="Gain", **more):
    names = tuple(f"part {number}" for number in range(len(values))) if names is None else names
    return Bars(title=title, values=np.array(values, float), names=names, **more)


def cells(values=((1.0, 2.0, 3.0), (4.0, 9.0, 6.0)), rows=None, columns=None, title="Grid", **more):
    values = np.array(values, float)
    rows = tuple(f"row {row}" for row in range(values.shape[0])) if rows is None else rows
    columns = tuple(f"column {column}" for column in range(values.shape[1])) if columns is None else columns
    return Cells(title=title, values=values, rows=rows, columns=columns, **more)


def images(count=3, shape=(28, 28), captions=None, title="Pictures"):
    pictures = np.arange(count * shape[0] * shape[1], dtype=np.uint64).reshape(count, *shape).astype(np.uint8)
    captions = tuple(f"number {number}" for number in range(count)) if captions is None else captions
    return Images(title=title, pictures=pictures, captions=captions)


def sentences(text="It reads them all.", title="In words"):
    return Sentences(title=title, text=text)


KINDS = plot, bars, cells, images, sentences


@pytest.fixture
def show(qtbot):
    """Show a chart in a panel of that size."""
    return lambda chart, *size: qtbot.show(shown(chart, "page.it"), *(size or (420, 320)))


def inked(figure, color):
    """The share of a figure's pixels that have exactly a colour."""
    return (pixels_of(figure) == theme().current.color(color).rgb()).mean()


@pytest.mark.parametrize("make", KINDS)
def test_each_kind_has_a_title_a_name_words_a_table_and_is_saved_in_every_form(show, make):
    chart = make()
    panel = show(chart)
    assert panel.objectName() == "page.it" and panel.accessibleName() == chart.title and panel.kind is type(chart)
    assert panel.finding()
    drawing, table = svg(panel).decode(), table_of(panel)
    assert chart.title in drawing and png(panel)[:4] == b"\x89PNG"
    lines = content(panel, ".csv").decode().splitlines()
    assert len(lines) > 1 and lines == table.csv().splitlines()
    named = [part.objectName() for part in panel.findChildren(QWidget) if part.objectName().startswith("page.it")]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("make", KINDS)
def test_another_chart_of_the_kind_is_shown_by_the_same_widgets(show, make):
    panel = show(make())
    parts = panel.findChildren(QWidget)
    others = {
        plot: plot((5.0, 1.0), "Other"),
        bars: bars((7.0, 8.0, 9.0, 1.0), title="Other"),
        cells: cells(-np.eye(4), title="Other"),
        images: images(5, title="Other"),
        sentences: sentences("Something else.", "Other"),
    }
    before = panel.finding()
    panel.show_chart(others[make])
    assert panel.accessibleName() == "Other" and panel.finding() != before
    switches = [part for part in panel.findChildren(QWidget) if part not in parts]
    assert not switches, "nothing is built for it"


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("name", [TAGS, TURNED, LONG, "two\nlines\x1b[1m", ""])
def test_a_strangers_words_are_neither_tags_nor_wider_than_the_panel(show, make, name):
    chart = {
        plot: lambda: plot(title=name, x_label=name, y_label=name, levels=(Level(label=name, at=1.0),)),
        bars: lambda: bars(names=(name, name, name), title=name),
        cells: lambda: cells(title=name, rows=(name,) * 2, columns=(name,) * 3, row_label=name, column_label=name),
        images: lambda: images(captions=(name,) * 3, title=name),
        sentences: lambda: sentences(name, name),
    }[make]()
    panel = show(chart, 300, 260)
    assert panel.size() == QSize(300, 260) and panel.minimumSizeHint().width() <= 300
    labels = [label for label in panel.findChildren(QLabel) if label.isVisible()]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)
    drawing = svg(panel).decode()
    assert "<b>" not in drawing and "\x1b" not in drawing and png(panel) and panel.finding() is not None
    assert "\x1b" not in panel.accessibleName() and "\n" not in panel.accessibleName()


@pytest.mark.parametrize("chart", [
    plot(()), plot((1.0,)), plot(ODD), plot(ODD, log_x=True), plot(curves=()),
    bars(()), bars((1.0,)), bars(ODD), bars((np.nan,)), bars((0.0, 0.0)), bars(ODD, percent=True),
    cells(np.zeros((0, 3))), cells(np.zeros((3, 0))), cells([[2.5]]), cells([ODD, ODD[::-1]]), cells([[np.nan]]),
    cells([[np.inf, -np.inf]]), cells(np.zeros((2, 2))), cells(np.ones((1, 300))), cells(np.ones((300, 1))),
    images(0), images(1), images(3, (0, 0)), images(2, (1, 1)), images(2, (1, 784)), images(2, (500, 700)),
    sentences(""), sentences("\n\n"), sentences("x" * 5_000),
])  # fmt: skip
def test_what_is_empty_odd_or_alone_is_shown_heard_and_saved_as_well(show, chart):
    panel = show(chart, 360, 240)
    assert panel.size() == QSize(360, 240)
    panel.resize(200, 120)
    assert svg(panel) and png(panel) and panel.finding() is not None
    table_of(panel)
    for part in panel.findChildren(QWidget):
        if hasattr(part, "heard_parts") and part.isVisible():
            assert Heard(part).words is not None
    panel.show_chart(chart)


def test_a_plot_says_how_its_curve_goes_and_what_its_axes_are(show):
    panel = show(plot())
    assert panel.finding() == "Tree rose from 0.5000 to 1.000; highest at year: 1, 2.000."
    assert list(panel.table().rows) == [("tree", 0, 0.5), ("tree", 1, 2.0), ("tree", 2, 1.0)]
    drawing = svg(panel).decode()
    assert "metres" in drawing and "year" in drawing and "tree" in drawing
    panel.show_chart(plot(y_label=""))
    assert "metres" not in svg(panel).decode()


def test_bars_are_as_long_as_their_numbers_and_begin_at_zero(show):
    values = np.array([0.25, 1.0, 0.5, 0.0])
    panel = show(bars(values))
    ink = theme().current.signed[5]
    face = pixels_of(panel.bars.grab().toImage())
    places = dict(panel.bars.places())
    color = int(ink.removeprefix("#"), 16) | 0xFF000000
    lengths = [(face[round(place.center().y())] == color).sum() for place in places.values()]
    assert np.allclose(np.array(lengths) / lengths[1], values, atol=0.02)
    begins = {np.flatnonzero(face[round(places[number].center().y())] == color)[0] for number in (0, 1, 2)}
    assert len(begins) == 1


def test_negative_bars_go_to_the_left_from_the_middle(show):
    values = np.array([1.0, -0.5, 0.75, -1.0])
    panel = show(bars(values))
    face = pixels_of(panel.bars.grab().toImage())
    up, down = (int(theme().current.signed[step].removeprefix("#"), 16) | 0xFF000000 for step in (5, 1))
    ends = []
    for number, place in panel.bars.places():
        line = face[round(place.center().y())]
        columns = np.flatnonzero(line == (up if values[number] > 0 else down))
        assert not (line == (down if values[number] > 0 else up)).any()
        ends.append((columns[0], columns[-1]))
    middle = ends[0][0]
    assert abs(ends[2][0] - middle) <= 1 and abs(ends[1][1] - middle) <= 2 and abs(ends[3][1] - middle) <= 2
    long = ends[0][1] - ends[0][0]
    assert abs((ends[3][1] - ends[3][0]) - long) <= 2 and abs((ends[1][1] - ends[1][0]) - long / 2) <= 2


def test_bars_say_their_ends_and_have_all_of_them_in_words_and_in_the_table(show):
    values = np.array([3.0, np.nan, -1.5, 12_345.0, np.inf])
    panel = show(bars(values))
    most, least = int(np.nanargmax(values)), int(np.nanargmin(values))
    assert panel.finding() == f"Largest: part {most}: ∞. Smallest: part {least}: −1.5. 1 is no number."
    words = ["part 0: 3", "part 1: no number", "part 2: −1.5", "part 3: 12,345", "part 4: ∞"]
    assert Heard(panel.bars).words == words
    rows = list(panel.table().rows)
    assert [row[0] for row in rows] == [f"part {number}" for number in range(5)]
    np.testing.assert_array_equal([row[1] for row in rows], values)
    panel.show_chart(bars((0.5, 1.0, -0.07), percent=True))
    assert Heard(panel.bars).words == ["part 0: 50.0 %", "part 1: 100.0 %", "part 2: −7.0 %"]
    panel.show_chart(bars((2.0, 2.0)))
    assert panel.finding() == "All are 2."
    panel.show_chart(bars((2.0,)))
    assert panel.finding() == "part 0: 2."


def test_ten_thousand_bars_scroll_by_wheel_and_keys_and_a_reader_hears_those_in_view(show):
    values = np.random.default_rng(3).normal(size=10_000)
    panel = show(bars(values))
    chart = panel.bars
    heard = Heard(chart)
    count = len(heard.words)
    assert heard.words[0].startswith("part 0: ") and 3 < count < 30
    most, least = values.argmax(), values.argmin()
    assert f"Largest: part {most}: " in heard.finding and f"Smallest: part {least}: " in heard.finding
    assert f"10,000 bars; 1 to {count} are in view" in heard.finding
    QTest.keyClick(chart, Qt.Key.Key_End)
    heard = Heard(chart)
    assert heard.words[-1].startswith("part 9999: ") and heard.chosen == [heard.words[-1]]
    QTest.keyClick(chart, Qt.Key.Key_Up)
    assert Heard(chart).chosen[0].startswith("part 9998: ")
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
        QTest.keyClick(chart, key)
    number = int(re.match(r"part (\d+): ", Heard(chart).chosen[0])[1])
    assert 3 < number < 2 * count and dict(chart.places())[number].bottom() <= chart.height()
    assert len(list(panel.table().rows)) == 10_000
    assert [part.is_chosen for part in chart.heard_parts()].count(True) == 1


def test_few_bars_do_not_scroll_and_have_their_names_where_there_is_room(show):
    panel = show(bars(names=(LONG, TAGS, "c")))
    assert not panel.bars.bar.isVisible() and panel.bars.in_view() == range(3)
    tip = panel.bars.tip_at(panel.bars.places()[0][1].center())
    assert tip == f"{LONG}: 3", "the tip has all of the name"
    drawing = svg(panel).decode()
    assert "&lt;b&gt;bold" in drawing and LONG not in drawing and "…" in drawing


def test_cells_have_the_colours_of_their_numbers_and_those_without_a_number_are_grey(show):
    values = np.linspace(0, 1, 90_000).reshape(300, 300)
    values[5:9, 7:11] = np.nan
    panel = show(cells(values), 700, 500)
    chart = panel.cells
    face, place = pixels_of(chart.grab().toImage()), chart.place()
    wanted = pixels_of(magnitude_image(np.nan_to_num(values)))
    wanted[np.isnan(values)] = theme().current.color("line").rgb()
    rows, columns = ((np.array([6.5, 50.5, 150.5, 290.5]) / 300)[:, None], (np.array([8.5, 100.5, 280.5]) / 300)[None])
    down = np.round(place.top() + rows * place.height() - 0.5).astype(int)
    across = np.round(place.left() + columns * place.width() - 0.5).astype(int)
    drawn = face[down, across] & 0xFFFFFF
    near = wanted[np.array([[6], [50], [150], [290]]), np.array([[8, 100, 280]])] & 0xFFFFFF
    apart = [np.abs((drawn >> shift & 255).astype(int) - (near >> shift & 255)).max() for shift in (0, 8, 16)]
    assert max(apart) <= 3
    assert "grey: no number" in svg(panel).decode()
    panel.show_chart(cells(np.abs(np.nan_to_num(values))))
    assert "grey: no number" not in svg(panel).decode()


def test_negative_cells_are_blue_and_positive_ones_orange_around_the_ground(show):
    values = np.array([[-2.0, 0.0, 1.0]])
    panel = show(cells(values))
    chart, wanted = panel.cells, pixels_of(signed_image(values, 2.0))[0]
    face = pixels_of(chart.grab().toImage())
    corners = [chart.heard_place(Cell(0, column)).topLeft() + QPointF(4, 4) for column in range(3)]
    assert [face[int(spot.y()), int(spot.x())] for spot in corners] == wanted.tolist()
    assert panel.scale.finding() == "At the blue end stands −2, at the orange end 2."
    panel.show_chart(cells(np.abs(values)))
    assert panel.scale.finding() == "At the faint end stands 0, at the strong end 2."


def test_cells_say_their_ends_by_row_and_column_and_each_cell_by_its_names(show):
    values = np.random.default_rng(4).normal(size=(4, 5))
    values[1, 1] = np.nan
    panel = show(cells(values, row_label="layers", column_label="runs"))
    (most_row, most), (least_row, least) = (divmod(int(at), 5) for at in (np.nanargmax(values), np.nanargmin(values)))
    said = panel.finding()
    assert said.startswith("4 rows, 5 columns. Largest: ") and said.endswith("1 is no number.")
    assert f"Largest: row {most_row}, column {most}: {values.flat[np.nanargmax(values)]:.6g}." in said.replace("−", "-")
    assert f"Smallest: row {least_row}, column {least}: {np.nanmin(values):.6g}." in said.replace("−", "-")
    words = Heard(panel.cells).words
    assert len(words) == 20 and words[6] == "row 1, column 1: no number"
    assert words[13] == f"row 2, column 3: {values[2, 3]:.6g}".replace("-", "−")
    table = panel.table()
    assert list(table.columns) == ["layers / runs", *(f"column {number}" for number in range(5))]
    rows = list(table.rows)
    assert [row[0] for row in rows] == [f"row {number}" for number in range(4)]
    np.testing.assert_array_equal([row[1:] for row in rows], values)
    assert panel.cells.tip_at(panel.cells.heard_place(Cell(0, 2)).center()) == words[2]
    assert "columns: runs, rows: layers" in svg(panel).decode()


def test_of_very_many_cells_a_reader_hears_the_largest_of_each_row_and_the_one_that_is_pointed_at(show):
    values = np.random.default_rng(5).normal(size=(300, 200))
    panel = show(cells(values), 700, 500)
    heard = Heard(panel.cells).words
    largest = np.abs(values).argmax(axis=1)
    assert [words.rpartition(":")[0] for words in heard] == [
        f"row {row}, column {column}" for row, column in enumerate(largest)
    ]
    QTest.keyClick(panel.cells, Qt.Key.Key_Down)
    QTest.keyClick(panel.cells, Qt.Key.Key_Right)
    assert [words.rpartition(":")[0] for words in Heard(panel.cells).chosen] == ["row 0, column 1"]


def test_names_of_rows_and_columns_are_written_as_far_as_there_is_room(show):
    few = svg(show(cells(np.eye(3)), 500, 400)).decode()
    assert all(f">row {number}<" in few and f">column {number}<" in few for number in range(3))
    panel = show(cells(np.random.default_rng(0).random((300, 300))), 500, 400)
    many = svg(panel).decode()
    rows = [int(number) for number in re.findall(r">row (\d+)<", many)]
    columns = [int(number) for number in re.findall(r">column (\d+)<", many)]
    for shown_names, room in ((rows, 400), (columns, 500)):
        steps = set(np.diff(shown_names))
        assert shown_names[0] == 0 and len(steps) == 1 and 3 <= len(shown_names) < room / 12
    bare = show(cells(np.eye(3), rows=("",) * 3, columns=("",) * 3), 500, 400)
    assert bare.cells.place().left() <= 1 and bare.cells.place().top() <= 1


def test_small_numbers_in_cells_say_what_they_are_multiples_of(show):
    panel = show(cells([[0.0012, 0.0034], [0.0056, 0.0078]]), 400, 320)
    assert panel.cells.shows_words and "× 10⁻³" in svg(panel).decode()
    panel.show_chart(cells([[12.0, 34.0], [56.0, 78.0]]))
    assert "× 10" not in svg(panel).decode()


def test_pictures_have_captions_that_are_whole_in_tip_and_table_and_are_only_looked_at(show):
    panel = show(images(captions=("one", LONG, "")), 420, 300)
    grid = panel.grid
    assert [part.text for part in grid.heard_parts()] == ["one", LONG, "3"]
    assert not any(part.can_press for part in grid.heard_parts())
    assert grid.tip_at(grid.place_of(1).center()) == LONG and LONG not in svg(panel).decode()
    assert [row[0] for row in panel.table().rows] == ["one", LONG, "3"]
    assert panel.finding() == "3 pictures, all in view."


def test_a_picture_that_is_wider_than_the_panel_is_shown_smaller(show):
    panel = show(images(2, (400, 900)), 300, 300)
    place = panel.grid.place_of(0)
    assert panel.grid.rect().contains(place.toRect()) and abs(place.width() / place.height() - 9 / 4) < 0.02


def test_a_text_is_plain_and_whole_and_scrolls_where_it_is_long(show):
    text = f"{TAGS}\n\n{'word ' * 400}\n{'x' * 300}"
    panel = show(sentences(text), 300, 200)
    assert panel.label.textFormat() == Qt.TextFormat.PlainText and panel.label.accessibleName() == text
    assert panel.label.width() <= 300 and panel.label.height() > 200
    assert [row[0] for row in panel.table().rows] == [line for line in text.split("\n") if line]
    assert "&lt;b&gt;" in svg(panel).decode()
    assert panel.label.text().replace("\N{ZERO WIDTH SPACE}", "") == text


@pytest.mark.parametrize("size", [80, 150])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_kind_keeps_its_size_in_every_look_and_text_size(show, size, look):
    panels = [show(make(), 320, 260) for make in KINDS]
    theme().choose(look)
    theme().choose_text_size(size)
    for panel in panels:
        panel.resize(320, 260)
        assert panel.minimumSizeHint().width() <= 320 and panel.grab()
        assert inked(panel.grab().toImage(), "surface") > 0.1


def test_the_arrows_of_bars_and_cells_begin_where_a_person_looks(qtbot, show):
    panel = show(bars(np.arange(500.0)))
    assert isinstance(panel.bars, NamedBars)
    panel.bars.bar.setValue(3_000)
    first = panel.bars.in_view().start
    QTest.keyClick(panel.bars, Qt.Key.Key_Down)
    assert panel.bars.current == first
    matrix = show(cells())
    grid = matrix.cells
    assert isinstance(grid, NamedCells)
    QTest.mouseMove(grid, grid.heard_place(Cell(1, 2)).center().toPoint() + QPoint(0, 0))
    QTest.keyClick(grid, Qt.Key.Key_Left)
    assert Heard(grid).chosen
