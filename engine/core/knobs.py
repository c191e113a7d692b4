"""Settings declared once: from a knob follow the form's field, the flag, the range check, the help and the JSON."""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self

from engine.core.errors import UserError
from engine.core.frozen import Frozen
from engine.core.language import SOURCE, language, mark, tr, with_marks
from engine.core.text import clipped, plain

type Value = int | float | str


class Knob(Frozen):
    """One setting: its name, its meaning, its type and range."""

    name: str
    kind: Literal["whole", "real", "text", "choice"]
    default: Value
    title: str
    help: str
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)  # the window's name of each value of a choice
    live: bool = False  # whether it may be changed while a job runs
    scale: Literal["linear", "log"] = "linear"
    percent: bool = False  # whether the window shows a share between 0 and 1 in percent
    zero: str = ""  # what 0 or an empty text means, where a field may be left empty; the form's placeholder
    check_text: Callable[[str], object] | None = None  # raises `UserError` for a text that is not a value of this knob

    def parse(self, text: str, *, decimal_comma: bool = False) -> Value:
        """Return the value of `text`; raise `UserError` where it has none.

        With `decimal_comma` 0,05 is 0.05, but 1,000, perhaps a thousand, is refused; without it any comma is.
        """
        text = text.strip()
        if self.kind in ("text", "choice"):
            return self.check(text)
        if self.zero and not text:
            return self.check(0)
        plain = self._plain(text, *(with_marks(".,") if decimal_comma else ".,"))
        if plain != text and not decimal_comma:
            raise UserError(
                tr("{title}: write {number}, without a comma: not “{text}”.", title=self.title, number=plain, text=text)
            )
        try:
            number = int(plain) if self.kind == "whole" else float(plain)
        except ValueError:
            no_number = (
                mark("{title} must be a whole number, not “{text}”.")
                if self.kind == "whole"
                else mark("{title} must be a number, not “{text}”.")
            )
            raise UserError(tr(no_number, title=self.title, text=clipped(text, LONGEST_ECHO))) from None
        self._check_range(number, text)
        return self.check(number)

    def _plain(self, text: str, decimal: str, thousands: str) -> str:
        """Return the text of a number as Python writes it, of one with these marks; any other text unchanged."""
        gap = SPACES if thousands.isspace() else re.escape(thousands)
        is_grouped = re.fullmatch(rf"[-+]?\d{{1,3}}({gap}\d{{3}})+", text)
        if self.kind == "whole" or thousands.isspace():
            text = re.sub(gap, "", text) if is_grouped else text
        elif is_grouped and text.count(thousands) == 1 and text.lstrip("+-")[0] != "0":
            first = text.replace(thousands, ".").rstrip("0").rstrip(".").replace(".", decimal)
            second = text.replace(thousands, "")
            sentence = tr(
                "{title}: “{text}” may mean {first} or {second}. Write one of them.",
                title=self.title,
                text=text,
                first=first,
                second=second,
            )
            raise UserError(sentence)
        return text.replace(",", ".") if self.kind != "whole" and _DECIMAL_COMMA.fullmatch(text) else text

    def _check_range(self, number: float, text: str) -> None:
        if not self.minimum <= number <= self.maximum:  # also refuses NaN
            sentence = tr(
                "{title} must be between {range}, not {text}.",
                title=self.title,
                range=self.range_text(),
                text=clipped(text, LONGEST_ECHO),
            )
            raise UserError(sentence)

    def check(self, value: Value) -> Value:
        """Return `value` as the right type; raise `UserError` with one sentence where it is not allowed."""
        if self.kind == "choice":
            if value not in self.choices:
                sentence = tr(
                    "{title} must be one of {choices}, not “{value}”.",
                    title=self.title,
                    choices=", ".join(self.choices),
                    value=value,
                )
                raise UserError(sentence)
            return value
        if self.kind == "text":
            if self.check_text:
                self.check_text(str(value))
            return str(value)
        number = float(value)
        self._check_range(number, plain_number(number))
        return int(value) if self.kind == "whole" else number

    def say(self, value: Value) -> str:
        """Return a value as the window says it: `ReLU`, `30 %`, `0.1`, `never`."""
        if self.choices:
            return self.choices.get(str(value), f"{value}")
        if self.zero and value in (0, ""):
            return self.zero
        if isinstance(value, float):
            return f"{with_marks(f'{100 * value:g}')} %" if self.percent else plain_number(value, grouped=False)
        return f"{value}"

    def range_text(self) -> str:
        """Return the allowed range in words: `1 and 10,000`."""
        return tr("{low} and {high}", low=plain_number(self.minimum), high=plain_number(self.maximum))


