"""From where a graph is seen: what has room beside an item is seen with it, and nothing is read from too far."""

from PySide6.QtCore import QPointF, QRectF, QSizeF

from engine.analysis.graph.messages import Drawing, Item
from gui.tabs.graph.view import READABLE, around, fitted, uncovered, whole

ROOM = QSizeF(1200, 300)


def item(key, x, y=0.0):
    return Item(key, key, "", "operation", (), False, False, x, y, 60, 30)


def drawn(*items, links=()):
    width, height = max(i.x + i.width for i in items), max(i.y + i.height for i in items)
    return Drawing(items, (), links, tuple(i.key for i in items), width, height), {i.key: i for i in items}


def seen(sight):
    return QRectF(sight.origin, ROOM / sight.scale)


def rect(each):
    return QRectF(each.x, each.y, each.width, each.height)


def test_a_neighbour_far_to_one_side_is_seen_too_where_there_is_room():
    one, here, far, further = item("one", 0), item("here", 3_000), item("far", 4_000), item("further", 6_000)
    drawing, items = drawn(one, here, far, further, links=(("one", "here"), ("here", "far"), ("far", "further")))
    sight = around(drawing, items, here, 1.0, ROOM)
    assert seen(sight).contains(rect(here)) and seen(sight).contains(rect(far))
    assert not seen(sight).contains(rect(one))


def test_nothing_is_shown_smaller_than_can_be_read_unless_all_of_it_is_wanted():
    for width in (200, 1_100, 1_500, 9_000):
        drawing, items = drawn(item("one", 0), item("other", width - 60))
        sight = fitted(drawing, items, None, ROOM, is_whole=False)
        assert sight.scale >= READABLE
        assert seen(sight).contains(rect(items["one"]))
        assert seen(whole(drawing, ROOM)).contains(QRectF(0, 0, drawing.width, drawing.height))
        assert fitted(drawing, items, None, ROOM, is_whole=True) == whole(drawing, ROOM)
    looked_at = fitted(drawing, items, items["other"], ROOM, is_whole=False)
    assert seen(looked_at).contains(rect(items["other"])), "rather than the beginning"


def test_an_item_comes_out_from_under_what_covers_it():
    for one, other, cover in ((0, 2_000, QRectF(900, 240, 300, 60)), (2_000, 0, QRectF(900, 0, 300, 60))):
        drawing, items = drawn(item("one", 0, one), item("other", 2_000, other))
        sight = around(drawing, items, items["other"], 1.0, ROOM)
        assert rect(items["other"]).translated(-sight.origin).intersects(cover)
        moved = uncovered(sight, items["other"], cover, ROOM)
        place = rect(items["other"]).translated(-moved.origin)
        assert not place.intersects(cover) and QRectF(QPointF(), ROOM).contains(place)
