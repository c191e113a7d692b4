"""The language in which a person writes a network's layers: `conv 16 5x5 stride 2, batchnorm, relu, maxpool, 64`.

A part is a layer, with commas between parts: its word, numbers and options in any order. docs/layers.md shows all of
them. Two parts may be one layer: a normalisation and an activation belong to the hidden layer that they follow.
"""

import difflib
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, NoReturn

from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_context
from engine.core.layers.kinds import (
    LAYER_ACTIVATIONS,
    Activation,
    Branches,
    Colour,
    ConvLayer,
    DenseLayer,
    Dropout,
    Flatten,
    GlobalPool,
    HiddenLayer,
    Layer,
    Layers,
    Norm,
    Pad,
    Pair,
    Pool,
    Rescale,
    Residual,
    Resize,
    hidden_in,
    inside_of,
)
from engine.core.text import clipped

MAX_HIDDEN, MAX_LAYERS, MAX_DEPTH = 64, 200, 8
MAX_WIDTH, MAX_FEATURE_MAPS = 8192, 4096
MAX_KERNEL, MAX_STRIDE, MAX_SIDE, MAX_FACTOR = 31, 16, 512, 1_000_000
MAX_LETTERS = 5000
LONGEST_QUOTE, LONGEST_WORD = 60, 20  # letters of a part in a sentence, and of a word that may be misspelt

# The words that a part may begin with, without spaces, and what a person is shown of a part like it.
EXAMPLES = {
    "dense": "dense 300 relu",
    "conv": "conv 16 5x5 stride 2 valid relu",  # no text
    "depthwise": "depthwise 32 3x3 stride 2 relu",
    "separable": "separable 32 3x3 stride 2 relu",
    "batchnorm": "batchnorm epsilon 0.001",  # no text
    "layernorm": "layernorm epsilon 0.001",  # no text
    "maxpool": "maxpool 3x3 stride 2 valid",
    "avgpool": "avgpool 3x3 stride 2 valid",
    "globalaverage": "global average",  # no text
    "globalmax": "global max",  # no text
    "flatten": "flatten",
    "dropout": "dropout 0.3",
    "pad": "pad 1, pad 0 1 0 1",
    "rescale": "rescale 2 -1",
    "resize": "resize 32x32",
    "colour": "colour",
    "residual": "residual(conv 16, conv 16)",
    "branches": "branches(conv 8 1x1 | conv 16 5x5)",
    "identity": "residual(conv 16 | identity)",
}
SAME = {
    "averagepool": "avgpool",
    "globalavg": "globalaverage",
    "color": "colour",
    **{name.replace("_", ""): name for name in LAYER_ACTIVATIONS},
}
SPACED = {"globalaverage": "global average", "globalmax": "global max"}  # no text
WIDE = ("dense", "conv", "depthwise", "separable")
BLOCKS = ("residual", "branches")
PAIRS, NUMBERS, PADDINGS = ("stride", "dilation"), ("groups", "epsilon"), ("same", "valid")
CONV_OPTIONS = ("size", "stride", "padding", "dilation", "activation")
OPTIONS = {
    "dense": ("activation",),
    "conv": (*CONV_OPTIONS, "groups"),
    "depthwise": CONV_OPTIONS,
    "separable": CONV_OPTIONS,
    "batchnorm": ("epsilon",),
    "layernorm": ("epsilon",),
    "maxpool": ("size", "stride", "padding"),
    "avgpool": ("size", "stride", "padding"),
    "resize": ("size",),
}

PLAIN_CONV = ConvLayer(1)  # what is written without options, but for its width
BELONGS = (Norm, Activation, Pool, GlobalPool)  # what may follow a convolution that pools by itself if none does
HIDDEN = (DenseLayer, ConvLayer)
OF_IMAGES = (ConvLayer, Pool, GlobalPool, Pad, Resize, Colour)
OF_NUMBERS = (DenseLayer, Flatten, GlobalPool)  # leave no feature maps


class LayersError(UserError):
    """What is wrong with a text of layers, and the part of the text that it is about: its first letter and its end."""

    def __init__(self, sentence: str, span: tuple[int, int], *, hint: str = "") -> None:
        super().__init__(sentence, hint=hint)
        self.span = span


class Place(NamedTuple):
    """The first letter and the end of a layer in its text, and the places of the layers within it."""

    start: int
    end: int
    inside: tuple["Places", ...] = ()


type Places = tuple[Place, ...]


@functools.lru_cache(maxsize=1024)
def parse_layers(text: str, activation: str = "") -> Layers:
    """Parse layers as a person writes them; empty is no layer.

    A hidden layer and a sum without an activation get `activation`; the last hidden layer within a residual block gets
    `linear`, as the activation comes behind the sum. `conv 16` alone is short for `conv 16 3x3, maxpool`.

    Raises `LayersError` for the first part that is no layer, or cannot stand where it is.
    """
    return _with_activation(_read(text)[0], activation)


