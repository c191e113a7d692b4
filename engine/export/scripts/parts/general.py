"""The code of a network of any layers, made of the steps of its plan: in TensorFlow, in NumPy, and as Keras' model."""

import re
import textwrap
from collections.abc import Iterator, Sequence

from engine.core.layers import kinds
from engine.core.layers.kinds import Activation, ConvLayer, DenseLayer, Norm, Pair
from engine.core.layers.plan import HIDDEN, Channel, Join, Plan, Step, Sum
from engine.model.network.model import MOMENTUM

WIDTH = 100

IN_TENSORFLOW = kinds.ByActivation(
    {
        **{name: f"tf.nn.{name}" for name in kinds.LAYER_ACTIVATIONS},
        "tanh": "tf.tanh",
        "sigmoid": "tf.sigmoid",
        "linear": "",
    },
    lambda slope: f"tf.keras.layers.LeakyReLU({kinds.number_text(slope)})",
)

IN_NUMPY = kinds.ByActivation(
    {
        "relu": "np.maximum(x, 0)",
        "tanh": "np.tanh(x)",
        "sigmoid": "0.5 * (np.tanh(0.5 * x) + 1)",
        "gelu": "0.5 * x * (1 + erf(x / np.sqrt(2)))",
        "linear": "x",
        "elu": "np.where(x > 0, x, np.expm1(np.minimum(x, 0)))",
        "selu": "1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(np.minimum(x, 0)))",
        "silu": "x * 0.5 * (np.tanh(0.5 * x) + 1)",
        "relu6": "np.clip(x, 0, 6)",
        "softplus": "np.logaddexp(x, 0)",
    },
    lambda slope: f"np.where(x > 0, x, {kinds.number_text(slope)} * x)",
)


def tensorflow_lines(plan: Plan, lenses: Sequence[str], sums_of: int | None = None) -> list[str]:
    """Return the body of `network(images)` up to the logits: it appends to `hidden`, and defines `logits` and `sums`.

    `lenses` are the ends of expressions that change a hidden layer's output; `sums` are those of layer `sums_of`, from
    0, before its activation; feature maps are averaged.
    """
    return [*_lines(plan, "images", _TensorFlow(plan, lenses, sums_of))]


def numpy_lines(plan: Plan, lenses: Sequence[str]) -> list[str]:
    """Return the lines that take one `picture` to `x`, which the outputs read, and put hidden layers into `hidden`.

    They use `windows`, `resized` and functions of the activations by their names.
    """
    return [*_lines(plan, "picture", _NumPy(plan, lenses))]


def keras_lines(plan: Plan, extra: Sequence[str] = ()) -> list[str]:
    """Return the lines that define Keras' `model`, and `variables` and `kernels` in the order of the layers.

    `extra` are layers behind each hidden one.
    """
    rows, columns = plan.shape
    named = [f'"{_name(plan, step)}"' for step in plan.steps if step.weights]
    return [
        f"image = tf.keras.Input(({rows}, {columns}))",
        *_lines(plan, "image", _Keras(plan, extra)),
        "model = tf.keras.Model(image, logits)  # logits: softmax is part of the loss",
        *_list("layers = [model.get_layer(name) for name in [", named, "]]"),
        "variables = [variable for layer in layers for variable in layer.trainable_variables]",
        'kernels = [variable for variable in variables if variable.name == "kernel"]',
    ]


def identifier(activation: str) -> str:
    """Return the name of the function of an activation in code: `leaky_relu_0_3`."""
    return re.sub(r"\W", "_", activation)


def in_keras(activation: str) -> str:
    """Return an activation as code gives it to Keras: its name, or a layer where it has a slope of its own."""
    return f'"{activation}"' if activation in kinds.LAYER_ACTIVATIONS else IN_TENSORFLOW[activation]


def activations_in(plan: Plan) -> list[str]:
    """Return the activations that the steps of a plan have, each once, without the linear one."""
    names = [getattr(step.operation, "activation", getattr(step.operation, "name", "")) for step in plan.steps]
    return [name for name in dict.fromkeys(names) if name and name != "linear"]


def _name(plan: Plan, step: Step) -> str:
    """Return the name of a step's arrays."""
    return step.weights[0].name.rpartition("/")[0] if step.weights else step.name


