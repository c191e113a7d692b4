"""Cyclic garbage dies on the window's thread, whoever makes it."""

import gc
import threading

from PySide6.QtCore import QObject

from gui.shell.process.garbage import Garbage, collect_what_is_due


class Circle:
    """Refers to itself, and notes which thread takes it apart."""

    ends: list = []  # noqa: RUF012

    def __init__(self):
        self.me = self

    def __del__(self):
        self.ends.append(threading.current_thread())


def work():
    """What would make the interpreter collect many times."""
    for _ in range(20_000):
        Circle()


def test_while_the_window_lives_another_thread_collects_nothing(qapp):
    gc.enable()
    parent = QObject()
    garbage = Garbage(parent)
    try:
        Circle.ends.clear()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert Circle.ends == []
        collect_what_is_due()
        assert set(Circle.ends) == {threading.main_thread()}
        assert len(Circle.ends) == 20_000
    finally:
        garbage.give_back()
        assert gc.isenabled()
        gc.disable()


def test_nothing_is_collected_before_it_is_due(qapp, monkeypatch):
    collected = []
    monkeypatch.setattr(gc, "collect", collected.append)
    monkeypatch.setattr(gc, "get_threshold", lambda: (2000, 10, 0))
    for counts, generation in (((1999, 3, 50), None), ((2001, 3, 50), 0), ((5, 11, 50), 1)):
        collected.clear()
        monkeypatch.setattr(gc, "get_count", lambda counts=counts: counts)
        collect_what_is_due()
        assert collected == ([] if generation is None else [generation])


def test_nothing_is_collected_while_tensorflow_is_imported(qapp, monkeypatch):
    collected = []
    monkeypatch.setattr(gc, "collect", collected.append)
    monkeypatch.setattr(gc, "get_count", lambda: (10**6, 0, 0))
    for importing, generations in ((True, []), (False, [0])):
        monkeypatch.setattr("gui.shell.process.garbage.is_importing", lambda importing=importing: importing)
        collect_what_is_due()
        assert collected == generations