def places_of(text: str) -> Places:
    """Return where each layer of a text stands in it, as a tree like the layers; raise as `parse_layers` does."""
    return _read(text)[1]


@functools.lru_cache(maxsize=256)
def _read(text: str) -> tuple[Layers, Places]:
    if len(text) > MAX_LETTERS:
        sentence = tr("Layers: at most {most:,} letters, not {count:,}.", most=MAX_LETTERS, count=len(text))
        raise LayersError(sentence, (MAX_LETTERS, len(text)))
    layers, places = _Reader("".join(map(_lower, text))).read()
    for most, count, wrong in (
        (MAX_HIDDEN, sum(1 for _ in hidden_in(layers)), mark("Layers: at most {most} hidden layers, not {count}.")),
        (MAX_LAYERS, _count(layers), mark("Layers: at most {most} layers, not {count}.")),
    ):
        if count > most:
            raise LayersError(tr(wrong, most=most, count=count), (0, len(text)))
    return layers, places


def _lower(letter: str) -> str:
    return lower if len(lower := letter.lower()) == 1 else letter


def _count(layers: Iterable[Layer]) -> int:
    return sum(1 + sum(map(_count, inside_of(layer))) for layer in layers)


def _with_activation(layers: Layers, activation: str, is_summand: bool = False) -> Layers:
    last = _last(layers) if is_summand else None
    return tuple(
        _activated(layer, "linear" if place == last else activation, activation) for place, layer in enumerate(layers)
    )


def _activated(layer: Layer, of_hidden: str, of_run: str) -> Layer:
    match layer:
        case DenseLayer() | ConvLayer():
            return layer._replace(activation=layer.activation or of_hidden)
        case Residual(body, shortcut, own):
            body, shortcut = (_with_activation(summand, of_run, is_summand=True) for summand in (body, shortcut))
            return Residual(body, shortcut, own or of_run)
        case Branches(branches):
            return Branches(tuple(_with_activation(branch, of_run) for branch in branches))
    return layer


def _last(layers: Sequence[Layer]) -> int | None:
    """Return the place of the last hidden layer or block."""
    weighted = (at for at, layer in enumerate(layers) if isinstance(layer, HIDDEN) or inside_of(layer))
    return max(weighted, default=None)


# Words, numbers, sizes and signs; anything else is a letter that no layer has.
TOKEN = re.compile(
    r"(?P<size>\d{1,9}\s?[x×]\s?\d{1,9}(?!\d))"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?)"
    r"|(?P<word>(?:relu6|conv2d)(?![a-z_\d])|[a-z][a-z_]*)"
    r"|(?P<minus>(?<=\s)-(?=[\d.]))"
    r"|(?P<sign>[,;–(|)-])"
    r"|(?P<other>\S)"
)
SEPARATORS, ENDS = (",", ";", "–", "-"), (",", ";", "–", "-", "|", ")", "(")
LONGEST_WHOLE, LONGEST_NUMBER = 9, 25


class _Token(NamedTuple):
    kind: str  # word, number, size, other; a sign is its own kind
    text: str
    start: int
    end: int

    @property
    def number(self) -> float:
        return float(self.text)

    @property
    def pair(self) -> Pair | None:
        """Two whole numbers, of a size, or of one whole number."""
        sides = re.split("[x×]", self.text)
        if self.kind not in ("size", "number") or not all(side.strip().isdecimal() for side in sides):
            return None
        return int(sides[0]), int(sides[-1])

    @property
    def whole(self) -> int | None:
        return int(self.text) if self.kind == "number" and self.text.isdecimal() else None


def _tokens(text: str) -> Iterator[_Token]:
    head, minus = "", -1
    for match in TOKEN.finditer(text):
        kind, start = str(match.lastgroup), match.start()
        if kind == "minus" and head == "rescale":
            minus = start
            continue
        if kind in ("minus", "sign"):
            kind = match[0]
        if minus >= 0:
            start, minus = minus, -1
        token = _Token(kind, text[start : match.end()], start, match.end())
        most = LONGEST_WHOLE if token.text.isdecimal() else LONGEST_NUMBER
        if kind == "number" and len(token.text) > most:
            token = token._replace(kind="other")
        head = "" if kind in ENDS else head or token.text
        yield token


class _Given:
    """What a part says behind its first word."""

    def __init__(self) -> None:
        self.numbers = list[_Token]()
        self.words = dict[str, tuple[_Token, ...]]()  # of an option, with its number

    def number(self, name: str, usual: int = 1) -> int:
        return (self.words[name][-1].whole or 0) if name in self.words else usual

    def text(self, name: str, usual: str = "") -> str:
        return "_".join(token.text for token in self.words.get(name, ())) or usual

    def pair(self, name: str, usual: Pair) -> Pair:
        return (self.words[name][-1].pair or usual) if name in self.words else usual


