"""Parts that the scripts share: reading data and weights, the network through the lens, Keras' model."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from string import Template
from typing import Any

from engine.base.lazy import np
from engine.base.specs import DataSpec, TrainSpec, has_several_activations
from engine.base.text import printable
from engine.data.learned import LABEL_SEED, SAMPLE_SEED, chooses
from engine.scripts.parts.scene import DataFile, Looked

MOST_NAMED = (6, 3)
"""Changed neurons that take more lines than that, in the only hidden layer or in one of several, are told by arrays in
the file of the weights."""

WIDTH, WIDEST = 100, 116

MANY = 2
"""Where there are more hidden layers than that, they are gone through in a loop."""

PARTS = 10
"""Number of batches in which a network reads many images: at once they would take much memory."""

MOST_LAYERS, MOST_IMAGES = 9, 10_000_000
"""Maximum values of the settings that number layers and images."""

NEEDS = "Needs only NumPy and TensorFlow 2; draws a picture where matplotlib is installed."

NEEDS_NUMPY = "Needs only NumPy; draws a picture where matplotlib is installed."

ACTIVATIONS = {
    "relu": "tf.nn.relu",
    "tanh": "tf.tanh",
    "sigmoid": "tf.sigmoid",
    "gelu": "tf.nn.gelu",
    "leaky_relu": "tf.nn.leaky_relu",
}


def filled(template: str, **parts: str) -> str:
    """Return the script: the template with its parts. A line of the template for nothing but an empty part goes."""
    names = "|".join(name for name, part in parts.items() if not part) or "-"
    text = Template(re.sub(rf"^ *\$({names})\n", "", template, flags=re.MULTILINE)).substitute(parts)
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip() + "\n"
    return re.sub(r"\n{4,}", "\n\n\n", text)


def drawn(name: str, lines: str) -> str:
    """Return the end of a script: `lines` draw with matplotlib's `plt`, where it is installed; shown and saved."""
    return f"""
try:
    import matplotlib.pyplot as plt
except ImportError:
    print("No picture is drawn: matplotlib is not installed.")
else:
{indented(lines)}
    plt.savefig("{name}-result.png", dpi=150)
    plt.show()"""


def quoted(text: str) -> str:
    """Return a text as Python writes it."""
    return repr(text) if not text.isprintable() else json.dumps(text, ensure_ascii=False)


def head(sentence: str, *more: str) -> str:
    """Return a script's docstring: what it does, in a sentence, and more below."""
    # A run's title is a person's own words: they may not end the docstring.
    told = printable(" ".join(filter(None, more))).replace("\\", "/").replace('"', "'")
    body = textwrap.wrap(told, WIDEST)
    return "\n".join([f'"""{sentence}', "", *body, '"""'])


def comment(text: str) -> str:
    """Return a comment of as many lines as it needs; names in it are a stranger's, and may not end a line."""
    return textwrap.fill(printable(text), WIDEST, initial_indent="# ", subsequent_indent="# ")


def indented(text: str, depth: int = 1) -> str:
    """Return lines further to the right."""
    return textwrap.indent(text, depth * "    ")


# Data and weights -------------------------------------------------------------------------------------------------


def data_lines(data: DataFile, *parts: str) -> str:
    """Return the lines that read `train` or `test` images and labels, or both."""
    lines = [f"data = np.load({quoted(data.path)})"]
    for part in parts:
        chosen = f"[{data.first}:]" if part == "train" and data.first else ""
        rows, columns = data.shape
        shape = "" if data.is_plain else f".reshape(-1, {rows}, {columns})"
        flat = "" if data.is_plain else ".ravel()"
        lines.append(f'{part}_images = data["x_{part}"]{chosen}{shape}.astype(np.float32) / 255')
        lines.append(f'{part}_labels = data["y_{part}"]{chosen}{flat}.astype(np.int32)')
        if chosen:
            lines[-1] += f"  # the first {data.first:,} are set aside"
    return "\n".join(lines)


HELD_OUT = """\
chosen = {}
held_out = max(1, round({!r} * len(chosen)))  # the last ones are for validation: nothing is learned from them
validation, chosen = np.sort(chosen[-held_out:]), np.sort(chosen[:-held_out])"""


