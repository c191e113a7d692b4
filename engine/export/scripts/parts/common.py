"""Parts that scripts share: the reading of data and weights, the network through the lens, Keras' model."""

import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from engine.core.errors import UserError
from engine.core.knobs import Spec
from engine.core.language import tr, untranslated
from engine.core.layers.language import MAX_HIDDEN
from engine.core.lazy import np
from engine.core.specs import DataSpec, TrainSpec, loss_words
from engine.export.scripts.parts.general import IN_TENSORFLOW, in_keras, keras_lines, tensorflow_lines
from engine.export.scripts.parts.template import Cell, Code, DataFile, Parts, Scene, ShownNetwork, quoted, shared
from engine.model.training.learned import LABEL_SEED, SAMPLE_SEED, chooses

# Maximum lines that name changed neurons of a layer, the only one or one of several; above, the weights' file has them.
MOST_NAMED = (6, 3)
WIDTH = 100
# Hidden layers that are written line by line; more are a loop. One loop for all would save 90 lines here, but a reader
# of the post would not find its `hidden_out = tf.nn.relu(x @ W1 + b1)`.
MANY = 2
MOST_LAYERS, MOST_IMAGES = MAX_HIDDEN + 1, 10_000_000  # maximum values of the settings that number layers and images


def needing(*names: str) -> Callable[[Spec], frozenset[str]]:
    """Return the function `needs` of a script that needs the same with all settings."""
    return lambda settings: frozenset(names)


def reading(scene: Scene[Any], *which: str) -> Parts:
    """Return the parts of a script that read weights and data, `train` or `test`, and define the network."""
    return {
        "data": data_cells(scene.source, *which) if which else "",
        "weights": weight_cells(scene.files["weights"]),
        "lens": lens_cells(scene.shown),
        "network": network_cells(scene.shown),
    }


def loss_name(spec: TrainSpec) -> str:
    """Return the name of a run's loss as the code has it."""
    with untranslated():
        return loss_words(spec.loss)


def picture_line(scene: Scene[Any], image: int) -> str:
    """Return the line that defines `picture`: the drawing, or a test image; raises `UserError` if there is none."""
    if "picture" in scene.files:
        return f'picture = np.load({quoted(scene.files["picture"])})["picture"]  # what the network receives'
    images = int(scene.extras["test_images"])
    if image >= images:
        raise UserError(tr("There is no test image {image:,}; the last is {last:,}.", image=image, last=images - 1))
    return f"picture = test_images[{image}]"


def data_cells(data: DataFile, *parts: str) -> list[Cell]:
    """Return the lines that read `train` or `test` images and labels, or both."""
    cells = [Cell(f"data = np.load({quoted(data.path)})", ("data",), is_shared=True)]
    for part in parts:
        chosen = f"[{data.first}:]" if part == "train" and data.first else ""
        rows, columns = data.shape
        shape = "" if data.is_plain else f".reshape(-1, {rows}, {columns})"
        flat = "" if data.is_plain else ".ravel()"
        aside = f"  # the first {data.first:,} are set aside" if chosen else ""
        for name, line in (
            (f"{part}_images", f'data["x_{part}"]{chosen}{shape}.astype(np.float32) / 255'),
            (f"{part}_labels", f'data["y_{part}"]{chosen}{flat}.astype(np.int32){aside}'),
        ):
            cells.append(Cell(f"{name} = {line}", (name,), "data", is_shared=True))
    return cells


def learned_lines(spec: DataSpec | TrainSpec, classes: Sequence[int]) -> str:
    """Return the lines that choose what a run learns from, `chosen` and `learned_labels`; perhaps none."""
    if not chooses(spec):
        return ""
    return shared(
        "learned",
        chosen_classes=list(classes),
        order_seed=[spec.seed, *SAMPLE_SEED],
        label_seed=[spec.seed, *LABEL_SEED],
        images=spec.images,
        validation=Code(repr(spec.validation)) if spec.validation else "",
        wrong_labels=Code(repr(spec.wrong_labels)) if spec.wrong_labels else "",
    )


def weight_cells(path: str) -> list[Cell]:
    """Return the line that reads the weights."""
    line = f"weights = dict(np.load({quoted(path)}))"
    what = "  # layer1/kernel, layer1/bias, ..."
    return [Cell(line + what if len(line + what) <= WIDTH else line, ("weights",), is_shared=True)]