SPACES = "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]"  # a pattern of those between thousands
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.IGNORECASE)
LONGEST_ECHO = 40  # letters of a wrong text that its message repeats


def plain_number(number: float, *, grouped: bool = True) -> str:
    """Return a number as one writes it by hand: 0.000001, or 1e-9; with marks between thousands if `grouped`."""
    if not math.isfinite(number) or abs(number) >= 1e15:
        text = f"{number:g}"
    elif number == int(number):
        text = plain(number, ",.0f" if grouped else ".0f")
    else:
        text = f"{number:.10g}" if abs(number) < 1e-9 else f"{number:.12f}".rstrip("0")
    return with_marks(text)


def in_sentence(title: str) -> str:
    """Return a title as it is written within a sentence; capitals such as `L2` stay, and those of other languages."""
    if language() != SOURCE or title[:2].isupper() or title[1:2].isdigit():
        return title
    return title[:1].lower() + title[1:]


def knob(
    default: Value, *, title: str, help: str = "", within: tuple[float, float] = (-math.inf, math.inf), **more: Any
) -> Any:
    """Declare a field of a `Spec` as a setting; the kind follows from the type of the default and from `choices`.

    The help of a `live` one also says that it may be changed. A setting that only a script has needs none.
    """
    kind = "text"
    if more.get("choices"):
        kind = "choice"
    elif not isinstance(default, str):
        kind = "whole" if isinstance(default, int) else "real"
    declared = {"kind": kind, "default": default, "title": title, "help": help, **more}
    declared["minimum"], declared["maximum"] = within
    return dataclasses.field(default=default, metadata={"knob": declared})


def same_knob(spec: type[Any], name: str) -> Any:
    """Declare a field of another `Spec` as the setting of that name in this one."""
    (original,) = (field for field in dataclasses.fields(spec) if field.name == name)
    return dataclasses.field(default=original.default, metadata=original.metadata)


_KNOWN: dict[tuple[type[Any], str], Mapping[str, Knob]] = {}


def knobs(spec: type[Any]) -> Mapping[str, Knob]:
    """Return the knobs of a spec class by name, in their order and in the language of this process.

    They are cached, as lists of runs ask often.
    """
    key = spec, language()
    if key not in _KNOWN:
        _KNOWN[key] = MappingProxyType({item.name: _translated(item) for item in dataclasses.fields(spec)})
    return _KNOWN[key]


def _translated(item: dataclasses.Field[Any]) -> Knob:
    declared = item.metadata["knob"]
    texts = {key: tr(declared.get(key, "")) for key in ("title", "help", "zero")}
    if declared.get("live"):
        texts["help"] = f"{texts['help']} {tr('May be changed while it runs.')}"
    choices = {value: tr(title) for value, title in declared.get("choices", {}).items()}
    return Knob(name=item.name, **{**declared, **texts, "choices": choices})


class Spec(Frozen):
    """A set of checked settings: every instance is valid."""

    def __post_init__(self) -> None:
        for name, setting in knobs(type(self)).items():
            object.__setattr__(self, name, setting.check(getattr(self, name)))

    def but(self, **changes: Any) -> Self:
        """Return the same settings with some of them changed; raise `UserError` for one that there is not."""
        known = knobs(type(self))
        for name in changes:
            if name not in known:
                hint = tr("There are {names}.", names=", ".join(known))
                raise UserError(tr("There is no setting {name}.", name=name), hint=hint)
        return dataclasses.replace(self, **changes)

    def live(self, changes: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return those of a job's changes that are values of live settings."""
        own = knobs(type(self))
        return {name: value for name, value in (changes or {}).items() if name in own and own[name].live}

    def as_dict(self) -> dict[str, Value]:
        """Return the settings as values for JSON."""
        return {name: getattr(self, name) for name in knobs(type(self))}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the settings from `as_dict`'s values; unknown names are ignored, missing ones get their default."""
        return cls(**{name: values[name] for name in knobs(cls) if name in values})

    def differences(self, other: Self) -> dict[str, tuple[Value, Value]]:
        """Return the settings that differ from `other`, as (here, there)."""
        here, there = self.as_dict(), other.as_dict()
        return {name: (here[name], there[name]) for name in here if here[name] != there[name]}


class Preset[S: Spec](NamedTuple):
    """Settings with a name and a sentence on their purpose or effect, both marked for translation."""

    marked_title: str
    marked_sentence: str
    spec: S

    @property
    def title(self) -> str:
        """The name."""
        return tr(self.marked_title)

    @property
    def sentence(self) -> str:
        """The sentence."""
        return tr(self.marked_sentence)