def learned_lines(spec: DataSpec | TrainSpec, classes: Sequence[int]) -> str:
    """Return the lines that choose what a run learns from: `chosen` numbers of training images, `learned_labels`.

    None where its settings choose nothing. `classes` are the chosen ones, by number, as `scene.given` has them.
    """
    if not chooses(spec):
        return ""
    few = f"[:{spec.images}]" if spec.images else ""
    drawn = f'order[np.argsort(place, kind="stable"){few}]'
    drawn = HELD_OUT.format(drawn, spec.validation) if spec.validation else f"chosen = np.sort({drawn})"
    sample, label = (", ".join(map(str, each)) for each in (SAMPLE_SEED, LABEL_SEED))
    lines = f"""\
# What the run learns from: of each class the same share, in a seeded order
classes = np.array({list(classes)})
order = np.random.default_rng([{spec.seed}, {sample}]).permutation(len(train_labels))
order = order[np.isin(train_labels[order], classes)]
place = np.zeros(len(order))
for each in classes:
    own = train_labels[order] == each
    place[own] = (np.arange(own.sum()) + 0.5) / max(1, own.sum())
{drawn}
learned_labels = train_labels[chosen]"""
    if not spec.wrong_labels:
        return lines
    return f"""\
{lines}
generator = np.random.default_rng([{spec.seed}, {label}])  # a share of them has the label of another class
turn, others = generator.permutation(len(train_labels)), generator.random(len(train_labels))
wrong = np.argsort(turn[chosen])[: round({spec.wrong_labels!r} * len(chosen))]
step = 1 + (others[chosen[wrong]] * (len(classes) - 1)).astype(int)
learned_labels[wrong] = classes[(np.searchsorted(classes, learned_labels[wrong]) + step) % len(classes)]"""


def weight_lines(path: str) -> str:
    """Return the line that reads the weights."""
    line = f"weights = dict(np.load({quoted(path)}))"
    what = "  # layer1/kernel, layer1/bias, ..."
    return line + what if len(line + what) <= WIDTH else line


def saved_lens(looked: Looked) -> dict[str, Any]:
    """Return the arrays for the file of the weights: of the layers whose changed neurons are too many to be named."""
    arrays: dict[str, Any] = {}
    for number, change in enumerate(looked.passed, 1):
        if change is not None and _named(looked, number) is None:
            arrays |= {f"layer{number}/passed": change.factors, f"layer{number}/added": change.offsets}
    return arrays


def lens_lines(looked: Looked, *, is_linear: bool = False) -> str:
    """Return the lines that say what silenced and adjusted neurons pass on; none where there are none.

    With `is_linear` only factors are told, and none of layers whose changed neurons the file of the weights tells.
    """
    blocks = []
    for number, change in enumerate(looked.passed, 1):
        named = _named(looked, number)
        if change is None or (named is None and (_is_loop(looked) or is_linear)):
            continue
        named = [line for line in named if not line.startswith("added")] if named and is_linear else named
        lines = [
            f"# What the neurons of layer {number} pass on of their output: nothing those that are silenced"
        ]
        lines += named or [
            f'passed{number}, added{number} = weights["layer{number}/passed"], weights["layer{number}/added"]'
        ]
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


def factors(looked: Looked, number: int) -> str:
    """Return what a changed layer's outputs are multiplied with, where the file's arrays are called `weights`."""
    return f'weights["layer{number}/passed"]' if _named(looked, number) is None else f"passed{number}"


def adds(looked: Looked, number: int) -> bool:
    """Whether there is more to a layer's changes than factors."""
    change = looked.passed[number - 1]
    return change is not None and (bool(change.offsets.any()) or _named(looked, number) is None)


def _is_loop(looked: Looked) -> bool:
    return len(looked.hidden) > MANY


def _named(looked: Looked, number: int) -> list[str] | None:
    """Return the lines that name the changed neurons of a layer; `None` where they are too many."""
    change = looked.passed[number - 1]
    if change is None or _is_loop(looked):
        return None
    width = len(change.factors)
    silent = np.flatnonzero((change.factors == 0) & (change.offsets == 0))
    others = np.flatnonzero((change.factors != 1) & ((change.factors != 0) | (change.offsets != 0)))
    lines = [f"passed{number} = np.ones({width}, np.float32)"]
    lines += [f"passed{number}[np.r_[{_ranges(silent)}]] = 0"] if silent.size else []
    lines += [f"passed{number}[{each}] = {float(change.factors[each]):.7g}" for each in others]
    moved = np.flatnonzero(change.offsets)
    lines += [f"added{number} = np.zeros({width}, np.float32)"] if moved.size else []
    lines += [f"added{number}[{each}] = {float(change.offsets[each]):.7g}" for each in moved]
    lines = [each for line in lines for each in _wrapped(line)]
    return lines if len(lines) <= MOST_NAMED[len(looked.hidden) > 1] else None


