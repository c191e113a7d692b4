"""All that writes numbers on the screen: nothing is a zero with a sign."""

from hypothesis import given
from hypothesis import strategies as st

from gui.tabs.draw import evidence_panel
from gui.tabs.graph.value_panel import bar_words
from gui.tabs.ideal import one_ideal_image
from gui.tabs.ideal import words as ideal_words
from gui.tabs.train.loss_panel import say_loss
from gui.tabs.warmup.worked_step import Words
from gui.tabs.weights.neuron_panel import same_length
from gui.widgets.pictures import cell_words
from gui.widgets.plots.axis import say_power
from gui.widgets.plots.scale_bar import signed

WRITERS = {
    "colour bar": signed,
    "bars in a column": lambda value: same_length(value, 3),
    "bar": bar_words,
    "breakdown": evidence_panel.signed,
    "likeness": one_ideal_image.similarity_words,
    "loss": say_loss,
    "power": say_power,
    "cell": cell_words.short,
    "wide cell": lambda value: cell_words.short(value, 7),
    "cell exactly": cell_words.exact,
    "ideal image": ideal_words.short,
    "ideal image, signed": ideal_words.signed,
    "step": Words(4).plain,
}
VALUES = st.floats(-1.0, 1.0) | st.sampled_from([-0.0, -1e-12, -0.00004, -0.0004, -0.004, -0.04, -0.4, -0.5])


@given(value=VALUES)
def test_nothing_on_the_screen_is_a_signed_zero(value):
    for writer, write in WRITERS.items():
        text = write(value).removesuffix(" %")
        assert not text.startswith(("-", "−")) or text.strip("-−0.,"), (writer, text)


def test_a_loss_keeps_the_digits_that_say_something():
    wanted = ["0.482", "0.012", "0.0099", "0.0031", "0.000", "0.000"]
    assert [say_loss(value) for value in (0.4817, 0.0123, 0.0099, 0.00312, 0.00004, 0.0)] == wanted