def saved_lens(network: ShownNetwork) -> dict[str, Any]:
    """Return the arrays of those layers whose changed neurons are too many to name, for the file of the weights."""
    arrays: dict[str, Any] = {}
    for number, change in enumerate(network.passed, 1):
        if change is not None and _named(network, number) is None:
            arrays |= {f"layer{number}/passed": change.factors, f"layer{number}/added": change.offsets}
    return arrays


def lens_cells(network: ShownNetwork, *, is_linear: bool = False) -> list[Cell]:
    """Return the lines with factors and offsets of changed neurons; with `is_linear` only factors not in the file."""
    cells = []
    for number, change in enumerate(network.passed, 1):
        named = _named(network, number)
        if change is None or (named is None and (_is_loop(network) or is_linear)):
            continue
        about = f"# What the neurons of layer {number} pass on of their output: nothing those that are silenced"
        passed, added = f"passed{number}", f"added{number}"
        if named is None:
            line = f'{passed}, {added} = weights["layer{number}/passed"], weights["layer{number}/added"]'
            cells.append(Cell(f"{about}\n{line}", (passed, added), "weights", is_shared=True))
            continue
        offsets = [line for line in named if line.startswith(added)]
        factors = "\n".join([about, *(line for line in named if line not in offsets)])
        cells.append(Cell(factors, (passed,), is_shared=True))
        if offsets and not is_linear:
            cells.append(Cell("\n".join(offsets), (added,), is_shared=True))
    return cells


def lens_names(network: ShownNetwork, number: int) -> tuple[str, str]:
    """Return the names of the factors and the offsets of a changed layer in a script with `lens_cells`."""
    if _is_loop(network):
        return f'weights["layer{number}/passed"]', f'weights["layer{number}/added"]'
    return f"passed{number}", f"added{number}"


def factors(network: ShownNetwork, number: int) -> str:
    """Return the factors of a changed layer's outputs, where the file's arrays are called `weights`."""
    return f'weights["layer{number}/passed"]' if _named(network, number) is None else f"passed{number}"


def adds(network: ShownNetwork, number: int) -> bool:
    """Whether a layer's changes have offsets, too."""
    change = network.passed[number - 1]
    return change is not None and (bool(change.offsets.any()) or _named(network, number) is None)


def _is_loop(network: ShownNetwork) -> bool:
    return len(network.hidden) > MANY


def _named(network: ShownNetwork, number: int) -> list[str] | None:
    """Return the lines that name the changed neurons of a layer; `None` if they are too many."""
    change = network.passed[number - 1]
    if change is None or _is_loop(network):
        return None
    width = len(change.factors)
    silent = np.flatnonzero((change.factors == 0) & (change.offsets == 0))
    others = np.flatnonzero((change.factors != 1) & ((change.factors != 0) | (change.offsets != 0)))
    lines = [f"passed{number} = np.ones({width}, np.float32)"]
    lines += [f"passed{number}[np.r_[{_ranges(silent)}]] = 0"] if silent.size else []
    lines += [f"passed{number}[{neuron}] = {float(change.factors[neuron]):.7g}" for neuron in others]
    moved = np.flatnonzero(change.offsets)
    lines += [f"added{number} = np.zeros({width}, np.float32)"] if moved.size else []
    lines += [f"added{number}[{neuron}] = {float(change.offsets[neuron]):.7g}" for neuron in moved]
    lines = [wrapped for line in lines for wrapped in _wrapped(line)]
    return lines if len(lines) <= MOST_NAMED[len(network.hidden) > 1] else None