def _ranges(numbers: Any) -> str:
    """Return rising numbers as `3, 7, 20:41`."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    return ", ".join(
        str(run[0])
        if len(run) == 1
        else f"{run[0]}, {run[1]}"
        if len(run) == 2
        else f"{run[0]}:{run[-1] + 1}"
        for run in runs
    )


def _wrapped(line: str) -> list[str]:
    kept = line.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")  # Python goes on only within brackets
    lines = textwrap.wrap(kept, WIDTH, subsequent_indent="    ", break_long_words=False)
    return [each.replace("\N{NO-BREAK SPACE}", " ") for each in lines]


# Networks ---------------------------------------------------------------------------------------------------------


def network_lines(looked: Looked, sums_of: int | None = None) -> str:
    """Return the function `network`, through the lens; with `sums_of` it returns a layer's sums (from 0) as well."""
    rows, columns = looked.shape
    more = "" if sums_of is None else f", and the sums that enter layer {sums_of + 1}"
    is_the_posts = len(looked.hidden) == 1 and not looked.convolutions
    body = (_loops if _is_loop(looked) else _as_in_the_post if is_the_posts else _one_by_one)(looked, sums_of)
    lines = [
        "def network(images):",
        f'    """Return what each hidden layer makes of images (n, {rows}, {columns}), and the logits{more}."""',
        *("    " + line for line in body),
    ]
    names = ", ".join(f"hidden{number}" for number in range(1, len(looked.hidden) + 1)) or "x"
    names = "hidden_out" if is_the_posts else names
    hidden, end = "hidden" if _is_loop(looked) else f"[{names}]", "" if sums_of is None else ", sums"
    return "\n".join([*lines, f"    return {hidden}, logits{end}"])


def _as_in_the_post(looked: Looked, sums_of: int | None) -> list[str]:
    """Return the body of `network` for one fully connected hidden layer, with the blog post's names."""
    lines = [_flat(looked, "images")]
    lines += [f'W{n}, b{n} = weights["layer{n}/kernel"], weights["layer{n}/bias"]' for n in (1, 2)]
    sums = "x @ W1 + b1"
    if sums_of is not None:
        lines, sums = [*lines, f"sums = {sums}"], "sums"
    lens = _lens(looked, 1, ("", "", "passed1", "added1"))
    return [*lines, f"hidden_out = {_activation(looked, 1)}({sums}){lens}", "logits = hidden_out @ W2 + b2"]


def _one_by_one(looked: Looked, sums_of: int | None) -> list[str]:
    lines = ["x = images[..., tf.newaxis]"] if looked.convolutions else [_flat(looked, "images")]
    for number in range(1, len(looked.hidden) + 1):
        make = _convolution if number <= looked.convolutions else _dense
        names = f"layer{number}", f"hidden{number}", f"passed{number}", f"added{number}"
        lines += make(looked, number, names, is_wanted=sums_of == number - 1)
        if number == looked.convolutions:
            lines.append(_flat(looked, "x"))
    return [*lines, _logits(looked)]


def _flat(looked: Looked, what: str) -> str:
    return f"x = tf.reshape({what}, (-1, {int(np.prod(looked.places))}))"


def _logits(looked: Looked) -> str:
    last = len(looked.hidden) + 1
    return f'logits = x @ weights["layer{last}/kernel"] + weights["layer{last}/bias"]'


type _Names = tuple[str, str, str, str]


def _lens(looked: Looked, number: int, names: _Names) -> str:
    if looked.passed[number - 1] is None:
        return ""
    return f" * {names[2]}" + (f" + {names[3]}" if adds(looked, number) else "")


def _activation(looked: Looked, number: int) -> str:
    """Return the function of the hidden layer with that number, from 1."""
    return ACTIVATIONS[looked.hidden[number - 1].activation]


def activation_list(looked: Looked) -> str:
    """Return a list of the functions of all hidden layers; empty where all have the same."""
    if not has_several_activations(looked.hidden):
        return ""
    return f"[{', '.join(_activation(looked, number + 1) for number in range(len(looked.hidden)))}]"


