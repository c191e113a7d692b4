"""The command `classify`: a line per picture, refusals on stderr, and no TensorFlow to wait for."""

import json
import subprocess
import sys

import numpy as np
import pytest
from made_sessions import ROOT, home_in, make_session
from PIL import Image
from trained import kept_in, with_run

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.machine import bundled
from engine.data.formats.sample import open_sample
from engine.data.preparation import prepared
from engine.model.network.plain import plain_forward, softmax
from engine.session.session import Session
from engine.session.store import places

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def digits(tmp_path):
    """Files of ten digits, dark on light, enlarged, and what they show."""
    data, files = open_sample(), []
    for number in range(10):
        image = np.kron(255 - data.test_images[number], np.ones((6, 6), np.uint8))
        files.append(str(tmp_path / f"{number}.png"))
        Image.fromarray(image).save(files[-1])
    return files, data.test_images[:10] / np.float32(255)


def two_networks(*titles):
    """A session with a dense run A and a convolutional run B, both of drawn weights, called so."""
    session = with_run(with_run(Session(open_sample()), "30", steps=(0, 12)), "conv 4, 16", "tanh", steps=(0, 12))
    for run, title in zip(session.runs.values(), titles, strict=False):
        run.title = title
    return session


@pytest.fixture
def read_by(tmp_path):
    """The file of that session, and its runs."""
    return kept_in(tmp_path / "digits.layerlight", two_networks()), two_networks().runs


def lines_of(capsys, *words, status=0):
    capsys.readouterr()
    try:
        ended = run_wanted(parse(["classify", *map(str, words)]))
    except UserError as error:  # as the command line does, which also opens a log
        ended = 1
        print(f"layerlight: {error}", file=sys.stderr)
    assert ended == status
    printed = capsys.readouterr()
    return printed.out.splitlines(), printed.err.splitlines()


@pytest.mark.parametrize(("run", "moment", "step"), [("A", "last", 12), ("A", "first", 0), ("B", "last", 12)])
def test_each_picture_has_a_line_with_what_the_network_answers(terminal, digits, read_by, run, moment, step):
    (files, images), (path, runs) = digits, read_by
    rows = terminal.rows("classify", *files, "--session", path, "--run", run, "--moment", moment)
    spec, weights = runs[run].spec, runs[run].moments[step].weights
    for file, image, facts in zip(files, images, rows, strict=True):
        wanted = softmax(plain_forward(spec.plan((28, 28), len(weights[-1])), weights, prepared(image))[1])
        assert list(facts) == ["file", "label", "name", "probability", "probabilities"]
        assert facts["file"] == file and facts["label"] == wanted.argmax()
        assert facts["probability"] == max(facts["probabilities"])
        np.testing.assert_allclose(facts["probabilities"], wanted, atol=1e-3)


def test_an_image_of_the_data_enters_untouched_and_another_only_scaled_where_that_is_said(terminal, read_by, tmp_path):
    ink, drawn = np.zeros((28, 28), np.uint8), np.full((56, 56), 255, np.uint8)
    ink[3:9, 20:27] = np.random.default_rng(1).integers(0, 120, (6, 7))
    drawn[6:18, 40:48] = 0
    path, runs = read_by
    spec, weights = runs["A"].spec, runs["A"].moments[12].weights
    for picture, flag, read in ((ink, "", ink), (drawn, "--preparation raw", 255 - drawn[::2, ::2])):
        Image.fromarray(picture).save(tmp_path / "image.png")
        words = f"classify --run A {flag} --session", path, tmp_path / "image.png"
        facts = terminal.json(*words)
        wanted = softmax(plain_forward(spec.plan((28, 28), len(weights[-1])), weights, read / np.float32(255))[1])
        np.testing.assert_allclose(facts["probabilities"], wanted, atol=1e-5)
    file, label, probability, *probabilities = terminal(*words).split()
    assert (file, int(label)) == (facts["file"], facts["label"]), "for people and scripts alike"
    assert [float(probability), *map(float, probabilities)] == pytest.approx(
        [facts["probability"], *facts["probabilities"]], abs=1e-4
    )