def _ranges(numbers: Any) -> str:
    """Return ascending numbers as `3, 7, 20:41`."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    return ", ".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}, {run[1]}" if len(run) == 2 else f"{run[0]}:{run[-1] + 1}"
        for run in runs
    )


def _wrapped(line: str) -> list[str]:
    # No break at the equals sign: Python continues a line only within brackets.
    unbroken = line.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    lines = textwrap.wrap(unbroken, WIDTH, subsequent_indent="    ", break_long_words=False)
    return [wrapped.replace("\N{NO-BREAK SPACE}", " ") for wrapped in lines]


def network_cells(network: ShownNetwork, sums_of: int | None = None) -> list[Cell]:
    """Return the function `network`, through the lens; with `sums_of` it also returns a layer's sums (from 0)."""
    rows, columns = network.shape
    more = "" if sums_of is None else f", and the sums that enter layer {sums_of + 1}"
    is_plain = network.plan.is_plain
    is_the_posts = is_plain and len(network.hidden) == 1 and not network.convolutions
    if is_plain:
        body = (_loops if _is_loop(network) else _as_in_the_post if is_the_posts else _one_by_one)(network, sums_of)
    else:
        body = tensorflow_lines(network.plan, lenses_of(network), sums_of)
        body = ["hidden = []", *body] if network.hidden else body
    lines = [
        "def network(images):",
        f'    """Return what each hidden layer makes of images (n, {rows}, {columns}), and the logits{more}."""',
        *("    " + line for line in body),
    ]
    names = ", ".join(f"hidden{number}" for number in range(1, len(network.hidden) + 1)) or "x"
    names = "hidden_out" if is_the_posts else names
    in_a_list = _is_loop(network) or (network.hidden and not is_plain)
    hidden, end = "hidden" if in_a_list else f"[{names}]", "" if sums_of is None else ", sums"
    lines.append(f"    return {hidden}, logits{end}")
    return [Cell("\n".join(lines), ("network",), is_shared=True)]


def _as_in_the_post(network: ShownNetwork, sums_of: int | None) -> list[str]:
    """Return the body of `network` for one dense hidden layer, with the blog post's names."""
    lines = [_flat(network, "images")]
    lines += [f'W{n}, b{n} = weights["layer{n}/kernel"], weights["layer{n}/bias"]' for n in (1, 2)]
    sums = "x @ W1 + b1"
    if sums_of is not None:
        lines, sums = [*lines, f"sums = {sums}"], "sums"
    lens = lens_of(network, 1)
    return [*lines, f"hidden_out = {activation_of(network, 1)}({sums}){lens}", "logits = hidden_out @ W2 + b2"]


def _one_by_one(network: ShownNetwork, sums_of: int | None) -> list[str]:
    lines = ["x = images[..., tf.newaxis]"] if network.convolutions else [_flat(network, "images")]
    for number in range(1, len(network.hidden) + 1):
        make = _convolution if number <= network.convolutions else _dense
        lines += make(network, number, is_wanted=sums_of == number - 1)
        if number == network.convolutions:
            lines.append(_flat(network, "x"))
    return [*lines, _logits(network)]


def _flat(network: ShownNetwork, what: str) -> str:
    return f"x = tf.reshape({what}, (-1, {int(np.prod(network.places))}))"


def _logits(network: ShownNetwork) -> str:
    last = len(network.hidden) + 1
    return f'logits = x @ weights["layer{last}/kernel"] + weights["layer{last}/bias"]'


def lens_of(network: ShownNetwork, number: int) -> str:
    """Return the lens' changes of a layer's output as the end of an expression; empty without changes."""
    if network.passed[number - 1] is None:
        return ""
    passed, added = lens_names(network, number)
    return f" * {passed}" + (f" + {added}" if adds(network, number) else "")


def lenses_of(network: ShownNetwork) -> list[str]:
    """Return `lens_of` each hidden layer."""
    return [lens_of(network, number) for number in range(1, len(network.hidden) + 1)]


def activation_of(network: ShownNetwork, number: int) -> str:
    """Return the function of the hidden layer with that number, from 1."""
    return IN_TENSORFLOW[network.hidden[number - 1].activation] or "tf.identity"


def activation_list(network: ShownNetwork) -> str:
    """Return a list of the functions of all hidden layers; empty if all have the same."""
    if len({layer.activation for layer in network.hidden}) < 2:
        return ""
    return f"[{', '.join(activation_of(network, number + 1) for number in range(len(network.hidden)))}]"


def _convolution(network: ShownNetwork, number: int, *, is_wanted: bool) -> list[str]:
    layer, hidden = f"layer{number}", f"hidden{number}"
    sums = f'tf.nn.conv2d(x, weights["{layer}/kernel"], 1, "SAME") + weights["{layer}/bias"]'
    wanted = [f"x = {sums}", "sums = tf.reduce_mean(x, axis=(1, 2))"] if is_wanted else []
    return [
        *wanted,
        f"x = {activation_of(network, number)}({'x' if is_wanted else sums}){lens_of(network, number)}",
        f"{hidden} = tf.reduce_mean(x, axis=(1, 2))  # feature maps, averaged",
        'x = tf.nn.max_pool2d(x, 2, 2, "SAME")',
    ]


