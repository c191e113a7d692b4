"""One network has one test accuracy: a run that was stopped within an epoch shows that of its last weights everywhere.

Each figure is held against the network's own weights, as the file has them, multiplied in NumPy.
"""

import json

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.lens import Lens
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.core.text import fine_percent
from engine.data.formats.sample import open_sample
from engine.session.store.opening import open_store
from gui.look.words import Elided
from gui.stage.stage import Stage
from gui.tabs.compare.settings_page import figure_rows
from gui.tabs.train.loss_panel import say_loss
from gui.tabs.train.run_row import say_images
from tests.engine.trained import dense_by_hand
from tests.gui.worlds import show_tab


def stopped_within_an_epoch(stage):
    controls = stage.controls
    controls.start(TrainSpec(layers="12", epochs=900, batch=100, initial="he", loss="cross_entropy"))
    runs = stage.application.bridge.runs
    stage.wait_for(lambda: "A" in runs and len(runs["A"].epochs) > 1)
    controls.pause()
    stage.wait_for(lambda: controls.state == "paused")
    run = runs["A"]
    while True:  # the pause, too, may have come at the end of an epoch
        before = run.newest
        controls.step()
        stage.wait_for(lambda before=before: run.newest > before and controls.state == "paused")
        if run.newest % run.steps_per_epoch:
            break
    controls.stop()
    stage.wait_for(lambda: controls.state == "idle")
    return run


def accuracy_by_hand(file, step):
    """The share of the sample's test images that the weights in the file read correctly, and how many there are."""
    opened = run_through(open_store(file, look_only=True))
    weights = opened.store.load().runs["A"].moments[step].weights
    opened.store.close()
    data = open_sample()
    _, logits = dense_by_hand(weights, data.test_images / 255)
    return np.mean(logits.argmax(axis=1) == data.test_labels), len(data.test_labels)


@pytest.mark.timeout(400)
@pytest.mark.tabs("fingerprints", "mistakes", "train")
@pytest.mark.usefixtures("few_tabs")
def test_a_stopped_run_has_one_accuracy_with_its_number_of_images_everywhere(capsys, monkeypatch):
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.1)
    with Stage() as stage:
        stage.open("sample")
        run = stopped_within_an_epoch(stage)
        stage.wait_for(lambda: run.newest in run.tested)
        share, images = accuracy_by_hand(stage.session_file, run.newest)
        figure, of = fine_percent(share, images), f"of {images:,}"
        assert run.tested[run.newest].accuracy == share

        status, bar = stage.widget(Elided, "status.words"), stage.widget(QLabel, "transport.accuracy")
        stage.wait_for(lambda: f"{figure} {of} test images" in status.words)
        stage.wait_for(lambda: bar.text() == f"{figure} {of}")

        train = show_tab(stage.application, "train")
        stage.settle(train)
        assert stage.widget(QLabel, "train.accuracy").text() == f"{figure} {of}"
        assert train.loss.legend.switches["test"].value == say_loss(run.tested[run.newest].loss)
        (row,) = train.settings.runs.view.rows.rows
        assert (row.accuracy, say_images(row)) == (figure, of)
        assert f"test accuracy {figure} {of} test images; best, epoch " in row.sentence
        assert "chosen on the test images" in row.sentence

        stage.settle(show_tab(stage.application, "fingerprints"))
        assert stage.widget(QLabel, "fingerprints.accuracy.overall").text() == figure
        assert f"{images:,} test images" in stage.widget(Elided, "fingerprints.accuracy.of").words
        mistakes = show_tab(stage.application, "mistakes")
        stage.settle(mistakes)
        assert f"{round((1 - share) * images)} {of} test images misread · {figure} correct" in mistakes.figure.text()

        rows = {title: here for title, here, _ in figure_rows(run, run)}
        assert rows["Test accuracy at the end"] == f"{figure} {of} test images"
        assert run.say(run.newest).endswith(f"{figure} {of} test images")

        # A moment within the first epoch, which nobody has tested, is tested when somebody stays with it.
        stage.application.selection.change(lens=Lens("A", 5))
        stage.wait_for(lambda: 5 in run.tested)
        early = accuracy_by_hand(stage.session_file, 5)[0]
        stage.wait_for(lambda: bar.text() == f"{fine_percent(early, images)} {of}")

        assert run_wanted(parse(["info", str(stage.session_file), "--json"])) == 0
        (printed,) = json.loads(capsys.readouterr().out)["runs"]
        wanted = (share, images, run.newest)
        assert (printed["test_accuracy"], printed["test_images"], printed["tested_at_step"]) == wanted
