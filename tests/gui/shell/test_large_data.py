"""Data that would take much of the memory are opened only where a person says so."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from engine.session.jobs.data import DataAsked, open_data, prepare
from engine.session.session import Session
from gui.shell.menus.questions import ask_about_large_data
from gui.shell.process.startup import Opening
from gui.state.notices import Notices
from gui.state.training.ongoing import DataReading
from tests.gui.worlds import World

ASKED = "letters.npz takes about 5.0 GB of memory, and 8.0 GB are free."


@pytest.fixture
def world(qtbot):
    """A window in which data are asked about before they are opened."""
    made = World()
    made.window = QWidget()
    qtbot.addWidget(made.window)
    made.opening = Opening(made.bridge, DataReading(made.bridge, Notices()), made.window)
    ask_about_large_data(made.window, made.bridge, lambda file: made.opening.open(file, sure=True))
    return made


def press(world, name):
    box = world.window.findChild(QMessageBox, "large.data")
    assert box.text() == ASKED
    box.findChild(QPushButton, name).click()


def test_open_them_opens_what_was_wanted(world):
    world.say(DataAsked(dataset="/data/letters.npz", sentence=ASKED))
    press(world, "large.data.open")
    assert world.runner.submitted == [(prepare, (str(Path("/data/letters.npz")),), {"sure": True})]


def test_otherwise_nothing_is_opened(world):
    world.say(DataAsked(dataset="/data/letters.npz", sentence=ASKED))
    press(world, "large.data.leave")
    assert world.runner.submitted == []


def test_the_engine_asks_and_opens_what_somebody_is_sure_of(tmp_path, monkeypatch):
    images, labels = np.zeros((12, 4, 4), np.uint8), np.arange(12) % 2
    np.savez(tmp_path / "letters.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setattr("engine.data.formats.reading.HARMLESS", 0)
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: 2 * (2 * images.nbytes + 2 * labels.nbytes))
    session, path = Session(), str(tmp_path / "letters.npz")
    *_, asked = open_data(session, path)
    assert isinstance(asked, DataAsked) and asked.dataset == path and session.dataset is None
    assert asked.sentence.startswith("letters.npz takes about")
    *_, _ = open_data(session, path, sure=True)
    assert session.dataset.name == "letters"


def test_at_the_start_the_sample_is_there_while_a_person_is_asked(tmp_path, monkeypatch):
    images, labels = np.zeros((12, 4, 4), np.uint8), np.arange(12) % 2
    np.savez(tmp_path / "letters.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    free = iter([2 * (2 * images.nbytes + 2 * labels.nbytes)])  # for these data; for the sample nobody knows
    monkeypatch.setattr("engine.data.formats.reading.HARMLESS", 0)
    monkeypatch.setattr("engine.data.formats.reading.free_memory", lambda: next(free, None))
    session = Session()
    job = prepare(session, str(tmp_path / "letters.npz"))
    told = []
    for message in job:
        told.append(message)
        if session.dataset is not None:
            break
    job.close()
    assert any(isinstance(message, DataAsked) for message in told)
    assert session.dataset.name == "MNIST sample"