def _dense(network: ShownNetwork, number: int, *, is_wanted: bool) -> list[str]:
    layer, hidden = f"layer{number}", f"hidden{number}"
    sums = f'x @ weights["{layer}/kernel"] + weights["{layer}/bias"]'
    wanted, inner = ([f"sums = {sums}"], "sums") if is_wanted else ([], sums)
    return [*wanted, f"{hidden} = x = {activation_of(network, number)}({inner}){lens_of(network, number)}"]


def _loops(network: ShownNetwork, sums_of: int | None) -> list[str]:
    """Return the body of `network` for many layers; the lens' changes are in the file of the weights."""
    several, first, end = activation_list(network), network.convolutions + 1, len(network.hidden) + 1
    act = "activations[n - 1]" if several else activation_of(network, 1)
    kernel, bias = 'weights[f"layer{n}/kernel"]', 'weights[f"layer{n}/bias"]'
    lens = ' * weights.get(f"layer{n}/passed", 1) + weights.get(f"layer{n}/added", 0)' if any(network.passed) else ""
    lines = [f"activations = {several}"] if several else []
    lines.append("hidden = []")
    if network.convolutions:
        lines += ["x = images[..., tf.newaxis]", f"for n in range(1, {first}):"]
        lines.append(f'    x = tf.nn.conv2d(x, {kernel}, 1, "SAME") + {bias}')
        if (sums_of or 0) + 1 < first:
            lines += ["    " + line for line in _sums(sums_of, "tf.reduce_mean(x, axis=(1, 2))")]
        lines += [f"    x = {act}(x){lens}", "    hidden.append(tf.reduce_mean(x, axis=(1, 2)))  # averaged"]
        lines.append('    x = tf.nn.max_pool2d(x, 2, 2, "SAME")')
    lines.append(_flat(network, "x" if network.convolutions else "images"))
    if first < end:
        body = [f"x = x @ {kernel} + {bias}"]
        body += _sums(sums_of, "x", is_one=first + 1 == end) if (sums_of or 0) + 1 >= first else []
        body += [f"x = {act}(x){lens}", "hidden.append(x)"]
        lines += _for_each(range(first, end), body)
    return [*lines, _logits(network)]


def _for_each(numbers: range, body: Sequence[str]) -> list[str]:
    """Return a loop over `n`; for a single number its body alone."""
    if len(numbers) > 1:
        return [f"for n in range({numbers.start}, {numbers.stop}):", *("    " + line for line in body)]
    # A loop before it may have left `n` at the number of another layer.
    plain = (line.replace("{n}", str(numbers.start)).replace("[n - 1]", f"[{numbers.start - 1}]") for line in body)
    return [re.sub(r'\bf("[^"{}]*")', r"\1", line) for line in plain]


def _sums(sums_of: int | None, what: str, *, is_one: bool = False) -> list[str]:
    if sums_of is None:
        return []
    return [f"sums = {what}"] if is_one else [f"if n == {sums_of + 1}:", f"    sums = {what}"]


def model_lines(network: ShownNetwork, extra: Sequence[str] = ()) -> str:
    """Return the lines that define Keras' model; `extra` are layers behind each hidden one."""
    if not network.plan.is_plain:
        return "\n".join(keras_lines(network.plan, extra))
    rows, columns = network.shape
    layers = [f"tf.keras.Input(({rows}, {columns}))"]
    if network.convolutions:
        layers.append(f"tf.keras.layers.Reshape(({rows}, {columns}, 1))")
    if _is_loop(network) and len({layer.activation for layer in network.hidden}) < 2:
        return _model_in_loops(network, layers, extra)
    for layer in network.hidden[: network.convolutions]:
        how = f'padding="same", activation={in_keras(layer.activation)}'
        layers.append(f"tf.keras.layers.Conv2D({layer.width}, 3, {how})")
        layers += [*extra, 'tf.keras.layers.MaxPooling2D(2, padding="same")']
    layers.append("tf.keras.layers.Flatten()")
    for layer in network.hidden[network.convolutions :]:
        layers += [f"tf.keras.layers.Dense({layer.width}, activation={in_keras(layer.activation)})", *extra]
    lines = [f"    {layer}," for layer in layers]
    lines.append(f"    tf.keras.layers.Dense({network.classes}),  # logits: softmax is part of the loss")
    return "\n".join(["model = tf.keras.Sequential([", *lines, "])"])