def _convolution(looked: Looked, number: int, names: _Names, *, is_wanted: bool) -> list[str]:
    layer, hidden, *_ = names
    sums = f'tf.nn.conv2d(x, weights["{layer}/kernel"], 1, "SAME") + weights["{layer}/bias"]'
    wanted = [f"x = {sums}", "sums = tf.reduce_mean(x, axis=(1, 2))"] if is_wanted else []
    return [
        *wanted,
        f"x = {_activation(looked, number)}({'x' if is_wanted else sums}){_lens(looked, number, names)}",
        f"{hidden} = tf.reduce_mean(x, axis=(1, 2))  # feature maps, averaged",
        'x = tf.nn.max_pool2d(x, 2, 2, "SAME")',
    ]


def _dense(looked: Looked, number: int, names: _Names, *, is_wanted: bool) -> list[str]:
    layer, hidden, *_ = names
    sums = f'x @ weights["{layer}/kernel"] + weights["{layer}/bias"]'
    wanted, inner = ([f"sums = {sums}"], "sums") if is_wanted else ([], sums)
    return [*wanted, f"{hidden} = x = {_activation(looked, number)}({inner}){_lens(looked, number, names)}"]


def _loops(looked: Looked, sums_of: int | None) -> list[str]:
    """Return the body of `network` for many layers; what the lens changes lies in the file of the weights."""
    several, first, end = activation_list(looked), looked.convolutions + 1, len(looked.hidden) + 1
    act = "activations[n - 1]" if several else _activation(looked, 1)
    kernel, bias = 'weights[f"layer{n}/kernel"]', 'weights[f"layer{n}/bias"]'
    lens = (
        ' * weights.get(f"layer{n}/passed", 1) + weights.get(f"layer{n}/added", 0)'
        if any(looked.passed)
        else ""
    )
    lines = [f"activations = {several}"] if several else []
    lines.append("hidden = []")
    if looked.convolutions:
        lines += ["x = images[..., tf.newaxis]", f"for n in range(1, {first}):"]
        lines.append(f'    x = tf.nn.conv2d(x, {kernel}, 1, "SAME") + {bias}')
        if (sums_of or 0) + 1 < first:
            lines += ["    " + line for line in _sums(sums_of, "tf.reduce_mean(x, axis=(1, 2))")]
        lines += [f"    x = {act}(x){lens}", "    hidden.append(tf.reduce_mean(x, axis=(1, 2)))  # averaged"]
        lines.append('    x = tf.nn.max_pool2d(x, 2, 2, "SAME")')
    lines.append(_flat(looked, "x" if looked.convolutions else "images"))
    if first < end:
        body = [f"x = x @ {kernel} + {bias}"]
        body += _sums(sums_of, "x", is_one=first + 1 == end) if (sums_of or 0) + 1 >= first else []
        body += [f"x = {act}(x){lens}", "hidden.append(x)"]
        lines += _for_each(range(first, end), body)
    return [*lines, _logits(looked)]


def _for_each(numbers: range, body: Sequence[str]) -> list[str]:
    """Return a loop over `n`; of a single number its body alone."""
    if len(numbers) > 1:
        return [f"for n in range({numbers.start}, {numbers.stop}):", *("    " + line for line in body)]
    plain = (line.replace("{n}", str(numbers.start)) for line in body)
    return [re.sub(r'\bf("[^"{}]*")', r"\1", line) for line in plain]


def _sums(sums_of: int | None, what: str, *, is_one: bool = False) -> list[str]:
    if sums_of is None:
        return []
    return [f"sums = {what}"] if is_one else [f"if n == {sums_of + 1}:", f"    sums = {what}"]


def answer_lines(which: str = "test_images", /, **wanted: str) -> str:
    """Return the lines that let the network look at many images, called `which`.

    `wanted` are names and what of its answers.
    """
    lines = [
        f"# All {which.replace('_', ' ')}, in {PARTS} parts: at once they would take much memory",
        f"parts = [network(part) for part in np.array_split({which}, {PARTS})]",
    ]
    lines += [
        f"{name} = np.concatenate([{what} for layers, logits in parts])" for name, what in wanted.items()
    ]
    return "\n".join(lines)


