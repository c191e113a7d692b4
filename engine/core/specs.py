"""The settings of a training run, and the presets."""

from collections.abc import Iterable

from engine.core.errors import UserError
from engine.core.knobs import Knob, Preset, Spec, Value, in_sentence, knob, knobs, same_knob
from engine.core.language import mark, tr
from engine.core.layers.kinds import ACTIVATIONS, HiddenLayer, Layers, Pair, hidden_in
from engine.core.layers.language import in_words, parse_layers
from engine.core.layers.plan import Plan, plan_of

# The number of arrays that each optimiser keeps per weight array, besides its step and its rate.
SLOTS = {"sgd": 0, "momentum": 1, "adam": 2, "adagrad": 1, "rmsprop": 1}

# The learning rate by optimiser with which networks of this size learn.
USUAL_RATES = {"sgd": 0.1, "momentum": 0.01, "adam": 0.001, "adagrad": 0.03, "rmsprop": 0.001}

LONGEST_CLASSES = 5000  # letters of the setting `classes`


def say_setting(name: str, value: Value) -> str:
    """Return the value of a training's setting in the window's words."""
    return in_words(parse_layers(str(value))) if name == "layers" else knobs(TrainSpec)[name].say(value)


def read_setting(text: str, wrong: str, example: str) -> tuple[Knob, str]:
    """Return the setting in a text like `example`, and what stands behind the sign.

    Without one, raises a `UserError` with the sentence `wrong`, where `{text}` stands for the text.
    """
    name, sign, rest = text.partition("=")
    setting = knobs(TrainSpec).get(name.strip().replace("-", "_"))
    if not sign or setting is None:
        hint = tr("Write {example}. There are {names}.", example=example, names=", ".join(knobs(TrainSpec)))
        raise UserError(tr(wrong, text=text), hint=hint)
    return setting, rest


def loss_words(loss: str) -> str:
    """Return the name of a loss within a sentence: `binary cross-entropy (clipped)`."""
    return in_sentence(str(knobs(TrainSpec)["loss"].say(loss)))


def say_losses(losses: Iterable[str]) -> str:
    """Return the losses of several runs in words: one name, or `each its own: squared error, …`."""
    names = [loss_words(loss) for loss in dict.fromkeys(losses)]
    return names[0] if len(names) == 1 else tr("each its own: {names}", names=", ".join(names))


FEW_STEPS = 10  # steps of an epoch that has fewer images than the batch setting


