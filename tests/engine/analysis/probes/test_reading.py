"""What is asked about a drawing: what the jobs tell, in which order, and how long their turns take."""

import os
import subprocess
import sys

import pytest
from made_sessions import ROOT
from told import told
from trained import picture, with_run

from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.breakdown import Breakdown
from engine.analysis.probes.class_means import ClassMeans
from engine.analysis.probes.familiarity import Familiarity
from engine.analysis.probes.nearest import NearestImages
from engine.analysis.probes.reading import near_drawing, read_drawing
from engine.analysis.probes.saliency import Saliency
from engine.core.lens import Lens
from engine.data.formats.sample import open_sample
from engine.model.network.lens_network import lens_network


def logits_of(session, run):
    return lens_network(session, Lens(run)).outputs(picture(session)[None])[1][0]


def kinds(job):
    return [type(message) for message in told(job)]


def test_the_answer_comes_in_the_first_turn_and_what_else_is_asked_for_behind_it(dense):
    image = picture(dense)
    job = read_drawing(dense, Lens("A"), image, why=(None, None, "integrated"), breakdown=True)
    assert isinstance(next(job), PictureAnswer)
    assert kinds(job) == [ClassMeans, Saliency, Breakdown]
    assert kinds(read_drawing(dense, Lens("A"), image)) == [PictureAnswer, ClassMeans]
    assert kinds(read_drawing(dense, Lens("A"), image, means=False)) == [PictureAnswer]
    assert kinds(near_drawing(dense, Lens("A"), image)) == [NearestImages, Familiarity]


def test_why_is_about_the_likeliest_class_unless_another_is_meant(dense):
    image = picture(dense)
    first, _, why, total = told(read_drawing(dense, Lens("A"), image, why=(None, None, "gradient"), breakdown=True))
    assert why.label == total.label == first.label and why.against is None
    other = (first.label + 1) % 4
    asked = (other, first.label, "integrated")
    *_, why, total = told(read_drawing(dense, Lens("A"), image, why=asked, breakdown=True))
    assert (why.label, why.against, why.method, total.label) == (other, first.label, "integrated", other)
    assert Saliency not in kinds(read_drawing(dense, Lens("A"), image, why=(None, first.label, "integrated")))


def test_what_the_network_or_the_data_do_not_have_is_left_out(session):
    for run, layers in zip("ABC", ("12", "", "conv 5"), strict=True):
        with_run(session, layers)
        wanted = {"A": [ClassMeans, Breakdown], "B": [Breakdown], "C": [ClassMeans, Breakdown]}[run]
        answer = kinds(read_drawing(session, Lens(run), picture(session), breakdown=True))
        assert answer == [PictureAnswer, *wanted], layers
        *_, breakdown = told(read_drawing(session, Lens(run), picture(session), breakdown=True))
        has_sum = bool(breakdown.lines) and not breakdown.remark
        assert has_sum == (run == "A") and breakdown.logit == pytest.approx(logits_of(session, run)[breakdown.label])
        assert kinds(near_drawing(session, Lens(run), picture(session))) == [NearestImages, Familiarity]
    image = picture(session)
    session.replace_data(None)
    assert kinds(read_drawing(session, Lens("A"), image, breakdown=True)) == [PictureAnswer, Breakdown]
    session.replace_data(open_sample())
    assert kinds(read_drawing(session, Lens("A"), image)) == [PictureAnswer]
    assert kinds(near_drawing(session, Lens("A"), image)) == []


def test_the_answer_does_not_wait_for_tensorflow():
    script = (
        "import sys; import numpy as np; from trained import with_run_in_numpy; from engine.core.lens import Lens; "
        "from engine.analysis.probes.reading import read_drawing; session = with_run_in_numpy(); "
        "next(read_drawing(session, Lens('A'), np.zeros((28, 28), np.float32), why=(None, None, 'gradient'))); "
        "sys.exit(int(bool({'tensorflow', 'keras'} & set(sys.modules))))"
    )
    folders = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "engine")))
    assert subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": folders}).returncode == 0