def model_lines(looked: Looked, extra: Sequence[str] = ()) -> str:
    """Return the lines that make Keras' model; `extra` are layers behind each hidden one."""
    rows, columns = looked.shape
    layers = [f"tf.keras.Input(({rows}, {columns}))"]
    if looked.convolutions:
        layers.append(f"tf.keras.layers.Reshape(({rows}, {columns}, 1))")
    if _is_loop(looked) and not has_several_activations(looked.hidden):
        return _model_in_loops(looked, layers, extra)
    for layer in looked.hidden[: looked.convolutions]:
        how = f'padding="same", activation="{layer.activation}"'
        layers.append(f"tf.keras.layers.Conv2D({layer.width}, 3, {how})")
        layers += [*extra, 'tf.keras.layers.MaxPooling2D(2, padding="same")']
    layers.append("tf.keras.layers.Flatten()")
    for layer in looked.hidden[looked.convolutions :]:
        layers += [f'tf.keras.layers.Dense({layer.width}, activation="{layer.activation}")', *extra]
    lines = [f"    {layer}," for layer in layers]
    lines.append(f"    tf.keras.layers.Dense({looked.classes}),  # logits: softmax is part of the loss")
    return "\n".join(["model = tf.keras.Sequential([", *lines, "])"])


def _model_in_loops(looked: Looked, layers: Sequence[str], extra: Sequence[str]) -> str:
    lines = [f"model = tf.keras.Sequential([{', '.join(layers)}])"]
    more = [f"    model.add({layer})" for layer in extra]
    activation = looked.hidden[0].activation
    maps, widths = _widths(looked, 0, looked.convolutions), _widths(looked, looked.convolutions, None)
    if maps:
        lines.append(f"for width in [{maps}]:")
        lines.append(
            f'    model.add(tf.keras.layers.Conv2D(width, 3, padding="same", activation="{activation}"))'
        )
        lines += [*more, '    model.add(tf.keras.layers.MaxPooling2D(2, padding="same"))']
    lines.append("model.add(tf.keras.layers.Flatten())")
    if "," in widths:
        lines.append(f"for width in [{widths}]:")
        lines += [f'    model.add(tf.keras.layers.Dense(width, activation="{activation}"))', *more]
    elif widths:
        lines.append(f'model.add(tf.keras.layers.Dense({widths}, activation="{activation}"))')
        lines += [line.strip() for line in more]
    last = f"model.add(tf.keras.layers.Dense({looked.classes}))  # logits: softmax is part of the loss"
    return "\n".join([*lines, last])


def _widths(looked: Looked, first: int, end: int | None) -> str:
    return ", ".join(str(layer.width) for layer in looked.hidden[first:end])


LOSSES = {
    "clipped": '''def loss_of(labels, logits):
    """The two-sided cross-entropy of the blog post: of each image, from probabilities that are clipped."""
    y, y_ = tf.one_hot(labels, $classes), tf.nn.softmax(logits)
    y_clipped = tf.clip_by_value(y_, 1e-10, 0.9999999)
    return -tf.reduce_sum(y * tf.math.log(y_clipped) + (1 - y) * tf.math.log(1 - y_clipped), axis=1)''',
    "cross_entropy": '''def loss_of(labels, logits):
    """The cross-entropy of each image: minus the logarithm of the right class' probability."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)''',
    "squared": '''def loss_of(labels, logits):
    """The squared distance between the probabilities and the right class' unit vector, of each image."""
    y, y_ = tf.one_hot(labels, $classes), tf.nn.softmax(logits)
    return tf.reduce_sum(tf.square(y_ - y), axis=1)''',
}

OPTIMIZERS = {
    "sgd": "SGD({rate})",
    "momentum": "SGD({rate}, momentum=0.9)",
    "adam": "Adam({rate})",
    "adagrad": "Adagrad({rate})",
    "rmsprop": "RMSprop({rate})",
}


def loss_lines(looked: Looked) -> str:
    """Return the function `loss_of` of the run's loss."""
    return Template(LOSSES[looked.spec.loss]).substitute(classes=looked.classes)


def optimizer_lines(spec: Any, rates: Sequence[tuple[int, float]] = ()) -> str:
    """Return the lines that make the run's optimiser for `model`; `rates` are those set on the way, by step."""
    build = "optimizer.build(model.trainable_variables)"
    if not rates:
        made = OPTIMIZERS[spec.optimizer].format(rate=f"{spec.learning_rate:.7g}")
        return f"optimizer = tf.keras.optimizers.{made}\n{build}"
    values = ", ".join(f"{rate:.7g}" for rate in (spec.learning_rate, *(rate for _, rate in rates)))
    last = ", ".join(str(step - 1) for step, _ in rates)  # Keras counts the steps that were taken before
    made = OPTIMIZERS[spec.optimizer].format(rate="rate")
    schedule = f"tf.keras.optimizers.schedules.PiecewiseConstantDecay([{last}], [{values}])"
    return "\n".join([f"rate = {schedule}", f"optimizer = tf.keras.optimizers.{made}", build])