def fitted_batch(batch: int, images: int) -> int:
    """Return the batch size that is used with that number of training images: the setting, if there are enough."""
    # All images in one batch would make a single step of each epoch, and the network would hardly learn.
    return batch if batch <= images else max(1, images // FEW_STEPS)


def check_classes(text: str) -> None:
    """Raise `UserError` for a text that is too long; which classes it names depends on the data."""
    if len(text) > LONGEST_CLASSES:
        raise UserError(tr("Classes: at most {most:,} letters, not {count:,}.", most=LONGEST_CLASSES, count=len(text)))


class TrainSpec(Spec):
    """All settings of a run; together with the data set they determine it bit for bit."""

    layers: str = knob(
        "300",
        title=mark("Hidden layers"),
        help=mark(
            "Widths of the hidden layers, such as 300 or 128, 64; conv 16 is a convolution with 16 feature maps. "
            "A layer can name an activation of its own: 300 relu, 100 tanh. There are kernels, strides, normalisation, "
            "pooling, blocks and more: conv 16 5x5 stride 2, batchnorm, relu, maxpool, residual(conv 16, conv 16)."
        ),
        check_text=parse_layers,
    )
    activation: str = knob(
        "relu",
        title=mark("Activation"),
        help=mark("What a hidden neuron does with the sum of its inputs, in all layers that name nothing else."),
        choices=ACTIVATIONS,
    )
    initial: str = knob(
        "blog",
        title=mark("Initial weights"),
        help=mark(
            "Where training starts. N(0, 0.03): the blog's weights, with biases N(0, 1). "
            "Glorot and He fit the layers' widths."
        ),
        choices={"blog": mark("N(0, 0.03)"), "glorot": "Glorot", "he": "He"},  # no text
    )
    loss: str = knob(
        "clipped",
        title=mark("Loss"),
        help=mark(
            "What training minimises. Binary cross-entropy (clipped): the blog's, with both terms, "
            "y log p + (1 - y) log(1 - p)."
        ),
        choices={
            "clipped": mark("Binary cross-entropy (clipped)"),
            "cross_entropy": mark("Cross-entropy"),
            "squared": mark("Squared error"),
        },
    )
    optimizer: str = knob(
        "sgd",
        title=mark("Optimiser"),
        help=mark("How a gradient becomes a step. SGD walks straight down; the others remember earlier gradients."),
        choices={
            "sgd": "SGD",
            "momentum": "Momentum",  # no text
            "adam": "Adam",  # no text
            "adagrad": "Adagrad",  # no text
            "rmsprop": "RMSprop",
        },
    )
    momentum: float = knob(
        0.9,
        title=mark("Momentum"),
        help=mark("The share of a step that continues in the next one. Only the optimiser Momentum uses it."),
        within=(0.0, 0.999),
    )
    batch: int = knob(100, title=mark("Batch"), help=mark("How many images each step learns from."), within=(1, 10_000))
    epochs: int = knob(
        40, title=mark("Epochs"), help=mark("How many times each training image is seen."), within=(1, 10_000)
    )
    seed: int = knob(
        1,
        title=mark("Seed"),
        help=mark("The same seed and settings give the same run, bit for bit, on the same machine with as many cores."),
        within=(0, 2**31 - 1),
    )
    stop_at: float = knob(
        0.0,
        title=mark("Stop at accuracy"),
        help=mark(
            "Stop as soon as the test accuracy reaches this, or with a validation part the accuracy on that; "
            "empty or 0: never stop early."
        ),
        within=(0.0, 1.0),
        percent=True,
        zero=mark("never"),
    )
    learning_rate: float = knob(
        0.1,
        title=mark("Learning rate"),
        help=mark("How far each step goes. Too small crawls, too large diverges."),
        within=(1e-6, 100.0),
        live=True,
        scale="log",
    )
    schedule: str = knob(
        "constant",
        title=mark("Rate schedule"),
        help=mark(
            "How the learning rate falls until the last epoch; where a run continues, until the new last one. In two "
            "steps: to a tenth at one half, and again at three quarters. Cosine: evenly, to nearly zero."
        ),
        choices={"constant": mark("Constant rate"), "step": mark("In two steps"), "cosine": mark("Cosine")},
    )
    warmup: float = knob(
        0.0,
        title=mark("Warm-up epochs"),
        help=mark("How many epochs the learning rate takes to grow to its value; empty or 0: it is there at once."),
        within=(0.0, 10_000.0),
        zero=mark("none"),
    )
    dropout: float = knob(
        0.0,
        title=mark("Dropout"),
        help=mark("The share of hidden neurons that sit out each step, against overfitting."),
        within=(0.0, 0.9),
        live=True,
        percent=True,
    )
    l2: float = knob(
        0.0,
        title="L2",
        help=mark("This times the sum of the squared weights is added to the loss, so that they stay small."),
        within=(0.0, 0.1),
        live=True,
    )
    decay: float = knob(
        0.0,
        title=mark("Weight decay"),
        help=mark("Each step takes this times the learning rate off all weights, whatever the gradient (AdamW)."),
        within=(0.0, 1.0),
        live=True,
    )
    smoothing: float = knob(
        0.0,
        title=mark("Label smoothing"),
        help=mark(
            "The share of each label that is spread evenly over all classes, so that the network is less confident. "
            "The losses that are shown are those of the plain labels."
        ),
        within=(0.0, 0.9),
        live=True,
        percent=True,
    )
    shift: int = knob(
        0,
        title=mark("Shift"),
        help=mark("Each training image is moved by up to that many pixels, redrawn every epoch."),
        within=(0, 8),
    )
    rotate: float = knob(
        0.0,
        title=mark("Rotate"),
        help=mark("Each training image is turned by up to that many degrees, redrawn every epoch."),
        within=(0.0, 45.0),
    )
    scale: float = knob(
        0.0,
        title=mark("Scale"),
        help=mark("Each training image is made larger or smaller by up to this share, redrawn every epoch."),
        within=(0.0, 0.5),
        percent=True,
    )
    noise: float = knob(
        0.0,
        title=mark("Noise"),
        help=mark("Standard deviation of the noise added to each pixel (0 to 1), redrawn every epoch."),
        within=(0.0, 1.0),
    )
    images: int = knob(
        0,
        title=mark("Images"),
        help=mark(
            "How many training images the run learns from, of each class the same share; empty or 0: all there are."
        ),
        within=(0, 10_000_000),
        zero=mark("all"),
    )
    wrong_labels: float = knob(
        0.0,
        title=mark("Wrong labels"),
        help=mark("The share of training images that get the label of another class. The test images keep theirs."),
        within=(0.0, 1.0),
        percent=True,
    )
    validation: float = knob(
        0.0,
        title=mark("Validation"),
        help=mark(
            "The share of the training images that is held out, of each class the same. The network does not learn "
            "from them: the best epoch is chosen on them, and Stop at accuracy acts on them; empty or 0: none."
        ),
        within=(0.0, 0.5),
        percent=True,
        zero=mark("none"),
    )
    classes: str = knob(
        "",
        title=mark("Classes"),
        help=mark(
            "Which classes the run learns from, such as 0-4 or 0, 3, 7, or by name; empty: all. "
            "It is tested on all of them."
        ),
        check_text=check_classes,
        zero=mark("all"),
    )

    @property
    def network(self) -> Layers:
        """The layers in order, each with its activation."""
        return parse_layers(self.layers, self.activation)

    def plan(self, shape: Pair, classes: int) -> Plan:
        """Return the plan of the network for images of `shape` (rows, columns); raises as `plan_of` does."""
        return plan_of(self.network, shape, classes)

    @property
    def hidden(self) -> tuple[HiddenLayer, ...]:
        """The hidden layers in the order of their numbers, each with its activation."""
        return tuple(hidden_in(self.network))


class DataSpec(Spec):
    """The settings of a run that determine what it learns from: `DataSpec.from_dict(spec.as_dict())`."""

    images: int = same_knob(TrainSpec, "images")
    wrong_labels: float = same_knob(TrainSpec, "wrong_labels")
    validation: float = same_knob(TrainSpec, "validation")
    classes: str = same_knob(TrainSpec, "classes")
    seed: int = same_knob(TrainSpec, "seed")


# The settings that may change while a run trains.
LIVE = tuple(name for name, declared in knobs(TrainSpec).items() if declared.live)

# The settings that most presets and experiments start from.
ADAM = TrainSpec(initial="he", loss="cross_entropy", optimizer="adam", learning_rate=0.001)

PRESETS = {
    "blog": Preset(
        mark("Blog post"),
        mark("The network of “Understanding Tensorflow with MNIST”: 300 hidden neurons, 40 epochs."),
        TrainSpec(),
    ),
    "quick": Preset(
        mark("Small and quick"),
        mark("64 hidden neurons and Adam: fits the embedded sample, done in seconds."),
        ADAM.but(layers="64", learning_rate=0.002, batch=50, epochs=15),
    ),
    "conv": Preset(
        mark("Convolutional"),
        mark("Two layers of small filters that look at neighbouring pixels: slower, and reads better."),
        ADAM.but(layers="conv 16, conv 32, 64", learning_rate=0.002, epochs=5),
    ),
    "overfitting": Preset(
        mark("Overfitting"),
        mark("Two layers of 300 learn the training images by heart: after some epochs the test loss rises again."),
        ADAM.but(layers="300, 300", batch=50, epochs=30),
    ),
}
