"""Texts that files keep are in the code's language, and are shown in another one."""

import contextlib
import gettext
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.core.language import LANGUAGES, SOURCE, Language, language, tr, tr_kept, untranslated, use
from engine.core.specs import TrainSpec
from engine.core.text import say_after, say_epoch
from engine.model.training.changed import read_changed
from engine.studies.experiments.parts.experiment import OF_OTHERS, all_experiments
from engine.studies.sweep.plan import plan

EXPERIMENTS = all_experiments()
SHARE, ROAD = "{share} of the weights, {share}", "The road: {of}"


class Loud(gettext.NullTranslations):
    """Translates into capitals, but for values."""

    def gettext(self, message):
        return "".join(part if part.startswith("{") else part.upper() for part in re.split(r"(\{\w*\})", message))


@contextlib.contextmanager
def loud():
    """Speak a language with the marks of German."""
    LANGUAGES["x-loud"] = Language("Loud", ",", ".")
    use("x-loud", Loud())
    try:
        yield
    finally:
        use(SOURCE)
        del LANGUAGES["x-loud"]


def test_what_a_file_keeps_is_not_translated_and_the_language_is_back_after_an_error():
    with loud():
        with pytest.raises(KeyError), untranslated():
            assert tr("{share} of it", share=0.5) == "0.5 of it" and language() == "en"
            with ThreadPoolExecutor(1) as another:
                assert another.submit(tr, "{share} of it", share=0.5).result() == "0,5 OF IT"
            raise KeyError
        assert tr("{share} of it", share=0.5) == "0,5 OF IT" and language() == "x-loud"
        title = read_changed("learning-rate=0.3").title(TrainSpec(learning_rate=0.3))
        assert title == "learning rate 0.3"
        assert plan("", TrainSpec(), ["dropout=0.1"], None).title(TrainSpec(dropout=0.1)) == "dropout 10 %"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("12.5 % of the weights, 12.5 %", "12,5 % OF THE WEIGHTS, 12,5 %"),
        ("12.5 % of the weights, 13 %", "12.5 % OF THE WEIGHTS, 13 %"),
        ("The road: other start", "THE ROAD: OTHER START"),
        ("−1,234.5 of the weights, −1,234.5", "−1.234,5 OF THE WEIGHTS, −1.234,5"),
        ("a file of data", "A FILE OF DATA"),
    ],
)
def test_a_kept_text_is_shown_in_the_language_with_its_figures_and_in_the_codes_as_it_is(text, shown):
    assert tr_kept(text, (SHARE, ROAD)) == text
    with loud():
        assert tr_kept(text, (SHARE, ROAD)) == shown


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_texts_with_figures_of_an_experiment_take_them_as_words_and_are_found_again(name):
    experiment = EXPERIMENTS[name]
    for template in (*experiment.says, OF_OTHERS):
        figures = dict.fromkeys(("data", "of", *template.replace("{", "}").split("}")[1::2]), "3.5 %")
        text = template.format(**figures)
        assert experiment.say(text) == text
        with loud():
            assert experiment.say(text).count("3,5 %") == text.count("3.5 %") > 0


@pytest.mark.parametrize(
    ("step", "usual", "short"),
    [(0, "0.0", "0"), (5, "0.050", "0.050"), (140, "1.4", "1.4"), (100_000, "1,000.0", "1,000")],
)
def test_an_epoch_has_its_decimals_where_they_say_something(step, usual, short):
    assert say_epoch(step, 100) == f"epoch {usual}" and say_epoch(step, 100, short=True) == f"epoch {short}"
    assert say_after(step, 100) == f"after epoch {short}"
