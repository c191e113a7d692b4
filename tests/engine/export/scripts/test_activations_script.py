"""The script of the Activations tab comes to what the tab shows, in dense and in convolutional networks."""

import numpy as np
import pytest
from made_sessions import arrays_of, home_in
from scripts_here import run_script
from trained import ARCHITECTURES, with_run

from engine.analysis.probes.activations import image_activations
from engine.core.errors import UserError
from engine.core.lens import Adjusted, Lens, Neuron
from engine.data.formats.sample import open_sample
from engine.export.scripts.parts.show_code import show_code
from engine.session.session import Session

CHANGED = Lens("A", None, frozenset({Neuron(0, 1)}), frozenset({Adjusted(0, 2, 2.5, 0.3)}))


def ran(session, lens, folder, **settings):
    """What the script saved."""
    (code,) = filter(None, show_code(session, lens, "activations", settings))
    file = folder / "script.py"
    file.write_text(code.script, "utf-8")
    status, _, complaints = run_script(file, home_in(folder))
    assert status == 0, complaints[-3000:]
    return arrays_of(folder / "activations-result.npz")


QUICK = [("9, 7", "gelu"), ("", "relu"), ("conv 3 tanh, conv 4, 6 sigmoid", "leaky_relu")]


@pytest.mark.parametrize(
    ("layers", "activation"),
    [pytest.param(*each, marks=() if each in QUICK else pytest.mark.slow) for each in ARCHITECTURES],
)
def test_the_script_finds_every_activation(own_home, tmp_path, layers, activation):
    session = with_run(Session(open_sample()), layers, activation)
    lens = CHANGED if layers else Lens("A")
    stored = ran(session, lens, tmp_path, image=7)
    (told,) = image_activations(session, lens, 7, None)
    np.testing.assert_allclose(stored["logits"], told.logits, atol=1e-4)
    np.testing.assert_allclose(stored["probabilities"], told.probabilities, atol=1e-5)
    for number, values in enumerate(told.hidden, 1):
        np.testing.assert_allclose(stored[f"layer{number}"], values, atol=1e-5)
    assert len(stored) == 2 + len(told.hidden)


def test_the_drawing_goes_into_the_script(own_home, tmp_path):
    session = with_run(Session(open_sample()), "12")
    drawing = np.random.default_rng(1).random((28, 28), np.float32)
    stored = ran(session, Lens("A"), tmp_path, image=7, picture=drawing)
    (told,) = image_activations(session, Lens("A"), None, drawing)
    np.testing.assert_allclose(stored["layer1"], told.hidden[0], atol=1e-5)


def test_a_test_image_that_is_not_there_is_refused(own_home):
    session = with_run(Session(open_sample()), "12")
    with pytest.raises(UserError, match=r"There is no test image 1,000; the last is 999\."):
        list(show_code(session, Lens("A"), "activations", {"image": 1000}))
