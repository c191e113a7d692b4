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
from engine.core.layers import kinds
from engine.core.layers.kinds import Activation, ConvLayer, DenseLayer, HiddenLayer, Layer, Layers, Norm, Pair
from engine.core.text import clipped

MAX_HIDDEN, MAX_LAYERS, MAX_DEPTH = 64, 200, 8
MAX_LETTERS = 5000
LONGEST_QUOTE, LONGEST_WORD = 60, 20  # letters of a part in a sentence, and of a word that may be misspelt


class Word(NamedTuple):
    """What a part may begin with: a part like it, the options that may follow, how few and how many numbers alone."""

    example: str
    options: tuple[str, ...] = ()
    numbers: Pair = (0, 0)


SLIDING = ("size", "stride", "padding", "dilation", "activation")
POOLING = ("size", "stride", "padding")

# By the words as they are read, without spaces.
WORDS = {
    "dense": Word("dense 300 relu", ("activation",), (1, 1)),
    "conv": Word("conv 16 5x5 stride 2 valid relu", (*SLIDING, "groups"), (1, 2)),  # no text
    "depthwise": Word("depthwise 32 3x3 stride 2 relu", SLIDING, (1, 2)),
    "separable": Word("separable 32 3x3 stride 2 relu", SLIDING, (1, 2)),
    "batchnorm": Word("batchnorm epsilon 0.001", ("epsilon",)),  # no text
    "layernorm": Word("layernorm epsilon 0.001", ("epsilon",)),  # no text
    "maxpool": Word("maxpool 3x3 stride 2 valid", POOLING, (0, 1)),
    "avgpool": Word("avgpool 3x3 stride 2 valid", POOLING, (0, 1)),
    "globalaverage": Word("global average"),  # no text
    "globalmax": Word("global max"),  # no text
    "flatten": Word("flatten"),
    "dropout": Word("dropout 0.3", (), (1, 1)),
    "pad": Word("pad 1, pad 0 1 0 1", (), (1, 4)),
    "rescale": Word("rescale 2 -1", (), (1, 2)),
    "resize": Word("resize 32x32", ("size",), (0, 1)),
    "colour": Word("colour"),
    "residual": Word("residual(conv 16, conv 16)"),
    "branches": Word("branches(conv 8 1x1 | conv 16 5x5)"),
    "identity": Word("residual(conv 16 | identity)"),
}
SAME = {
    "averagepool": "avgpool",
    "globalavg": "globalaverage",
    "color": "colour",
    **{name.replace("_", ""): name for name in kinds.LAYER_ACTIVATIONS},
}
SPACED = {"globalaverage": "global average", "globalmax": "global max"}  # no text
WIDE = ("dense", "conv", "depthwise", "separable")
BLOCKS = ("residual", "branches")
PAIRS, NUMBERED = ("stride", "dilation"), ("stride", "dilation", "groups", "epsilon")  # a number stands behind these
OPTIONS = {**{word: word for word in NUMBERED}, **dict.fromkeys(kinds.PADDINGS, "padding")}  # by their words

# What may follow a convolution that pools by itself if none does.
BELONGS = (Norm, Activation, kinds.Pool, kinds.GlobalPool)
OF_IMAGES = (ConvLayer, kinds.Pool, kinds.GlobalPool, kinds.Pad, kinds.Resize, kinds.Colour)
OF_NUMBERS = (DenseLayer, kinds.Flatten, kinds.GlobalPool)  # leave no feature maps


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
    hidden = sum(1 for _ in kinds.hidden_in(layers))
    for most, count, wrong in (
        (MAX_HIDDEN, hidden, mark("Layers: at most {most} hidden layers, not {count}.")),
        (MAX_LAYERS, _count(layers), mark("Layers: at most {most} layers, not {count}.")),
    ):
        if count > most:
            raise LayersError(tr(wrong, most=most, count=count), (0, len(text)))
    return layers, places