def _list(first: str, items: Sequence[str], last: str) -> list[str]:
    """Return a list over as many lines as it needs."""
    if len(whole := f"{first}{', '.join(items)}{last}") <= WIDTH:
        return [whole]
    lines = [first]
    for item in items:
        if len(lines) == 1 or len(lines[-1]) + len(item) + 2 > WIDTH:
            lines.append(f"    {item},")
        else:
            lines[-1] += f" {item},"
    return [*lines, last]


def _wrapped(line: str) -> list[str]:
    """Return a line that is one call over as many lines as it needs."""
    # No break at the equals sign: Python continues a line only within brackets.
    unbroken = line.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    lines = textwrap.wrap(unbroken, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return [wrapped.replace("\N{NO-BREAK SPACE}", " ") for wrapped in lines]


class _Writer:
    """Writes the lines of one step."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def lines(self, step: Step, taken: Sequence[str], to: str) -> Iterator[str]:
        """Yield the lines that put what a step makes of the values named `taken` into the variable `to`."""
        raise NotImplementedError

    def in_common(self, step: Step, taken: Sequence[str], library: str) -> str:
        """Return the expression of a step that is the same in TensorFlow and in NumPy."""
        match step.operation:
            case Channel():
                return f"{taken[0]}[..., {library}.newaxis]"
            case kinds.Rescale(scale, offset):
                added = f" + {offset:.7g}" if offset > 0 else f" - {-offset:.7g}" if offset else ""
                return f"{taken[0]} * {scale:.7g}{added}"
            case Sum():
                return " + ".join(taken)
        raise TypeError(f"There is no code for {step.operation}.")


def _lines(plan: Plan, image: str, writer: _Writer) -> Iterator[str]:
    """Yield the lines of all steps; a value that only the next step reads is called `x`."""
    # Nothing of dropout remains outside training.
    is_in_training = isinstance(writer, _Keras)
    same = {0: 0}  # the value that a value is the same as
    steps, readers = list[tuple[int, Step, list[int]]](), dict[int, list[int]]()
    for value, step in enumerate(plan.steps, 1):
        reads = [same[read] for read in step.reads]
        is_left_out = isinstance(step.operation, kinds.Dropout) and not is_in_training
        same[value] = reads[0] if is_left_out else value
        if not is_left_out:
            for read in reads:
                readers.setdefault(read, []).append(len(steps))
            steps.append((value, step, reads))
    names = {0: image}
    for number, (value, step, reads) in enumerate(steps):
        is_next = set(readers.get(value, [])) == {number + 1}
        names[value] = "logits" if value == len(plan.steps) else "x" if is_next else step.name
        yield from writer.lines(step, [names[read] for read in reads], names[value])


def _pair(pair: Pair) -> str:
    return f"{pair[0]}" if pair[0] == pair[1] else f"({pair[0]}, {pair[1]})"


def _weight(step: Step, role: int) -> str:
    return f'weights["{step.weights[role].name}"]'


class _TensorFlow(_Writer):
    def __init__(self, plan: Plan, lenses: Sequence[str], sums_of: int | None) -> None:
        super().__init__(plan)
        self._lenses, self._sums_of = lenses, sums_of
        maps = (step.hidden for step in plan.steps if step.hidden is not None and len(step.shape) == 3)
        self._first_maps = next(maps, None)

    def lines(self, step: Step, taken: Sequence[str], to: str) -> Iterator[str]:
        x, operation = taken[0], step.operation
        if isinstance(operation, kinds.Flatten):
            yield f"{to} = tf.reshape({x}, (-1, {step.shape[0]}))"
            return
        if isinstance(operation, ConvLayer) and operation.groups > 1:
            count = operation.groups
            yield f"groups = zip(tf.split({x}, {count}, 3), tf.split({_weight(step, 0)}, {count}, 3))"
        if isinstance(operation, Norm):
            roles = ["mean", "variance"] if operation.kind == "batch" else []
            yield f'norm = [weights["{step.name}/" + name] for name in {[*roles, "beta", "gamma"]}]'.replace("'", '"')
        number = len(self.plan.hidden) if to == "logits" else self._number(step)
        if isinstance(operation, (DenseLayer, ConvLayer)):
            activation, sums = operation.activation, f"{self._product(step, x)} + {_weight(step, 1)}"
        else:
            activation, sums = getattr(operation, "name", "linear"), self._value(step, taken)
        # What a hidden layer's activation gets is what comes out of its normalisation, if it has one.
        is_wanted = self._sums_of is not None and number == self._sums_of and self._makes_sums(step)
        if is_wanted and activation != "linear":
            yield f"{to} = {sums}"
            yield from self._sums(step, to)
            sums, is_wanted = to, False
        function = IN_TENSORFLOW[activation]
        result = f"{function}({sums})" if function else sums
        lens = self._lenses[step.hidden] if step.hidden is not None else ""
        if is_wanted and lens:
            yield f"{to} = {result}"
            yield from self._sums(step, to)
            result, is_wanted = to, False
        line = f"{to} = {f'({result})' if lens and result == sums and result != to else result}{lens}"
        if len(line) > WIDTH and isinstance(operation, (DenseLayer, ConvLayer)) and result != to:
            yield f"{to} = {self._product(step, x)}"
            inner = f"{to} + {_weight(step, 1)}"
            line = f"{to} = {f'{function}({inner})' if function else f'({inner})' if lens else inner}{lens}"
        if line != f"{to} = {to}":
            yield from _wrapped(line)
        if is_wanted:
            yield from self._sums(step, to)
        if step.hidden is not None:
            about = "  # feature maps, averaged" if len(step.shape) == 3 and step.hidden == self._first_maps else ""
            yield f"hidden.append({self._averaged(step, to)}){about}"

    def _sums(self, step: Step, name: str) -> Iterator[str]:
        yield f"sums = {self._averaged(step, name)}"

    def _averaged(self, step: Step, name: str) -> str:
        return f"tf.reduce_mean({name}, axis=(1, 2))" if len(step.shape) == 3 else name

    def _number(self, step: Step) -> int | None:
        """Return the number of the hidden layer that a step belongs to."""
        name = step.name.partition("_")[0]
        return int(name[len(HIDDEN) :]) - 1 if name.startswith(HIDDEN) else None

    def _makes_sums(self, step: Step) -> bool:
        """Whether a step of a hidden layer is the last before its activation."""
        names = [other.name for other in self.plan.steps]
        own = step.name.partition("_")[0]
        return step.name == (f"{own}_norm" if f"{own}_norm" in names else own)

    def _product(self, step: Step, x: str) -> str:
        kernel, layer = _weight(step, 0), step.operation
        if not isinstance(layer, ConvLayer):
            return f"{x} @ {kernel}"
        padding = f'"{layer.padding.upper()}"'
        if layer.is_depthwise:
            strides = f"[1, {layer.stride[0]}, {layer.stride[1]}, 1]"
            more = f", dilations={list(layer.dilation)}" if layer.dilation != (1, 1) else ""
            return f"tf.nn.depthwise_conv2d({x}, {kernel}, {strides}, {padding}{more})"

        def convolved(one: str, own: str) -> str:
            if layer.dilation != (1, 1):  # `conv2d` has no gradient with it on a CPU
                return f"tf.nn.convolution({one}, {own}, padding={padding}, dilations={list(layer.dilation)})"
            return f"tf.nn.conv2d({one}, {own}, {_pair(layer.stride)}, {padding})"

        if layer.groups == 1:
            return convolved(x, kernel)
        return f"tf.concat([{convolved('part', 'own')} for part, own in groups], 3)"

    def _value(self, step: Step, taken: Sequence[str]) -> str:
        x = taken[0]
        match step.operation:
            case Norm("batch", epsilon):
                return f"tf.nn.batch_normalization({x}, *norm, {epsilon:.7g})"
            case Norm(_, epsilon):
                moments = f"*tf.nn.moments({x}, [-1], keepdims=True)"
                return f"tf.nn.batch_normalization({x}, {moments}, *norm, {epsilon:.7g})"
            case kinds.Pool(kind, size, stride, padding):
                function = "max_pool2d" if kind == "max" else "avg_pool2d"
                return f'tf.nn.{function}({x}, {_pair(size)}, {_pair(stride)}, "{padding.upper()}")'
            case kinds.GlobalPool(kind):
                return f"tf.reduce_{'max' if kind == 'max' else 'mean'}({x}, axis=(1, 2))"
            case kinds.Pad(top, bottom, left, right):
                return f"tf.pad({x}, [[0, 0], [{top}, {bottom}], [{left}, {right}], [0, 0]])"
            case kinds.Resize(rows, columns):
                return f"tf.image.resize({x}, ({rows}, {columns}))"
            case Join() | kinds.Colour():
                return f"tf.concat([{', '.join(taken)}], -1)"
            case Activation():
                return x
        return self.in_common(step, taken, "tf")


class _NumPy(_Writer):
    def __init__(self, plan: Plan, lenses: Sequence[str]) -> None:
        super().__init__(plan)
        self._lenses = lenses

    def lines(self, step: Step, taken: Sequence[str], to: str) -> Iterator[str]:
        if to == "logits":  # the script has them
            return
        x, operation = taken[0], step.operation
        activation = getattr(operation, "activation", getattr(operation, "name", "linear"))
        if isinstance(operation, (DenseLayer, ConvLayer)):
            yield from self._seen(step, x)
            yield f"{to} = {self._product(step, x)} + {_weight(step, 1)}"
        elif isinstance(operation, Norm):
            yield from self._norm(step, operation, x, to)
        elif not isinstance(operation, Activation):
            yield from _wrapped(f"{to} = {self._value(step, taken)}")
        elif activation == "linear":
            yield f"{to} = {x}"
        lens = self._lenses[step.hidden] if step.hidden is not None else ""
        if activation != "linear":
            yield f"{to} = {identifier(activation)}({x if isinstance(operation, Activation) else to}){lens}"
        elif lens:
            yield f"{to} = {to}{lens}"
        if step.hidden is not None:
            yield f"hidden.append({to})"

    def _norm(self, step: Step, norm: Norm, x: str, to: str) -> Iterator[str]:
        if norm.kind == "batch":
            mean, variance = _weight(step, 2), _weight(step, 3)
        else:
            mean, variance = f"{x}.mean(axis=-1, keepdims=True)", f"{x}.var(axis=-1, keepdims=True)"
        yield f"{to} = ({x} - {mean}) / np.sqrt({variance} + {norm.epsilon:.7g})"
        yield f"{to} = {to} * {_weight(step, 0)} + {_weight(step, 1)}"

    def _windows(self, step: Step, x: str, layer: ConvLayer | kinds.Pool, beyond: str = "") -> str:
        size = layer.kernel if isinstance(layer, ConvLayer) else layer.size
        dilation = layer.dilation if isinstance(layer, ConvLayer) else (1, 1)
        words = [f"{size}"]
        if layer.stride != (1, 1):
            words.append(f"strides={layer.stride}")
        if dilation != (1, 1):
            words.append(f"dilations={dilation}")
        if layer.padding == "same":
            edges = kinds.same_padding(self.plan.shape_of(step.reads[0]), size, layer.stride, dilation)
            words += [f"edges={edges}"] if any(map(any, edges)) else []
        words += [f"beyond={beyond}"] if beyond else []
        return f"windows({x}, {', '.join(words)})"

    def _product(self, step: Step, x: str) -> str:
        kernel, layer = _weight(step, 0), step.operation
        if not isinstance(layer, ConvLayer):
            return f"{x} @ {kernel}"
        if layer.is_depthwise:
            return f'np.einsum("rcmij,ijmk->rcmk", seen, {kernel}).reshape{step.shape}'
        if layer.groups == 1:
            return f'np.einsum("rcmij,ijmn->rcn", seen, {kernel})'
        return 'np.concatenate([np.einsum("rcmij,ijmn->rcn", part, own) for part, own in groups], axis=2)'

    def _seen(self, step: Step, x: str) -> Iterator[str]:
        if isinstance(layer := step.operation, ConvLayer):
            yield f"seen = {self._windows(step, x, layer)}"
            if (count := layer.groups) > 1:
                yield f"groups = zip(np.split(seen, {count}, 2), np.split({_weight(step, 0)}, {count}, 3))"

    def _value(self, step: Step, taken: Sequence[str]) -> str:
        x = taken[0]
        match step.operation:
            case kinds.Pool(kind) as pool:
                if kind == "max":
                    return f"{self._windows(step, x, pool, '-np.inf')}.max(axis=(3, 4))"
                return f"np.nanmean({self._windows(step, x, pool, 'np.nan')}, axis=(3, 4))"
            case kinds.GlobalPool(kind):
                return f"{x}.{'max' if kind == 'max' else 'mean'}(axis=(0, 1))"
            case kinds.Flatten():
                return f"{x}.ravel()"
            case kinds.Pad(top, bottom, left, right):
                return f"np.pad({x}, (({top}, {bottom}), ({left}, {right}), (0, 0)))"
            case kinds.Resize(rows, columns):
                return f"resized({x}, {rows}, {columns})"
            case Join() | kinds.Colour():
                return f"np.concatenate([{', '.join(taken)}], axis=-1)"
        return self.in_common(step, taken, "np")


class _Keras(_Writer):
    def __init__(self, plan: Plan, extra: Sequence[str]) -> None:
        super().__init__(plan)
        self._extra = extra

    def lines(self, step: Step, taken: Sequence[str], to: str) -> Iterator[str]:
        read = f"[{', '.join(taken)}]" if len(taken) > 1 else taken[0]
        fixed = ", training=False" if isinstance(step.operation, kinds.Resize) else ""
        name = f'name="{_name(self.plan, step)}"' if step.weights else ""
        kind, *words = self._layer(step)
        yield from _wrapped(f"{to} = tf.keras.layers.{kind}({', '.join(filter(None, [*words, name]))})({read}{fixed})")
        if step.hidden is not None:
            yield from (f"{to} = {layer}({to})" for layer in self._extra)

    def _layer(self, step: Step) -> list[str]:
        """Return the name of Keras' layer of a step, and its arguments."""
        match step.operation:
            case DenseLayer(width, activation):
                return ["Dense", f"{width}", _activated(activation)]
            case ConvLayer() as layer:
                shared = [
                    f"strides={_pair(layer.stride)}" if layer.stride != (1, 1) else "",
                    f'padding="{layer.padding}"' if layer.padding != "valid" else "",
                    f"dilation_rate={_pair(layer.dilation)}" if layer.dilation != (1, 1) else "",
                    f"groups={layer.groups}" if layer.groups > 1 else "",
                    _activated(layer.activation),
                ]
                if layer.is_depthwise:
                    multiplier = step.weights[0].shape[-1]
                    more = f"depth_multiplier={multiplier}" if multiplier > 1 else ""
                    return ["DepthwiseConv2D", _pair(layer.kernel), more, *shared]
                return ["Conv2D", f"{layer.width}", _pair(layer.kernel), *shared]
            case Norm("batch", epsilon):
                own = f"epsilon={epsilon:.7g}" if epsilon != 0.001 else ""
                return ["BatchNormalization", f"momentum={MOMENTUM}", own]
            case Norm(_, epsilon):
                return ["LayerNormalization", f"epsilon={epsilon:.7g}" if epsilon != 0.001 else ""]
            case kinds.Pool(kind, size, stride, padding):
                strides = f"strides={_pair(stride)}" if stride != size else ""
                padded = f'padding="{padding}"' if padding != "valid" else ""
                return [f"{'Max' if kind == 'max' else 'Average'}Pooling2D", _pair(size), strides, padded]
            case kinds.GlobalPool(kind):
                return [f"Global{'Max' if kind == 'max' else 'Average'}Pooling2D"]
            case Activation(name):
                return ["Activation", in_keras(name)]
            case kinds.Dropout(rate):
                return ["Dropout", f"{rate:.7g}"]
            case kinds.Rescale(scale, offset):
                return ["Rescaling", f"{scale:.7g}", f"{offset:.7g}" if offset else ""]
            case kinds.Pad(top, bottom, left, right):
                return ["ZeroPadding2D", f"(({top}, {bottom}), ({left}, {right}))"]
            case kinds.Resize(rows, columns):
                return ["Resizing", f"{rows}", f"{columns}"]
            case Channel():
                return ["Reshape", f"{step.shape}"]
        return [_PLAIN[type(step.operation)]]


_PLAIN: dict[type, str] = {kinds.Flatten: "Flatten", Sum: "Add", Join: "Concatenate", kinds.Colour: "Concatenate"}


def _activated(activation: str) -> str:
    return f"activation={in_keras(activation)}" if activation != "linear" else ""