def test_what_cannot_be_read_gets_a_sentence_and_the_others_are_read(capsys, digits, read_by, tmp_path):
    files, _ = digits
    (tmp_path / "letter.png").write_text("Dear reader,")
    Image.new("L", (50, 50), 200).save(tmp_path / "blank.png")
    wrong = [tmp_path / name for name in ("letter.png", "none.png", "blank.png")]
    words = (files[0], wrong[0], files[1], wrong[1], wrong[2], files[2], "--session", read_by[0])
    out, err = lines_of(capsys, *words, status=1)
    assert [line.split()[0] for line in out] == files[:3]
    assert len(err) == 3 and all(line.startswith("layerlight: ") for line in err)
    assert "letter.png is no picture" in err[0]
    assert "There is no file" in err[1]
    assert "blank.png is blank" in err[2]


def test_a_session_without_that_run_or_weights_without_sense_are_refused(capsys, digits, tmp_path, read_by):
    files, _ = digits
    out, err = lines_of(capsys, files[0], "--session", read_by[0], "--run", "Z", status=1)
    assert not out and "There is no run Z" in err[0]
    made = make_session(tmp_path / "made.layerlight")  # its networks read 8 x 8 pixels and know four classes
    out, err = lines_of(capsys, files[0], "--session", made, "--json")
    assert len(json.loads(out[0])["probabilities"]) == 4
    assert len(err) == 1 and "--preparation raw" in err[0], "its data are nowhere, so nobody can tell how they lie"


def test_where_no_session_comes_along_the_last_one_is_meant(capsys, digits, read_by, monkeypatch, tmp_path):
    monkeypatch.setattr(bundled, "BUNDLED", tmp_path / "none.layerlight")
    places.remember(read_by[0])
    asked, _ = lines_of(capsys, digits[0][0], "--json", "--session", read_by[0])
    assert lines_of(capsys, digits[0][0], "--json")[0] == asked
    out, err = lines_of(capsys, digits[0][0], "--network", "blog", status=1)
    assert not out and "The session that comes with Layerlight is missing." in err[0]


def test_a_network_that_comes_along_is_called_by_its_name(capsys, digits, read_by, monkeypatch, tmp_path):
    bundle = kept_in(tmp_path / "bundle.layerlight", two_networks("Blog post", "Sharp"))
    monkeypatch.setattr(bundled, "BUNDLED", bundle)
    for words, run in ((("--network", "blog"), "A"), (("--network", "sharp"), "B"), ((), "B")):
        by_hand, _ = lines_of(capsys, digits[0][4], "--session", read_by[0], "--run", run, "--json")
        assert lines_of(capsys, digits[0][4], *words, "--json")[0] == by_hand


def test_pictures_and_sessions_are_read_without_tensorflow_or_data_and_flags_without_numpy(read_by, tmp_path):
    """All of them take longer than the answer: seconds, and a second for the full MNIST."""
    Image.fromarray(open_sample().test_images[0]).save(tmp_path / "0.png")
    path = str(read_by[0])
    words = ["classify", str(tmp_path / "0.png"), "--session", path, "--run", "B"]
    slow = {"tensorflow", "keras", "PySide6", "engine.data.formats.sample", "engine.data.formats.npz"}
    script = (
        f"import sys; from main import main; from engine.cli.parts.parser import parse; parse({words!r}); "
        "print(*({'numpy', 'PIL', 'tensorflow'} & set(sys.modules)), file=sys.stderr, end=''); "
        f"status = main({words!r}) or main(['info', {path!r}]); "
        f"print(*({slow!r} & set(sys.modules)), file=sys.stderr, end=''); sys.exit(status)"
    )
    how = {"cwd": ROOT, "env": home_in(tmp_path / "home"), "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", script], **how)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(words[1])