def _lower(letter: str) -> str:
    return lower if len(lower := letter.lower()) == 1 else letter


def _count(layers: Iterable[Layer]) -> int:
    return sum(1 + sum(map(_count, layer.inside)) for layer in layers)


def _with_activation(layers: Layers, activation: str, is_summand: bool = False) -> Layers:
    last = _last(layers) if is_summand else None
    return tuple(
        _activated(layer, "linear" if place == last else activation, activation) for place, layer in enumerate(layers)
    )


def _activated(layer: Layer, of_hidden: str, of_run: str) -> Layer:
    if isinstance(layer, HiddenLayer):
        return layer.but(activation=layer.activation or of_hidden)
    is_sum = isinstance(layer, kinds.Residual)
    layer = layer.with_inside([_with_activation(inside, of_run, is_summand=is_sum) for inside in layer.inside])
    return layer.but(activation=layer.activation or of_run) if isinstance(layer, kinds.Residual) else layer


def _last(layers: Sequence[Layer]) -> int | None:
    """Return the place of the last hidden layer or block."""
    weighted = (at for at, layer in enumerate(layers) if isinstance(layer, HiddenLayer) or layer.inside)
    return max(weighted, default=None)


# Words, numbers, sizes and signs; anything else is a letter that no layer has.
TOKEN = re.compile(
    r"(?P<size>\d{1,9}\s?[x×]\s?\d{1,9}(?!\d))"
    r"|(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?)"
    r"|(?P<leaky>leaky[\s_]*relu\s+(?P<slope>\d*\.\d+(?:e-?\d+)?|\d+e-\d+))"  # before a whole number it is another one
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
    source: str  # the whole text

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
        token = _Token(kind, text[start : match.end()], start, match.end(), text)
        if kind == "leaky":  # a word with its number
            token = token._replace(kind="word", text=kinds.leaky(float(match["slope"])))
        most = LONGEST_WHOLE if token.text.isdecimal() else LONGEST_NUMBER
        if kind == "number" and len(token.text) > most:
            token = token._replace(kind="other")
        head = "" if kind in ENDS else head or token.text
        yield token


class _State(NamedTuple):
    """What a part stands behind: what left no feature maps, or how many there are, where the text says it."""

    flat: str = ""
    maps: int | None = None


class _Reader:
    """Reads a text, already in small letters, from its first part to its last (recursive descent)."""

    def __init__(self, text: str) -> None:
        self._tokens, self._at = list(_tokens(text)), 0
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
            if sign == "|":
                wrong = mark("Layers: “|” stands only within residual(…) or branches(…).")
                _refuse(wrong, self._tokens[self._at : self._at + 1], "branches")
            if sign == ")":
                closing = self._tokens[max(0, self._at - 1) : self._at + 1]
                _refuse(mark("Layers: the “)” in “{text}” closes nothing."), closing)
            first, before, parts = self._at, state, parts + 1
            new, state = self._part(before)
            part = self._tokens[first : self._at]
            identity = identity if new else part
            place = Place(part[0].start, part[-1].end, self._inside)
            if pools and new and not isinstance(new[0], BELONGS):
                layers.append(kinds.Pool())
                places.append(places[-1])
            for layer in new:
                if before.flat and isinstance(layer, OF_IMAGES):
                    _refuse_flat(layer, part, before.flat)
                if joined := _joined(layers[-1], layer) if layers else None:
                    layers[-1], places[-1] = joined, places[-1]._replace(end=place.end)
                else:
                    layers.append(layer)
                    places.append(place)
            pools = not self._blocks and _is_short(new, part)
        if pools:
            layers.append(kinds.Pool())
            places.append(places[-1])
        if identity and (parts > 1 or not self._blocks):
            _refuse(mark("Layers: “identity” stands alone in its part of a block."), identity, "identity")
        if self._blocks and not parts:
            hint = tr("Write identity for what changes nothing, as in {example}.", example=WORDS["identity"].example)
            wrong = mark("Layers: a part of “{block}(…)” is empty.")
            _refuse(wrong, self._tokens[begin - 1 : self._at + 1], hint=hint, block=self._blocks[-1])
        return tuple(layers), tuple(places), state

    def _part(self, state: _State) -> tuple[Layers, _State]:
        tokens, self._inside = self._until_end(), ()
        if self._next() == "(":
            return self._block(tokens, state)
        layers, (flat, maps) = _Part(tokens).layers(state.maps), state
        for layer in layers:
            maps = layer.width if isinstance(layer, ConvLayer) else 3 if isinstance(layer, kinds.Colour) else maps
            if isinstance(layer, OF_NUMBERS):
                flat = flat or _quoted(tokens)
        return layers, _State(flat, maps)

    def _until_end(self) -> list[_Token]:
        first = self._at
        while self._next() and self._next() not in ENDS:
            self._at += 1
        return self._tokens[first : self._at]

    def _block(self, tokens: list[_Token], state: _State) -> tuple[Layers, _State]:
        (name, rest), opened = _head(tokens), [*tokens, self._tokens[self._at]]
        if name not in BLOCKS or rest:
            _refuse_opening(opened)
        if len(self._blocks) == MAX_DEPTH:
            _refuse(mark("Layers: blocks within blocks are at most {most} deep."), opened, most=MAX_DEPTH)
        self._blocks.append(name)
        sequences, inside, states = list[Layers](), list[Places](), list[_State]()
        while self._next() in ("(", "|"):
            self._at += 1
            layers, places, after = self._sequence(state)
            sequences.append(layers)
            inside.append(places)
            states.append(after)
        if self._next() != ")":
            _refuse(mark("Layers: “{text}” has no closing “)”."), opened)
        self._at += 1
        self._blocks.pop()
        self._inside = tuple(inside)
        behind = self._until_end()
        if self._next() == "(":
            _refuse_opening([*behind, self._tokens[self._at]])
        flat, maps = next(filter(None, (after.flat for after in states)), ""), [after.maps for after in states]
        if name == "residual":
            if len(sequences) > 2:
                wrong = mark("Layers: “residual(…)” has two parts at most, its layers and its shortcut, not {count}.")
                _refuse(wrong, opened, name, count=len(sequences))
            body, shortcut = (*sequences, ())[:2]
            return (kinds.Residual(body, shortcut, _activation_in(behind)),), _State(flat, maps[0])
        if len(sequences) < 2:
            _refuse(mark("Layers: “branches(…)” has two parts at least, with “|” between them."), opened, name)
        if behind:
            _refuse(mark("Layers: “{text}” cannot stand behind “branches(…)”."), behind, hint=_comma())
        known = [count for count in maps if count is not None]
        return (kinds.Branches(tuple(sequences)),), _State(flat, sum(known) if len(known) == len(maps) else None)


class _Part:
    """A part without parentheses: its word, and what stands behind it."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._name, self._rest = _head(tokens)
        self._word = WORDS.get(self._name, Word(self._name))  # an activation is its own example
        self._numbers = list[_Token]()
        self._said = dict[str, list[_Token]]()  # by option, with its number

    def layers(self, maps: int | None) -> Layers:
        """Return the layers that it stands for, behind a number of feature maps where that is known."""
        name, rest, numbers = self._name, self._rest, self._numbers
        if not name or name in BLOCKS:
            self._refuse_layer()
        if name == "dense" and any(token.kind != "word" for token in rest[1:]) and rest[0].kind == "number":
            self._refuse_layer()  # as `300 200`
        if name in WIDE and rest:
            self._check_width(rest[0].whole)  # before what is said of its options
        self._read_options()
        least, most = self._word.numbers
        if len(numbers) < least:
            self._refuse_layer()
        width = (numbers[0].whole if name in WIDE else None) or 0
        if name in WIDE:
            if numbers[0].whole is None:
                self._refuse_layer()
            self._check_width(width)
        most -= "size" in self._said
        if len(numbers) > most:
            self._refuse_surplus(numbers[most : most + 1])
        match name:
            case "dense":
                return (DenseLayer(width, self._text("activation")),)
            case "conv" | "depthwise" | "separable":
                return self._convolutions(width, maps)
            case "maxpool" | "avgpool":
                size = self._pair("size", (2, 2))
                kind = "max" if name == "maxpool" else "average"
                return (kinds.Pool(kind, size, self._pair("stride", size), self._text("padding", "same")),)
            case "resize":
                rows, columns = self._pair("size", (0, 0), kinds.MAX_SIDE)
                return (kinds.Resize(rows, columns),) if rows else self._refuse_layer()
            case "batchnorm" | "layernorm":
                norm = Norm(name.removesuffix("norm"))
                said = self._said.get("epsilon")
                return (norm.but(epsilon=self._between(said[-1])) if said else norm,)
            case "dropout":
                return (kinds.Dropout(self._between(numbers[0], is_below=True)),)
            case "rescale":
                for token in numbers:
                    if not abs(token.number) <= kinds.MAX_FACTOR:
                        self._refuse_range(token, -kinds.MAX_FACTOR, kinds.MAX_FACTOR)
                return (kinds.Rescale(*(token.number for token in numbers)),)
            case "pad":
                sides = [self._side(token) for token in numbers]
                return (kinds.Pad(*sides * (4 // len(sides))),) if len(sides) in (1, 4) else self._refuse_layer()
            case "globalaverage" | "globalmax":
                return (kinds.GlobalPool(name.removeprefix("global")),)
            case "flatten":
                return (kinds.Flatten(),)
            case "colour":
                return (kinds.Colour(),)
            case "identity":
                return ()
        return (Activation(name),)

    def _convolutions(self, width: int, maps: int | None) -> Layers:
        layer = ConvLayer(
            width,
            self._text("activation"),
            kernel=self._pair("size", (kinds.KERNEL, kinds.KERNEL)),
            stride=self._pair("stride", (1, 1), kinds.MAX_STRIDE),
            dilation=self._pair("dilation", (1, 1), kinds.MAX_STRIDE),
            padding=self._text("padding", "same"),
            groups=(self._said["groups"][-1].whole or 0) if "groups" in self._said else 1,
            is_depthwise=self._name != "conv",
        )
        if layer.groups < 1 or layer.groups > width:
            self._refuse_range(self._said["groups"][-1], 1, width)
        if width % layer.groups:
            wrong = mark("Layers: {width:,} feature maps do not divide into {groups:,} groups of the same size.")
            _refuse(wrong, self._tokens, width=width, groups=layer.groups)
        if self._name != "separable":
            return (layer,)
        if maps is None:
            wrong = mark("Layers: how many feature maps “{text}” reads is not known from the text.")
            hint = tr("Write it as two layers, such as {example}.", example="depthwise 3 3x3 linear, conv 32 1x1")
            _refuse(wrong, self._tokens, hint=hint)
        self._check_width(maps)
        return layer.but(width=maps, activation="linear"), ConvLayer(width, layer.activation, kernel=(1, 1))

    def _read_options(self) -> None:
        """Read what stands behind the word; each option once, and only those that this layer has."""
        rest, at = self._rest, 0
        while at < len(rest):
            token, first = rest[at], at
            at += 1
            if token.kind == "number":
                self._numbers.append(token)
                continue
            if token.kind not in ("word", "size"):
                self._refuse_layer()
            option = "size" if token.kind == "size" else OPTIONS.get(token.text, "activation")
            if option in NUMBERED:
                at += 1
            elif option == "activation":
                while at < len(rest) and rest[at].kind == "word" and rest[at].text not in OPTIONS:
                    at += 1
            said = rest[first:at]
            is_followed = at < len(rest) and rest[at].kind != "word" and self._name != "dense"
            is_unknown = option == "activation" and not kinds.is_activation(_joined_words(said))
            if option not in self._word.options or (is_unknown and is_followed):
                self._refuse_option(said)
            if is_unknown:
                _refuse_activation(said)
            if option in self._said:
                self._refuse_surplus(said)
            if option in NUMBERED:
                self._check_number(option, said)
            self._said[option] = said

    def _check_number(self, option: str, said: list[_Token]) -> None:
        """Refuse an option without its number, or with another sort of number."""
        number = said[1] if len(said) > 1 else None
        if option == "epsilon" and not (number and number.kind == "number"):
            _refuse(mark("Layers: “{option}” in “{text}” has no number."), self._tokens, "batchnorm", option=option)
        if option != "epsilon" and not (number and (number.pair if option in PAIRS else number.whole is not None)):
            wrong = mark("Layers: “{option}” in “{text}” has no whole number.")
            _refuse(wrong, self._tokens, self._name, option=option)

    def _check_width(self, width: int | None) -> None:
        most = kinds.MAX_WIDTH if self._name == "dense" else kinds.MAX_FEATURE_MAPS
        wrong = mark("Layers: a layer must have between 1 and {most:,} feature maps, not {width:,}.")
        if self._name == "dense":
            wrong = mark("Layers: a layer must have between 1 and {most:,} neurons, not {width:,}.")
        if width is not None and not 1 <= width <= most:
            _refuse(wrong, self._tokens, most=most, width=width)

    def _text(self, option: str, usual: str = "") -> str:
        return _joined_words(self._said.get(option, ())) or usual

    def _pair(self, option: str, usual: Pair, most: int = kinds.MAX_KERNEL) -> Pair:
        """Return rows and columns; those of a size may be the last number alone."""
        alone = self._numbers[self._word.numbers[0] :] if option == "size" else []
        said = self._said.get(option, alone)[-1:]
        if not said:
            return usual
        pair = said[0].pair
        if pair is None or not all(1 <= side <= most for side in pair):
            self._refuse_range(said[0], 1, most, _comma() if alone else "")
        return pair

    def _between(self, token: _Token, is_below: bool = False) -> float:
        """Return a number above 0 and up to 1, or below it."""
        if not 0 < token.number <= 1 or (is_below and token.number == 1):
            hint = tr("Write it with a point, as in {example}.", example=self._word.example)
            self._refuse_range(token, 0, 1, hint)
        return token.number

    def _side(self, token: _Token) -> int:
        side = token.whole
        if side is None or side > kinds.MAX_KERNEL:
            self._refuse_range(token, 0, kinds.MAX_KERNEL)
        return side

    def _refuse_layer(self) -> NoReturn:
        tokens = self._tokens
        hint = tr("Write widths such as 300 or conv 16, 64.")
        if any(_is_head(token) for token in tokens[1:]):
            hint = _comma()
        elif self._word.example and tokens[0].kind != "number":
            hint = tr("Write it as in {example}.", example=self._word.example)
        elif tokens[0].kind == "word":
            words = [token.text for token in tokens if token.kind == "word"]
            hint = _slope_hint(tokens) or _suggestion("".join(words), [*WORDS, *SAME]) or hint
        _refuse(mark("Layers: “{text}” is not a layer."), tokens, hint=hint)

    def _refuse_option(self, said: list[_Token]) -> NoReturn:
        options = (*NUMBERED, *kinds.PADDINGS)
        hint = "" if said[0].text in options else _suggestion(said[0].text, options)
        if kinds.is_activation(self._name) or any(_is_head(token) for token in said):
            hint = _comma()
        _refuse(mark("Layers: “{part}” cannot have “{text}”."), said, self._name, hint=hint, part=_quoted(self._tokens))

    def _refuse_surplus(self, said: list[_Token]) -> NoReturn:
        wrong = mark("Layers: “{text}” is one too many in “{part}”.")
        _refuse(wrong, said, hint=_comma(), part=_quoted(self._tokens))

    def _refuse_range(self, token: _Token, least: int, most: int, hint: str = "") -> NoReturn:
        wrong = mark("Layers: “{text}” in “{part}” is not between {least:,} and {most:,}.")
        _refuse(wrong, [token], hint=hint, part=_quoted(self._tokens), least=least, most=most)


def _quoted(tokens: Sequence[_Token]) -> str:
    return clipped(tokens[0].source[tokens[0].start : tokens[-1].end], LONGEST_QUOTE)


def _refuse(wrong: str, tokens: Sequence[_Token], name: str = "", *, hint: str = "", **values: object) -> NoReturn:
    """Raise the sentence `wrong`, with `{text}` for the part, and a part like it as a hint if it has a `name`."""
    if name in WORDS and not hint:
        hint = tr("Write it as in {example}.", example=WORDS[name].example)
    # A name of one of its fields is a value of the sentence, too.
    sentence = tr(wrong, **{"text": _quoted(tokens), **values})
    raise LayersError(sentence, (tokens[0].start, tokens[-1].end), hint=hint)


def _refuse_flat(layer: Layer, tokens: list[_Token], flat: str) -> NoReturn:
    if isinstance(layer, ConvLayer) and _head(list(_tokens(flat)))[0] == "dense":
        _refuse(mark("Layers: a convolution cannot follow a dense layer."), tokens)
    wrong = mark("Layers: “{text}” cannot follow “{before}”, which leaves no feature maps.")
    _refuse(wrong, tokens, before=flat)


def _refuse_opening(tokens: list[_Token]) -> NoReturn:
    _refuse(mark("Layers: “(” can only follow residual or branches."), tokens, "residual")


def _refuse_activation(said: list[_Token]) -> NoReturn:
    hint = _slope_hint(said) or (_suggestion(said[0].text, kinds.LAYER_ACTIVATIONS) if len(said) == 1 else "")
    if any(_is_head(token) for token in said):
        hint = _comma()
    hint = hint or tr("Write it behind a width, such as 300 relu, 100 tanh.")
    wrong = mark("Layers: “{text}” is not an activation. There are {names}.")
    _refuse(wrong, said, hint=hint, names=", ".join(kinds.LAYER_ACTIVATIONS))


def _activation_in(said: list[_Token]) -> str:
    """Return the name of an activation, empty for none."""
    name = _joined_words(said)
    if name and not kinds.is_activation(name):
        _refuse_activation(said)
    return name


def _joined_words(said: Sequence[_Token]) -> str:
    return "_".join(token.text for token in said)


def _head(tokens: Sequence[_Token]) -> tuple[str, list[_Token]]:
    """Return what a part is, and what stands behind the words that say it; nothing for an unknown word."""
    words = 0
    while words < min(3, len(tokens)) and tokens[words].kind == "word":
        words += 1
    if tokens and tokens[0].kind == "number":
        return "dense", list(tokens)
    if tokens and kinds.is_activation(tokens[0].text):
        return tokens[0].text, list(tokens[1:])
    for count in range(words, 0, -1):
        joined = "".join(token.text.replace("_", "") for token in tokens[:count])
        if joined in SAME or joined in WORDS:
            return SAME.get(joined, joined), list(tokens[count:])
    return "", list(tokens)


def _is_head(token: _Token) -> bool:
    return token.kind == "word" and token.text in WORDS


def _comma() -> str:
    return tr("Write a comma between two layers.")


def _slope_hint(tokens: Sequence[_Token]) -> str:
    has_slope = any(token.text.startswith(f"{kinds.LEAKY} ") for token in tokens)
    return tr("Write a slope between 0 and 1, as in {example}.", example="leaky_relu 0.3") if has_slope else ""


def _suggestion(word: str, known: Iterable[str]) -> str:
    """Return a hint with the known word that is like a misspelt one; none if there is no such word."""
    like = difflib.get_close_matches(word[:LONGEST_WORD], list(known), 1, 0.6)
    return tr("Did you mean {word}?", word=SPACED.get(like[0], like[0])) if like else ""


def _joined(before: Layer, layer: Layer) -> Layer | None:
    """Return a hidden layer or a sum with what belongs to it: its norm, its activation; `None` for anything else."""
    if isinstance(before, HiddenLayer | kinds.Residual) and not before.activation:
        if isinstance(layer, Norm) and isinstance(before, HiddenLayer) and before.norm is None:
            return before.but(norm=layer)
        if isinstance(layer, Activation):
            return before.but(activation=layer.name)
    return None


def _is_short(layers: Layers, tokens: Sequence[_Token]) -> bool:
    """Whether a part is a convolution of which no more is said than its width and its activation."""
    says_more = sum(token.kind in ("number", "size") for token in tokens) > 1
    says_more = says_more or any(token.text in kinds.PADDINGS for token in tokens)
    return len(layers) == 1 and isinstance(layers[0], ConvLayer) and layers[0].is_plain and not says_more


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
        elif not isinstance(layer, HiddenLayer):
            yield _text(layer)
        elif not is_inside and _pools_by_itself(layers, at):
            skipped = True
            yield _said("conv", layer.width, layer.activation)
        else:
            is_clear = at == last and layer.activation == "linear" and not isinstance(following, Norm | Activation)
            activation = "" if is_clear else layer.activation
            if layer.norm is None:
                yield _said(_hidden_text(layer), activation)
            else:
                yield from filter(None, (_hidden_text(layer), _text(layer.norm), activation))


def _pools_by_itself(layers: Sequence[Layer], at: int) -> bool:
    """Whether `conv 16` says the layer with the pooling behind it, as nothing follows that would make it mean less."""
    layer, pool, behind = layers[at], layers[at + 1 : at + 2], layers[at + 2 : at + 3]
    is_short = isinstance(layer, ConvLayer) and layer.is_plain and list(pool) == [kinds.Pool()]
    return is_short and not any(isinstance(other, BELONGS) for other in behind)


def _said(*words: object) -> str:
    return " ".join(text for word in words if (text := f"{word}"))


def _hidden_text(layer: Layer, times: str = "x", stride: str = "stride ") -> str:
    """Return a hidden layer without its normalisation and its activation, in the language or with other signs."""
    if not isinstance(layer, ConvLayer):
        return f"{getattr(layer, 'width', '')}"
    return _said(
        "depthwise" if layer.is_depthwise else "conv",
        layer.width,
        _by(layer.kernel, times),
        _option(stride, layer.stride, (1, 1), times),
        layer.padding.replace("same", ""),
        _option("dilation ", layer.dilation, (1, 1), times),
        f"groups {layer.groups}" if layer.groups > 1 else "",  # no text
    )


def _text(layer: Layer) -> str:
    match layer:
        case Norm(kind, epsilon):
            said = f"epsilon {kinds.number_text(epsilon)}" if epsilon != Norm(kind).epsilon else ""  # no text
            return _said(f"{kind}norm", said)
        case kinds.Pool(kind, size, stride, padding):
            word, said = "maxpool" if kind == "max" else "avgpool", _by(size) if size != (2, 2) else ""
            return _said(word, said, _option("stride ", stride, size), padding.replace("same", ""))
        case kinds.GlobalPool(kind):
            return f"global {kind}"  # no text
        case Activation(name):
            return name
        case kinds.Dropout(rate):
            return f"dropout {kinds.number_text(rate)}"  # no text
        case kinds.Rescale(scale, offset):
            return _said("rescale", kinds.number_text(scale), kinds.number_text(offset) if offset else "")
        case kinds.Pad(top, bottom, left, right):
            return f"pad {top}" if top == bottom == left == right else f"pad {top} {bottom} {left} {right}"  # no text
        case kinds.Resize(rows, columns):
            return f"resize {rows}x{columns}"  # no text
        case kinds.Flatten():
            return "flatten"
        case kinds.Colour():
            return "colour"
        case kinds.Residual(body, shortcut, activation):
            summands = [_inside(_texts(summand, is_summand=True)) for summand in (body, *[shortcut] * bool(shortcut))]
            return _said(f"residual({' | '.join(summands)})", activation)
        case kinds.Branches(branches):
            return f"branches({' | '.join(_inside(_texts(branch)) for branch in branches)})"
    return _hidden_text(layer)


def _inside(texts: Iterable[str]) -> str:
    return ", ".join(texts) or "identity"


def _by(pair: Pair, sign: str = "x") -> str:
    return f"{pair[0]}{sign}{pair[1]}"


def _option(name: str, pair: Pair, usual: Pair, sign: str = "x") -> str:
    return "" if pair == usual else f"{name}{pair[0] if pair[0] == pair[1] else _by(pair, sign)}"


def in_words(layers: Sequence[Layer], shape: tuple[int, ...] | None = None, classes: int = 0) -> str:
    """Return a network's layers in words: `784 → 300 ReLU → 100 tanh → 10`, `28×28×1 → conv 16 3×3 → 64 → 10`.

    Without `shape` (rows, columns and, if not 1, channels) and `classes` these are the layers, or `none`. Equal
    activations are omitted. Where all convolutions pool 2×2 and nothing else is there, the pooling is not said.
    """
    names_activations = len(set(_activations(layers))) > 1
    parts = list(_words(layers, names_activations, kinds.is_plain(layers)))
    if shape:
        rows, columns, channels = (*shape, 1)[:3]
        parts.insert(0, f"{rows}×{columns}×{channels}" if _reads_images(layers) else f"{rows * columns * channels}")
    if classes:
        parts.append(f"{classes}")
    return " → ".join(parts) or tr_context("hidden layers", "none")


def _activations(layers: Sequence[Layer]) -> Iterator[str]:
    for layer in layers:
        if isinstance(layer, HiddenLayer | kinds.Residual):
            yield layer.activation
        for inside in layer.inside:
            yield from _activations(inside)


def _reads_images(layers: Sequence[Layer]) -> bool:
    return any(isinstance(layer, OF_IMAGES) or any(map(_reads_images, layer.inside)) for layer in layers)


def _words(layers: Sequence[Layer], names_activations: bool, is_short: bool = False) -> Iterator[str]:
    for layer in layers:
        match layer:
            case HiddenLayer():
                norm = f"{layer.norm.kind}norm" if layer.norm else ""
                name = activation_name(layer.activation) if names_activations else ""
                yield _said(_hidden_text(layer, "×", "/"), norm, name)
            case Norm(kind):
                yield f"{kind}norm"
            case kinds.Pool(kind, size, stride, padding):
                if not is_short:
                    words = _by(size, "×"), _option("/", stride, size, "×"), padding.replace("same", "")
                    yield _said(kind, *words)
            case Activation(name):
                yield activation_name(name)
            case kinds.Resize(rows, columns):
                yield f"resize {rows}×{columns}"  # no text
            case kinds.Residual() | kinds.Branches():
                texts = [" → ".join(_words(inside, names_activations)) for inside in layer.inside]
                if isinstance(layer, kinds.Branches):
                    yield f"branches ({' | '.join(text or 'identity' for text in texts)})"  # no text
                else:
                    summands = " | ".join(filter(None, texts)) or "identity"
                    name = activation_name(layer.activation) if names_activations else ""
                    yield _said(f"residual ({summands})", name)  # no text
            case _:
                yield _text(layer)


def activation_name(activation: str) -> str:
    """Return the window's name of an activation: `Leaky ReLU 0.3`; nothing for the run's own."""
    name, *slope = activation.split(" ")
    return " ".join([tr(kinds.LAYER_ACTIVATIONS[name]), *slope]) if name else ""