class _State(NamedTuple):
    """What a part stands behind: what left no feature maps, or how many there are, where the text says it."""

    flat: str = ""
    maps: int | None = None


class _Reader:
    """Reads a text, already in small letters, from its first part to its last (recursive descent)."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._at = text, list(_tokens(text)), 0
        self._blocks = list[str]()  # those that are open
        self._inside: tuple[Places, ...] = ()  # of the block that was read last

    def read(self) -> tuple[Layers, Places]:
        layers, places, _ = self._sequence(_State())
        return layers, places

    def _next(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def _sequence(self, state: _State) -> tuple[Layers, Places, _State]:
        """Return the layers up to the end of the text or of a part of a block, their places, and what they leave."""
        layers, places, pools = list[Layer](), list[Place](), False
        begin, parts, identity = self._at, 0, list[_Token]()
        while (sign := self._next()) and not (self._blocks and sign in ("|", ")")):
            if sign in SEPARATORS:
                self._at += 1
                continue
            if sign in ("|", ")"):
                self._refuse_sign(sign)
            first, before, parts = self._at, state, parts + 1
            new, state = self._part(before)
            part = self._tokens[first : self._at]
            identity = identity if new else part
            place = Place(part[0].start, part[-1].end, self._inside)
            if pools and new and not isinstance(new[0], BELONGS):
                layers.append(Pool())
                places.append(places[-1])
            for layer in new:
                if before.flat and isinstance(layer, OF_IMAGES):
                    self._refuse_flat(layer, part, before.flat)
                if joined := _joined(layers[-1], layer) if layers else None:
                    layers[-1], places[-1] = joined, places[-1]._replace(end=place.end)
                else:
                    layers.append(layer)
                    places.append(place)
            pools = not self._blocks and _is_short(new, part)
        if pools:
            layers.append(Pool())
            places.append(places[-1])
        if identity and (parts > 1 or not self._blocks):
            self._refuse(mark("Layers: “identity” stands alone in its part of a block."), identity, "identity")
        if self._blocks and not parts:
            hint = tr("Write identity for what changes nothing, as in {example}.", example=EXAMPLES["identity"])
            wrong = mark("Layers: a part of “{block}(…)” is empty.")
            self._refuse(wrong, self._tokens[begin - 1 : self._at + 1], hint=hint, block=self._blocks[-1])
        return tuple(layers), tuple(places), state

    def _part(self, state: _State) -> tuple[Layers, _State]:
        tokens, self._inside = self._until_end(), ()
        if self._next() == "(":
            return self._block(tokens, state)
        name, rest = _head(tokens)
        if not name or name in BLOCKS:
            self._refuse_layer(tokens, name)
        layers, (flat, maps) = self._layers(name, tokens, rest, state.maps), state
        for layer in layers:
            maps = _maps_after(layer, maps)
            if isinstance(layer, OF_NUMBERS):
                flat = flat or self._quoted(tokens)
        return layers, _State(flat, maps)

    def _until_end(self) -> list[_Token]:
        first = self._at
        while self._next() and self._next() not in ENDS:
            self._at += 1
        return self._tokens[first : self._at]

    def _block(self, tokens: list[_Token], state: _State) -> tuple[Layers, _State]:
        (name, rest), opened = _head(tokens), [*tokens, self._tokens[self._at]]
        if name not in BLOCKS or rest:
            self._refuse_opening(opened)
        if len(self._blocks) == MAX_DEPTH:
            self._refuse(mark("Layers: blocks within blocks are at most {most} deep."), opened, most=MAX_DEPTH)
        self._blocks.append(name)
        sequences, inside, states = list[Layers](), list[Places](), list[_State]()
        while self._next() in ("(", "|"):
            self._at += 1
            layers, places, after = self._sequence(state)
            sequences.append(layers)
            inside.append(places)
            states.append(after)
        if self._next() != ")":
            self._refuse(mark("Layers: “{text}” has no closing “)”."), opened)
        self._at += 1
        self._blocks.pop()
        self._inside = tuple(inside)
        behind = self._until_end()
        if self._next() == "(":
            self._refuse_opening([*behind, self._tokens[self._at]])
        flat, maps = next(filter(None, (after.flat for after in states)), ""), [after.maps for after in states]
        if name == "residual":
            if len(sequences) > 2:
                wrong = mark("Layers: “residual(…)” has two parts at most, its layers and its shortcut, not {count}.")
                self._refuse(wrong, opened, name, count=len(sequences))
            body, shortcut = (*sequences, ())[:2]
            return (Residual(body, shortcut, self._activation(behind)),), _State(flat, maps[0])
        if len(sequences) < 2:
            self._refuse(mark("Layers: “branches(…)” has two parts at least, with “|” between them."), opened, name)
        if behind:
            self._refuse(mark("Layers: “{text}” cannot stand behind “branches(…)”."), behind, hint=_comma())
        known = [count for count in maps if count is not None]
        return (Branches(tuple(sequences)),), _State(flat, sum(known) if len(known) == len(maps) else None)

    def _layers(self, name: str, tokens: list[_Token], rest: list[_Token], maps: int | None) -> Layers:
        """Return the layers that a part without parentheses stands for."""
        if name == "dense" and any(token.kind != "word" for token in rest[1:]) and rest[0].kind == "number":
            self._refuse_layer(tokens, name)  # as `300 200`
        if name in WIDE and rest:
            self._check_width(rest[0].whole, tokens, name)  # before what is said of its options
        given = self._given(name, tokens, rest)
        match name:
            case "dense":
                width = self._width(name, tokens, given)
                return (DenseLayer(width, given.text("activation")),)
            case "conv" | "depthwise" | "separable":
                return self._convolutions(name, tokens, given, maps)
            case "maxpool" | "avgpool":
                size = self._size(tokens, given, (2, 2), 0, MAX_KERNEL)
                stride = self._pair("stride", tokens, given, size, MAX_KERNEL)
                kind = "max" if name == "maxpool" else "average"
                return (Pool(kind, size, stride, given.text("padding", "same")),)
            case "resize":
                size = self._size(tokens, given, (0, 0), 0, MAX_SIDE)
                return (Resize(*size),) if size != (0, 0) else self._refuse_layer(tokens, name)
            case "batchnorm" | "layernorm":
                self._no_more_numbers(tokens, given, 0)
                kind = name.removesuffix("norm")
                if "epsilon" not in given.words:
                    return (Norm(kind),)
                return (Norm(kind, self._between(given.words["epsilon"][-1], tokens, 1)),)
            case "dropout":
                self._no_more_numbers(tokens, given, 1)
                if not given.numbers:
                    self._refuse_layer(tokens, name)
                return (Dropout(self._between(given.numbers[0], tokens, 1, is_below=True)),)
            case "rescale":
                self._no_more_numbers(tokens, given, 2)
                for token in given.numbers:
                    if not abs(token.number) <= MAX_FACTOR:
                        self._refuse_range(token, tokens, -MAX_FACTOR, MAX_FACTOR)
                factors = [token.number for token in given.numbers]
                return (Rescale(*factors),) if factors else self._refuse_layer(tokens, name)
            case "pad":
                self._no_more_numbers(tokens, given, 4)
                rows = [self._side(token, tokens) for token in given.numbers]
                return (Pad(*rows * (4 // len(rows))),) if len(rows) in (1, 4) else self._refuse_layer(tokens, name)
        self._no_more_numbers(tokens, given, 0)
        match name:
            case "globalaverage" | "globalmax":
                return (GlobalPool(name.removeprefix("global")),)
            case "flatten":
                return (Flatten(),)
            case "colour":
                return (Colour(),)
            case "identity":
                return ()
        return (Activation(name),)

    def _convolutions(self, name: str, tokens: list[_Token], given: _Given, maps: int | None) -> Layers:
        width = self._width(name, tokens, given)
        kernel = self._size(tokens, given, PLAIN_CONV.kernel, 1, MAX_KERNEL)
        stride = self._pair("stride", tokens, given, (1, 1), MAX_STRIDE)
        dilation = self._pair("dilation", tokens, given, (1, 1), MAX_STRIDE)
        padding, activation, groups = given.text("padding", "same"), given.text("activation"), given.number("groups")
        if groups < 1 or groups > width:
            self._refuse_range(given.words["groups"][-1], tokens, 1, width)
        if width % groups:
            wrong = mark("Layers: {width:,} feature maps do not divide into {groups:,} groups of the same size.")
            self._refuse(wrong, tokens, width=width, groups=groups)
        if name != "separable":
            is_depthwise = name == "depthwise"
            return (ConvLayer(width, activation, None, kernel, stride, padding, dilation, groups, is_depthwise),)
        if maps is None:
            wrong = mark("Layers: how many feature maps “{text}” reads is not known from the text.")
            hint = tr("Write it as two layers, such as {example}.", example="depthwise 3 3x3 linear, conv 32 1x1")
            self._refuse(wrong, tokens, hint=hint)
        self._check_width(maps, tokens, name)
        alone = ConvLayer(maps, "linear", None, kernel, stride, padding, dilation, is_depthwise=True)
        return alone, ConvLayer(width, activation, kernel=(1, 1))

    def _given(self, name: str, tokens: list[_Token], rest: list[_Token]) -> _Given:
        """Return what the rest of a part says; each option once, and only those that this layer has."""
        given, at, allowed = _Given(), 0, OPTIONS.get(name, ())
        while at < len(rest):
            token = rest[at]
            at += 1
            if token.kind == "number":
                given.numbers.append(token)
                continue
            if token.kind == "size":
                option, said = "size", [token]
            elif token.text in (*PAIRS, *NUMBERS) and token.kind == "word":
                option, said = token.text, rest[at - 1 : at + 1]
                at += 1
            elif token.text in PADDINGS:
                option, said = "padding", [token]
            elif token.kind == "word":
                option, said = "activation", [token]
                while at < len(rest) and rest[at].kind == "word" and rest[at].text not in (*PAIRS, *NUMBERS, *PADDINGS):
                    said.append(rest[at])
                    at += 1
            else:
                self._refuse_layer(tokens, name)
            is_followed = at < len(rest) and rest[at].kind != "word" and name != "dense"
            is_unknown = option == "activation" and "_".join(word.text for word in said) not in LAYER_ACTIVATIONS
            if option not in allowed or (is_unknown and is_followed):
                self._refuse_option(said, tokens, name)
            if option == "activation":
                self._activation(said)
            if option in given.words:
                self._refuse_surplus(said, tokens)
            if option in (*PAIRS, *NUMBERS):
                self._check_number(option, said, tokens)
            given.words[option] = tuple(said)
        return given

    def _check_number(self, option: str, said: list[_Token], tokens: list[_Token]) -> None:
        """Refuse an option without its number, or with another sort of number."""
        number = said[1] if len(said) > 1 else None
        if option == "epsilon" and not (number and number.kind == "number"):
            self._refuse(mark("Layers: “{option}” in “{text}” has no number."), tokens, "batchnorm", option=option)
        if option != "epsilon" and not (number and (number.pair if option in PAIRS else number.whole is not None)):
            wrong = mark("Layers: “{option}” in “{text}” has no whole number.")
            self._refuse(wrong, tokens, _head(tokens)[0], option=option)

    def _width(self, name: str, tokens: list[_Token], given: _Given) -> int:
        width = given.numbers[0].whole if given.numbers else None
        if width is None:
            self._refuse_layer(tokens, name)
        self._check_width(width, tokens, name)
        if name == "dense":
            self._no_more_numbers(tokens, given, 1)
        return width

    def _check_width(self, width: int | None, tokens: list[_Token], name: str) -> None:
        most = MAX_WIDTH if name == "dense" else MAX_FEATURE_MAPS
        wrong = mark("Layers: a layer must have between 1 and {most:,} feature maps, not {width:,}.")
        if name == "dense":
            wrong = mark("Layers: a layer must have between 1 and {most:,} neurons, not {width:,}.")
        if width is not None and not 1 <= width <= most:
            self._refuse(wrong, tokens, most=most, width=width)

    def _size(self, tokens: list[_Token], given: _Given, usual: Pair, numbers: int, most: int) -> Pair:
        """Return a kernel or a size, written as `5x3`, or as one number behind as many others as `numbers`."""
        has_size = "size" in given.words
        self._no_more_numbers(tokens, given, numbers if has_size else numbers + 1)
        said = given.words["size"][0] if has_size else next(iter(given.numbers[numbers:]), None)
        if said is None:
            return usual
        pair = said.pair
        if pair is None or not all(1 <= side <= most for side in pair):
            self._refuse_range(said, tokens, 1, most, "" if has_size else _comma())
        return pair

    def _pair(self, option: str, tokens: list[_Token], given: _Given, usual: Pair, most: int) -> Pair:
        pair = given.pair(option, usual)
        if option in given.words and not all(1 <= side <= most for side in pair):
            self._refuse_range(given.words[option][-1], tokens, 1, most)
        return pair

    def _between(self, token: _Token, tokens: list[_Token], most: int, is_below: bool = False) -> float:
        """Return a number above 0 and up to `most`, or below it."""
        if not 0 < token.number <= most or (is_below and token.number == most):
            hint = tr("Write it with a point, as in {example}.", example=EXAMPLES[_head(tokens)[0]])
            self._refuse_range(token, tokens, 0, most, hint)
        return token.number

    def _side(self, token: _Token, tokens: list[_Token]) -> int:
        side = token.whole
        if side is None or side > MAX_KERNEL:
            self._refuse_range(token, tokens, 0, MAX_KERNEL)
        return side

    def _activation(self, said: list[_Token]) -> str:
        """Return the name of an activation, empty for none."""
        name = "_".join(token.text for token in said)
        if name and name not in LAYER_ACTIVATIONS:
            self._refuse_activation(said)
        return name

    def _no_more_numbers(self, tokens: list[_Token], given: _Given, most: int) -> None:
        if len(given.numbers) > most:
            self._refuse_surplus(given.numbers[most : most + 1], tokens)

    # What is wrong, each in a sentence

    def _quoted(self, tokens: Sequence[_Token]) -> str:
        return clipped(self._text[tokens[0].start : tokens[-1].end], LONGEST_QUOTE) if tokens else ""

    def _refuse(
        self, wrong: str, tokens: Sequence[_Token], name: str = "", *, hint: str = "", **values: object
    ) -> NoReturn:
        """Raise the sentence `wrong`, with `{text}` for the part, and a part like it as a hint if it has a `name`."""
        if name and not hint:
            hint = tr("Write it as in {example}.", example=EXAMPLES[name])
        span = (tokens[0].start, tokens[-1].end)
        # A name of one of its fields is a value of the sentence, too.
        raise LayersError(tr(wrong, **{"text": self._quoted(tokens), **values}), span, hint=hint)

    def _refuse_layer(self, tokens: list[_Token], name: str) -> NoReturn:
        hint = tr("Write widths such as 300 or conv 16, 64.")
        if any(_is_head(token) for token in tokens[1:]):
            hint = _comma()
        elif name and tokens[0].kind != "number":
            hint = tr("Write it as in {example}.", example=EXAMPLES[name])
        elif tokens[0].kind == "word":
            words = [token.text for token in tokens if token.kind == "word"]
            hint = _suggestion("".join(words), [*EXAMPLES, *SAME]) or hint
        self._refuse(mark("Layers: “{text}” is not a layer."), tokens, hint=hint)

    def _refuse_activation(self, said: list[_Token]) -> NoReturn:
        hint = _suggestion(said[0].text, LAYER_ACTIVATIONS) if len(said) == 1 else ""
        if any(_is_head(token) for token in said):
            hint = _comma()
        hint = hint or tr("Write it behind a width, such as 300 relu, 100 tanh.")
        wrong = mark("Layers: “{text}” is not an activation. There are {names}.")
        self._refuse(wrong, said, hint=hint, names=", ".join(LAYER_ACTIVATIONS))

    def _refuse_option(self, said: list[_Token], tokens: list[_Token], name: str) -> NoReturn:
        options = (*PAIRS, *NUMBERS, *PADDINGS)
        hint = "" if said[0].text in options else _suggestion(said[0].text, options)
        if name in LAYER_ACTIVATIONS or any(_is_head(token) for token in said):
            hint = _comma()
        wrong = mark("Layers: “{part}” cannot have “{text}”.")
        self._refuse(wrong, said, name if name in EXAMPLES else "", hint=hint, part=self._quoted(tokens))

    def _refuse_surplus(self, said: list[_Token], tokens: list[_Token]) -> NoReturn:
        wrong = mark("Layers: “{text}” is one too many in “{part}”.")
        self._refuse(wrong, said, hint=_comma(), part=self._quoted(tokens))

    def _refuse_range(self, token: _Token, tokens: list[_Token], least: int, most: int, hint: str = "") -> NoReturn:
        wrong = mark("Layers: “{text}” in “{part}” is not between {least:,} and {most:,}.")
        self._refuse(wrong, [token], hint=hint, part=self._quoted(tokens), least=least, most=most)

    def _refuse_flat(self, layer: Layer, tokens: list[_Token], flat: str) -> NoReturn:
        if isinstance(layer, ConvLayer) and _head_of(flat) == "dense":
            self._refuse(mark("Layers: a convolution cannot follow a dense layer."), tokens)
        wrong = mark("Layers: “{text}” cannot follow “{before}”, which leaves no feature maps.")
        self._refuse(wrong, tokens, before=flat)

    def _refuse_opening(self, tokens: list[_Token]) -> NoReturn:
        self._refuse(mark("Layers: “(” can only follow residual or branches."), tokens, "residual")

    def _refuse_sign(self, sign: str) -> NoReturn:
        token = self._tokens[self._at]
        if sign == "|":
            self._refuse(mark("Layers: “|” stands only within residual(…) or branches(…)."), [token], "branches")
        before = self._tokens[max(0, self._at - 1) : self._at + 1]
        self._refuse(mark("Layers: the “)” in “{text}” closes nothing."), before)


def _head(tokens: Sequence[_Token]) -> tuple[str, list[_Token]]:
    """Return what a part is, and what stands behind the words that say it; nothing for an unknown word."""
    words = 0
    while words < min(3, len(tokens)) and tokens[words].kind == "word":
        words += 1
    if tokens and tokens[0].kind == "number":
        return "dense", list(tokens)
    for count in range(words, 0, -1):
        joined = "".join(token.text.replace("_", "") for token in tokens[:count])
        if joined in SAME or joined in EXAMPLES:
            return SAME.get(joined, joined), list(tokens[count:])
    return "", list(tokens)


def _head_of(text: str) -> str:
    return _head(list(_tokens(text)))[0]


def _is_head(token: _Token) -> bool:
    return token.kind == "word" and token.text in EXAMPLES


def _comma() -> str:
    return tr("Write a comma between two layers.")


def _suggestion(word: str, known: Iterable[str]) -> str:
    """Return a hint with the known word that is like a misspelt one; none if there is no such word."""
    like = difflib.get_close_matches(word[:LONGEST_WORD], list(known), 1, 0.6)
    return tr("Did you mean {word}?", word=SPACED.get(like[0], like[0])) if like else ""


def _joined(before: Layer, layer: Layer) -> Layer | None:
    """Return a hidden layer or a sum with what belongs to it: its norm, its activation; `None` for anything else."""
    if isinstance(before, DenseLayer | ConvLayer) and not before.activation:
        if isinstance(layer, Norm) and before.norm is None:
            return before._replace(norm=layer)
        if isinstance(layer, Activation):
            return before._replace(activation=layer.name)
    if isinstance(before, Residual) and not before.activation and isinstance(layer, Activation):
        return before._replace(activation=layer.name)
    return None


def _is_short(layers: Layers, tokens: Sequence[_Token]) -> bool:
    """Whether a part is a convolution of which no more is said than its width and its activation."""
    says_more = sum(token.kind in ("number", "size") for token in tokens) > 1
    says_more = says_more or any(token.text in PADDINGS for token in tokens)
    return len(layers) == 1 and _is_plain(layers[0]) and not says_more


def _is_plain(layer: Layer) -> bool:
    return isinstance(layer, ConvLayer) and layer == PLAIN_CONV._replace(width=layer.width, activation=layer.activation)


def _maps_after(layer: Layer, before: int | None) -> int | None:
    if isinstance(layer, ConvLayer):
        return layer.width
    return 3 if isinstance(layer, Colour) else before


def as_text(layers: Sequence[Layer]) -> str:
    """Format layers as `parse_layers` parses them, each network in one way only.

    Layers that name their activations, and those that `parse_layers` returns, come back as they are.
    """
    return ", ".join(_texts(layers, is_inside=False))


def _texts(layers: Sequence[Layer], is_inside: bool = True, is_summand: bool = False) -> Iterator[str]:
    last, skipped = _last(layers) if is_summand else None, False
    for at, layer in enumerate(layers):
        following = layers[at + 1] if at + 1 < len(layers) else None
        if skipped:
            skipped = False
        elif not is_inside and _pools_by_itself(layers, at):
            skipped = True
            yield _said("conv", layer.width, layer.activation)  # type: ignore[union-attr]
        elif isinstance(layer, DenseLayer | ConvLayer):
            is_clear = at == last and layer.activation == "linear" and not isinstance(following, Norm | Activation)
            activation = "" if is_clear else layer.activation
            if layer.norm is None:
                yield _said(_hidden_text(layer), activation)
            else:
                yield from filter(None, (_hidden_text(layer), _text(layer.norm), activation))
        else:
            yield _text(layer)


def _pools_by_itself(layers: Sequence[Layer], at: int) -> bool:
    """Whether `conv 16` says the layer with the pooling behind it, as nothing follows that would make it mean less."""
    pool, behind = layers[at + 1 : at + 2], layers[at + 2 : at + 3]
    return _is_plain(layers[at]) and list(pool) == [Pool()] and not any(isinstance(layer, BELONGS) for layer in behind)


def _said(*words: object) -> str:
    return " ".join(text for word in words if (text := f"{word}"))


def _hidden_text(layer: HiddenLayer) -> str:
    if isinstance(layer, DenseLayer):
        return f"{layer.width}"
    return _said(
        "depthwise" if layer.is_depthwise else "conv",
        layer.width,
        _by(layer.kernel),
        _option("stride ", layer.stride, (1, 1)),
        layer.padding if layer.padding != "same" else "",
        _option("dilation ", layer.dilation, (1, 1)),
        f"groups {layer.groups}" if layer.groups > 1 else "",  # no text
    )


def _text(layer: Layer) -> str:
    match layer:
        case Norm(kind, epsilon):
            return f"{kind}norm" + (f" epsilon {_number(epsilon)}" if epsilon != Norm(kind).epsilon else "")  # no text
        case Pool(kind, size, stride, padding):
            word, said = "maxpool" if kind == "max" else "avgpool", _by(size) if size != (2, 2) else ""
            return _said(word, said, _option("stride ", stride, size), padding if padding != "same" else "")
        case GlobalPool(kind):
            return f"global {kind}"  # no text
        case Activation(name):
            return name
        case Dropout(rate):
            return f"dropout {_number(rate)}"  # no text
        case Flatten():
            return "flatten"
        case Rescale(scale, offset):
            return _said("rescale", _number(scale), _number(offset) if offset else "")
        case Pad():
            return _said("pad", *(layer if len(set(layer)) > 1 else layer[:1]))
        case Resize(rows, columns):
            return f"resize {rows}x{columns}"  # no text
        case Colour():
            return "colour"
        case Residual(body, shortcut, activation):
            summands = [_inside(_texts(summand, is_summand=True)) for summand in (body, *[shortcut] * bool(shortcut))]
            return _said(f"residual({' | '.join(summands)})", activation)
        case Branches(branches):
            return f"branches({' | '.join(_inside(_texts(branch)) for branch in branches)})"
    return _hidden_text(layer)


def _inside(texts: Iterable[str]) -> str:
    return ", ".join(texts) or "identity"


def _by(pair: Pair, sign: str = "x") -> str:
    return f"{pair[0]}{sign}{pair[1]}"


def _option(name: str, pair: Pair, usual: Pair, sign: str = "x") -> str:
    return "" if pair == usual else f"{name}{pair[0] if pair[0] == pair[1] else _by(pair, sign)}"


def _number(value: float) -> str:
    """Return a number that is the same when it is read again, without a needless point."""
    return short if float(short := f"{value:g}") == value else repr(float(value))


def in_words(layers: Sequence[Layer], shape: tuple[int, ...] | None = None, classes: int = 0) -> str:
    """Return a network's layers in words: `784 → 300 ReLU → 100 tanh → 10`, `28×28×1 → conv 16 3×3 → 64 → 10`.

    Without `shape` (rows, columns and, if not 1, channels) and `classes` these are the layers, or `none`. Equal
    activations are omitted. Where all convolutions pool 2×2 and nothing else is there, the pooling is not said.
    """
    names = list(_activations(layers))
    parts = list(_words(layers, len(set(names)) > 1, _is_of_short_parts(layers)))
    if shape:
        rows, columns, channels = (*shape, 1)[:3]
        parts.insert(0, f"{rows}×{columns}×{channels}" if _reads_images(layers) else f"{rows * columns * channels}")
    if classes:
        parts.append(f"{classes}")
    return " → ".join(parts) or tr_context("hidden layers", "none")


def _activations(layers: Sequence[Layer]) -> Iterator[str]:
    for layer in layers:
        if isinstance(layer, DenseLayer | ConvLayer | Residual):
            yield layer.activation
        for inside in inside_of(layer):
            yield from _activations(inside)


def _reads_images(layers: Sequence[Layer]) -> bool:
    return any(isinstance(layer, OF_IMAGES) or any(map(_reads_images, inside_of(layer))) for layer in layers)


def _is_of_short_parts(layers: Sequence[Layer]) -> bool:
    """Whether the layers are dense ones and convolutions of 3x3 with pooling, as `conv 16, 64` says them."""
    dense = [layer for layer in layers if isinstance(layer, DenseLayer) and layer.norm is None]
    short = [at for at, layer in enumerate(layers) if _is_plain(layer) and list(layers[at + 1 : at + 2]) == [Pool()]]
    return len(dense) + 2 * len(short) == len(layers)


def _words(layers: Sequence[Layer], names_activations: bool, is_short: bool = False) -> Iterator[str]:
    for layer in layers:
        if isinstance(layer, DenseLayer | ConvLayer):
            norm = f"{layer.norm.kind}norm" if layer.norm else ""
            yield _said(_hidden_words(layer), norm, _name(layer.activation) if names_activations else "")
        elif not (is_short and isinstance(layer, Pool)):
            yield _layer_words(layer, names_activations)


def _hidden_words(layer: HiddenLayer) -> str:
    if isinstance(layer, DenseLayer):
        return f"{layer.width}"
    return _said(
        "depthwise" if layer.is_depthwise else "conv",
        layer.width,
        _by(layer.kernel, "×"),
        _option("/", layer.stride, (1, 1), "×"),
        layer.padding.replace("same", ""),
        _option("dilation ", layer.dilation, (1, 1), "×"),
        f"groups {layer.groups}" if layer.groups > 1 else "",  # no text
    )


def _layer_words(layer: Layer, names_activations: bool) -> str:
    match layer:
        case Norm(kind):
            return f"{kind}norm"
        case Pool(kind, size, stride, padding):
            return _said(kind, _by(size, "×"), _option("/", stride, size, "×"), padding.replace("same", ""))
        case Activation(name):
            return _name(name)
        case Resize(rows, columns):
            return f"resize {rows}×{columns}"  # no text
        case Residual() | Branches():
            texts = [" → ".join(_words(inside, names_activations)) for inside in inside_of(layer)]
            if isinstance(layer, Branches):
                return f"branches ({' | '.join(text or 'identity' for text in texts)})"  # no text
            summands = " | ".join(filter(None, texts)) or "identity"
            return _said(f"residual ({summands})", _name(layer.activation) if names_activations else "")  # no text
    return _text(layer)


def _name(activation: str) -> str:
    return tr(LAYER_ACTIVATIONS[activation]) if activation in LAYER_ACTIVATIONS else ""