def _model_in_loops(network: ShownNetwork, layers: Sequence[str], extra: Sequence[str]) -> str:
    lines = [f"model = tf.keras.Sequential([{', '.join(layers)}])"]
    more = [f"    model.add({layer})" for layer in extra]
    activation = in_keras(network.hidden[0].activation)
    maps, widths = _widths(network, 0, network.convolutions), _widths(network, network.convolutions, None)
    if maps:
        lines.append(f"for width in [{maps}]:")
        lines.append(f'    model.add(tf.keras.layers.Conv2D(width, 3, padding="same", activation={activation}))')
        lines += [*more, '    model.add(tf.keras.layers.MaxPooling2D(2, padding="same"))']
    lines.append("model.add(tf.keras.layers.Flatten())")
    if "," in widths:
        lines.append(f"for width in [{widths}]:")
        lines += [f"    model.add(tf.keras.layers.Dense(width, activation={activation}))", *more]
    elif widths:
        lines.append(f"model.add(tf.keras.layers.Dense({widths}, activation={activation}))")
        lines += [line.strip() for line in more]
    last = f"model.add(tf.keras.layers.Dense({network.classes}))  # logits: softmax is part of the loss"
    return "\n".join([*lines, last])


def _widths(network: ShownNetwork, first: int, end: int | None) -> str:
    return ", ".join(str(layer.width) for layer in network.hidden[first:end])


OPTIMIZERS = {
    "sgd": "SGD({rate}{decay})",
    "momentum": "SGD({rate}, momentum={momentum!r}{decay})",
    "adam": "Adam({rate}{decay})",
    "adagrad": "Adagrad({rate}{decay})",
    "rmsprop": "RMSprop({rate}{decay})",
}


def loss_cells(network: ShownNetwork) -> list[Cell]:
    """Return the function `loss_of` of the run's loss."""
    spec = network.spec
    lines = shared("loss_of", loss=spec.loss, smoothing=spec.smoothing, classes=network.classes)
    return [Cell(lines, ("loss_of",), is_shared=True)]


def optimizer_lines(
    spec: TrainSpec, rates: Sequence[tuple[int, float]] = (), *, by_step: bool = False, is_plain: bool = True
) -> str:
    """Return the lines that make the run's optimiser for `model`.

    Its learning rate is that of the settings, with those of `rates` set during the run, by step. With `by_step` the
    script has them in an array `rates`.
    """
    lines, rate = [], f"{spec.learning_rate:.7g}"
    if by_step:
        lines.append("rate = lambda: tf.gather(rates, optimizer.iterations)")
        rate = "rate"
    elif rates:
        values = ", ".join(f"{rate:.7g}" for rate in (spec.learning_rate, *(rate for _, rate in rates)))
        last = ", ".join(str(step - 1) for step, _ in rates)  # Keras counts the steps that were taken before
        lines.append(f"rate = tf.keras.optimizers.schedules.PiecewiseConstantDecay([{last}], [{values}])")
        rate = "rate"
    decay = f", weight_decay={spec.decay:.7g}" if spec.decay else ""
    made = OPTIMIZERS[spec.optimizer].format(rate=rate, decay=decay, momentum=spec.momentum)
    lines.append(f"optimizer = tf.keras.optimizers.{made}")
    if spec.decay:
        if is_plain:
            lines.append("optimizer.exclude_from_weight_decay(model.trainable_variables[1::2])  # the biases")
        else:
            lines.append('others = [variable for variable in variables if variable.name != "kernel"]')
            lines.append("optimizer.exclude_from_weight_decay(others)")
    return "\n".join([*lines, f"optimizer.build({variables(is_plain=is_plain)})"])


def variables(*, is_plain: bool) -> Code:
    """Return the expression for the variables of `model_lines` that a training changes."""
    return Code("model.trainable_variables" if is_plain else "variables")


def kernels(*, is_plain: bool) -> Code:
    """Return the expression for the kernels among them."""
    return Code("model.trainable_variables[::2]" if is_plain else "kernels")
