"""Where pictures lie in rows, and what of them is seen: geometry, in whole pixels."""

import itertools

import pytest

from gui.tabs.weights.picture_layout import Layout, Place, View, fitting

ROOM = (812, 440)


def view_of(count=300, shape=(28, 28), room=ROOM):
    view = View()
    view.set_room(count, shape, room)
    return view


def test_all_pictures_fit_into_the_room_at_the_largest_whole_multiple():
    kinds = ((300, (28, 28)), (16, (3, 3)), (10, (28, 28)), (1, (4, 4)))
    for room, (count, shape) in itertools.product(((812, 440), (1624, 880), (500, 900), (2600, 1500)), kinds):
        layout, scale = fitting(count, shape, room)
        width, height = layout.size
        assert width * scale <= room[0] and height * scale <= room[1]
        assert scale == int(scale) >= 1
        assert layout.across * layout.down >= count > layout.across * (layout.down - 1)

    for count in (7, 64, 300, 1000):
        _, scale = fitting(count, (28, 28), ROOM)
        for across in range(1, count + 1):
            down = -(-count // across)
            assert min(ROOM[0] // (across * 30), ROOM[1] // (down * 32)) <= scale


def test_where_whole_multiples_would_leave_half_the_room_empty_pixels_are_no_whole_ones_and_gaps_are_narrow():
    for room, count in (((1360, 680), 300), ((812, 440), 100), ((780, 420), 100)):
        layout, scale = fitting(count, (28, 28), room)
        width, height = layout.size
        assert scale > 1 and scale != int(scale)
        assert width * scale <= room[0] and height * scale <= room[1]
        assert width * height * scale**2 >= 0.85 * room[0] * room[1]
    layout, scale = fitting(4096, (28, 28), ROOM)
    assert 0.2 < scale < 1 and layout.size[0] * scale <= ROOM[0] and layout.size[1] * scale <= ROOM[1]

    tight, _ = fitting(300, (28, 28), (1452, 800))
    wide, _ = fitting(300, (28, 28), (812, 440))
    assert tight.gap_right <= 2 and wide.gap_right >= 2 and wide.gap_below >= 4
    assert 1452 // ((28 + 2) * 2) * (800 // ((28 + 4) * 2)) < 300, "with the wide gaps they had no room"


def test_every_pixel_of_every_picture_is_found_where_it_is_and_the_gaps_are_nothing():
    layout = Layout(count=7, rows=3, columns=4, across=3, gap_right=2, gap_below=4)
    found = {layout.at(x + 0.5, y + 0.5) for x in range(layout.size[0] + 5) for y in range(layout.size[1] + 5)}
    wanted = {Place(position, row, column) for position in range(7) for row in range(3) for column in range(4)}
    assert found == wanted | {None}
    for position in range(7):
        x, y = layout.corner(position)
        assert layout.at(x, y) == Place(position, 0, 0) and layout.at(x - 0.1, y) is None
    assert layout.at(-1, 2) is None and layout.at(2, -1) is None


def test_what_is_under_the_mouse_stays_there_and_nearer_is_always_a_whole_multiple_and_has_an_end():
    for point in ((0, 0), (400, 200), (811, 439)):
        view = view_of()
        view.zoom(3, 400, 220)
        held = view.content(*point)
        view.zoom(2, *point)
        assert view.content(*point) == pytest.approx(held, abs=0.51 / view.scale)
        view.zoom(-2, *point)
        assert view.content(*point) == pytest.approx(held, abs=1 / view.scale)

    view, scales = view_of(4096), []
    for _ in range(40):
        view.zoom(1, 100, 100)
        scales.append(view.scale)
    assert all(scale == int(scale) for scale in scales if scale >= 1)
    assert scales[-1] == scales[-2] == 96
    for _ in range(40):
        view.zoom(-1, 700, 30)
    assert view.is_fitted


def test_nobody_gets_lost_beyond_the_edge_and_a_picture_is_brought_into_view_with_as_little_movement_as_possible():
    view = view_of()
    view.zoom(3, 0, 0)
    view.pan(99_999, 99_999)
    assert (view.left, view.top) == (0, 0)
    view.pan(-99_999, -99_999)
    width, height = (side * view.scale for side in view.layout.size)
    assert (view.left, view.top) == (width - ROOM[0], height - ROOM[1])
    view.fit()
    view.pan(300, 300)
    assert view.left <= 0 and view.top <= 0

    view.zoom(4, 0, 0)
    before = view.left, view.top
    view.show(0)
    assert (view.left, view.top) == before
    view.show(299)
    assert 299 in view.seen() and 0 not in view.seen()
    x, y = view.layout.corner(299)
    assert 0 <= x * view.scale - view.left <= ROOM[0] and 0 <= y * view.scale - view.top <= ROOM[1]


def test_a_larger_window_keeps_all_in_sight_and_what_was_near_in_the_middle():
    view = view_of()
    view.set_room(300, (28, 28), (1600, 900))
    assert view.is_fitted
    x, y = view.layout.corner(155)
    view.zoom(3, (x + 14) * view.scale - view.left, (y + 14) * view.scale - view.top)
    view.pan(800 - (x + 14) * view.scale + view.left, 450 - (y + 14) * view.scale + view.top)
    assert view.layout.at(*view.content(800, 450)).position == 155
    before = view.scale
    view.set_room(300, (28, 28), (1000, 500))
    assert view.scale == before
    x, y = view.layout.corner(155)
    assert abs((x + 14) * view.scale - view.left - 500) < 40
    assert abs((y + 14) * view.scale - view.top - 250) < 40
    view.set_room(16, (3, 3), (1000, 500))
    assert view.is_fitted
