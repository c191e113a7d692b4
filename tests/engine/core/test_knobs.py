"""Settings: declared once, checked everywhere in the same words."""

import gettext
import math

import pytest

from engine.cli.parts.parser import parse
from engine.core import language, specs
from engine.core.errors import UserError
from engine.core.knobs import in_sentence, knobs, plain_number
from engine.core.layers.kinds import ConvLayer, DenseLayer, hidden_in
from engine.core.layers.language import as_text, in_words, parse_layers

OUT_OF_RANGE = [
    ("epochs", "0"), ("epochs", "1.5"), ("batch", "many"), ("learning_rate", "-1"), ("learning_rate", "nan"),
    ("dropout", "1"), ("activation", "step"), ("layers", "300, wide"), ("layers", "64, conv 8"),
    ("layers", "99999"), ("seed", "-1"),
]  # fmt: skip


def refusal_of(name, text, **how):
    """The sentence with which a knob refuses what was written."""
    with pytest.raises(UserError) as refused:
        knobs(specs.TrainSpec)[name].parse(text, **how)
    return str(refused.value)


@pytest.mark.parametrize(("name", "text"), OUT_OF_RANGE)
def test_a_value_out_of_range_is_refused_by_the_command_line_in_the_words_of_the_knob(name, text, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(["train", f"--{name.replace('_', '-')}={text}"])
    assert ended.value.code == 2
    assert refusal_of(name, text) in capsys.readouterr().err
    value = (
        text if knobs(specs.TrainSpec)[name].kind in ("text", "choice") else float("nan" if text == "many" else text)
    )
    if text != "1.5":
        with pytest.raises(UserError):
            specs.TrainSpec(**{name: value})


def test_a_refusal_repeats_what_was_written_and_has_no_powers_of_ten():
    for name, text, sentence in (
        ("learning_rate", "1e9", "Learning rate must be between 0.000001 and 100, not 1e9."),
        ("rotate", "50.50", "Rotate must be between 0 and 45, not 50.50."),
        ("epochs", "0", "Epochs must be between 1 and 10,000, not 0."),
        ("batch", "m" * 500, f"Batch must be a whole number, not “{'m' * 40}…”."),
    ):
        assert refusal_of(name, text) == sentence
    with pytest.raises(UserError, match=r"between 0\.000001 and 100, not 150\.$"):
        specs.TrainSpec(learning_rate=150.0)
    with pytest.raises(UserError, match=r"not 0\.0000001\.$"):
        specs.TrainSpec(learning_rate=1e-7)


def test_the_command_line_wants_a_dot_and_says_how_to_write_it(capsys):
    for name, text, better in (
        ("learning-rate", "0,05", "0.05"), ("rotate", "1,5", "1.5"), ("epochs", "1,000", "1000"),
    ):  # fmt: skip
        with pytest.raises(SystemExit):
            parse(["train", f"--{name}={text}"])
        assert f"write {better}, without a comma: not “{text}”." in capsys.readouterr().err


def test_the_window_reads_a_comma_as_the_decimal_point_where_it_can_be_nothing_else():
    rotate = knobs(specs.TrainSpec)["rotate"]
    for text, value in {"0,05": 0.05, ",5": 0.5, "0,125": 0.125, "1,25": 1.25, "2,5e1": 25.0, "1.5": 1.5}.items():
        assert rotate.parse(text, decimal_comma=True) == value
    for text, one, other in (("1,000", "1", "1000"), ("-12,500", "-12.5", "-12500"), ("30,125", "30.125", "30125")):
        refusal = refusal_of("rotate", text, decimal_comma=True)
        assert refusal == f"Rotate: “{text}” may mean {one} or {other}. Write one of them."
    for text in ("1,0,5", "1.000,5", "1,000.5", ",", "1,", "1, 5"):
        assert "must be a number, not" in refusal_of("rotate", text, decimal_comma=True)


def test_the_ends_of_a_range_belong_to_it():
    for name, knob in knobs(specs.TrainSpec).items():
        if knob.kind in ("whole", "real"):
            for end in (knob.minimum, knob.maximum):
                assert getattr(specs.TrainSpec(**{name: end}), name) == end
                with pytest.raises(UserError):
                    knob.check(math.nextafter(end, -math.inf if end == knob.minimum else math.inf) - 0)


def test_every_knob_has_a_title_and_a_sentence_of_help():
    for knob in knobs(specs.TrainSpec).values():
        assert knob.title and knob.help.endswith("May be changed while it runs." if knob.live else (".", ")"))


def test_settings_survive_the_way_to_json_and_back():
    spec = specs.PRESETS["conv"].spec.but(seed=7, dropout=0.25)
    assert specs.TrainSpec.from_dict({**spec.as_dict(), "unknown": 1}) == spec
    assert spec.differences(specs.PRESETS["conv"].spec) == {"seed": (7, 1), "dropout": (0.25, 0.0)}


def hidden_of(text):
    return tuple(hidden_in(parse_layers(text)))


def test_layers_are_read_as_a_person_writes_them_with_the_activation_that_one_names():
    assert hidden_of("300") == (DenseLayer(300),)
    assert hidden_of(" 128 , 64 ") == (DenseLayer(128), DenseLayer(64))
    assert hidden_of("conv 16, Conv32, 64") == (ConvLayer(16), ConvLayer(32), DenseLayer(64))
    assert hidden_of("") == ()
    assert hidden_of("300 relu, 100 Tanh") == (DenseLayer(300, "relu"), DenseLayer(100, "tanh"))
    assert hidden_of("conv 16 leaky relu; 64") == (ConvLayer(16, "leaky_relu"), DenseLayer(64))
    spec = specs.TrainSpec(layers="conv 8, 30 gelu, 20", activation="sigmoid")
    assert spec.hidden == (ConvLayer(8, "sigmoid"), DenseLayer(30, "gelu"), DenseLayer(20, "sigmoid"))
    assert specs.TrainSpec.from_dict(spec.as_dict()) == spec
    assert as_text(spec.network) == "conv 8 sigmoid, 30 gelu, 20 sigmoid"
    for text in ("300 swish", "300x", "300 relu tanh", "conv 16 conv"):
        with pytest.raises(UserError) as refusal:
            hidden_of(text)
        assert (
            "is not an activation. There are relu, tanh, sigmoid, gelu, leaky_relu, linear, " in refusal.value.sentence
        )


def test_a_network_is_said_from_the_image_to_the_classes():
    for layers, words in {
        "300": "784 → 300 → 10",
        "": "784 → 10",
        "conv 16; 64": "28×28×1 → conv 16 3×3 → 64 → 10",
        "300 relu, 100 tanh": "784 → 300 ReLU → 100 tanh → 10",
        "300 tanh, 100 tanh": "784 → 300 → 100 → 10",
        "conv 16 leaky_relu; 64": "28×28×1 → conv 16 3×3 Leaky ReLU → 64 → 10",
    }.items():
        assert in_words(parse_layers(layers), (28, 28), 10) == words


def test_the_blog_preset_is_the_network_of_the_post():
    spec = specs.PRESETS["blog"].spec
    assert (spec.hidden, spec.activation, spec.initial) == ((DenseLayer(300, "relu"),), "relu", "blog")
    assert (spec.loss, spec.optimizer, spec.learning_rate) == ("clipped", "sgd", 0.1)
    assert (spec.batch, spec.epochs) == (100, 40)


def test_a_first_word_that_is_no_command_is_a_file_for_the_window():
    wanted = parse(["digits.npz"])
    assert (wanted.command, wanted.file) == ("window", "digits.npz")
    assert parse([]).command == "window"


def test_a_setting_is_said_in_the_words_of_the_window():
    said = {("layers", "conv 8, 30"): "conv 8 3×3 → 30", ("layers", ""): "none", ("activation", "relu"): "ReLU",
            ("validation", 0.25): "25 %", ("learning_rate", 0.05): "0.05", ("epochs", 1_000): "1000",
            ("stop_at", 0): knobs(specs.TrainSpec)["stop_at"].zero, ("initial", "unknown"): "unknown"}  # fmt: skip
    assert {pair: specs.say_setting(*pair) for pair in said} == said
    assert knobs(specs.TrainSpec)["stop_at"].parse(" ") == 0
    assert specs.say_losses(["clipped"] * 2) == "binary cross-entropy (clipped)"
    assert specs.say_losses(["clipped", "squared"]).startswith("each its own: binary cross-entropy (clipped), ")


def test_what_is_longest_or_widest_is_allowed_and_one_more_is_refused():
    specs.check_classes("x" * specs.LONGEST_CLASSES)
    assert hidden_of("conv 4096, 8192") and specs.fitted_batch(100, 100) == 100
    assert [specs.fitted_batch(100, images) for images in (99, 10, 9, 1)] == [9, 1, 1, 1]
    for refused, check, text in (
        ("letters", specs.check_classes, "x" * (specs.LONGEST_CLASSES + 1)),
        ("between 1 and 8,192 neurons", hidden_of, "8193"),
        ("between 1 and 4,096 feature maps", hidden_of, "conv 4097"),
        ("between 1 and 8,192 neurons", hidden_of, "0"),
    ):
        with pytest.raises(UserError, match=refused):
            check(text)


class Quoting(gettext.NullTranslations):
    """A language that puts all texts into quotes."""

    def gettext(self, message):
        return f"«{message}»"


@pytest.fixture
def speak():
    yield language.use
    language.use(language.SOURCE)


def test_the_texts_of_settings_and_presets_come_in_the_language_and_their_values_stay(speak):
    knob = knobs(specs.TrainSpec)["loss"]
    speak("quoting", Quoting())
    quoted = knobs(specs.TrainSpec)["loss"]
    assert (quoted.title, quoted.choices["squared"]) == ("«Loss»", "«Squared error»")
    assert knobs(specs.TrainSpec)["l2"].help.endswith("» «May be changed while it runs.»")
    assert knobs(specs.TrainSpec)["stop_at"].say(0.0) == "«never»"
    assert specs.PRESETS["blog"].title == "«Blog post»"
    assert quoted.choices.keys() == knob.choices.keys()
    assert in_sentence("Lernrate") == "Lernrate"
    speak("en")
    assert knobs(specs.TrainSpec)["loss"] is knob


def test_what_the_window_shows_is_what_it_reads_in_every_language_and_the_command_line_wants_a_point(speak):
    rotate, epochs = knobs(specs.TrainSpec)["rotate"], knobs(specs.TrainSpec)["epochs"]
    for code in language.LANGUAGES:
        speak(code, gettext.NullTranslations())
        for value in (0.05, 0.125, 1.125, 12.5, 45.0):
            assert rotate.parse(plain_number(value), decimal_comma=True) == value
        assert epochs.parse(plain_number(10_000), decimal_comma=True) == 10_000
        assert rotate.parse("0.125", decimal_comma=True) == rotate.parse("0,125", decimal_comma=True) == 0.125
        assert rotate.parse("1.5") == 1.5
        assert "without a comma" in refusal_of("rotate", "1,5")
    speak("de", gettext.NullTranslations())
    assert rotate.range_text() == "0 and 45" and epochs.range_text() == "1 and 10.000"
    assert rotate.say(1.5) == "1,5" and knobs(specs.TrainSpec)["stop_at"].say(0.985) == "98,5 %"
    refusal = refusal_of("rotate", "1.500", decimal_comma=True)
    assert refusal == "Rotate: “1.500” may mean 1,5 or 1500. Write one of them."
    assert rotate.parse("1,500", decimal_comma=True) == rotate.parse("1.500") == 1.5
