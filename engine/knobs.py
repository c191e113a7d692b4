"""Settings declared once: a knob on a frozen dataclass gives the form, the flag, the range check and the help."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from engine.errors import UserError

type Value = int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """One setting: how it is called, what it means, what it may be."""

    name: str
    kind: Literal["whole", "real", "text", "choice"]
    default: Value
    title: str
    help: str
    group: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What each value of a choice is called in the window."""
    live: bool = False
    """Whether it may be changed while a job runs."""
    scale: Literal["linear", "log"] = "linear"
    percent: bool = False
    """Whether the window shows a share between 0 and 1 in percent."""
    check_text: Callable[[str], object] | None = None
    """Raises `UserError` for a text that is no value of this knob."""

    def parse(self, text: str) -> Value:
        """Return the value that `text` stands for; raise `UserError` where it stands for none."""
        text = text.strip()
        if self.kind in ("text", "choice"):
            return self.check(text)
        try:
            number = int(text) if self.kind == "whole" else float(text)
        except ValueError:
            noun = "a whole number" if self.kind == "whole" else "a number"
            raise UserError(f"{self.title} must be {noun}, not “{text}”.") from None
        return self.check(number)

    def check(self, value: Value) -> Value:
        """Return `value`, as the right type, when it is allowed; raise `UserError` with the one sentence otherwise."""
        if self.kind == "choice":
            if value not in self.choices:
                raise UserError(f"{self.title} must be one of {', '.join(self.choices)}, not “{value}”.")
            return value
        if self.kind == "text":
            if self.check_text:
                self.check_text(str(value))
            return str(value)
        number = float(value)
        if not self.minimum <= number <= self.maximum:  # also refuses NaN
            raise UserError(f"{self.title} must be between {self.range_text()}, not {value}.")
        return int(value) if self.kind == "whole" else number

    def range_text(self) -> str:
        """Return the allowed range in words: `1 and 10,000`."""
        return f"{_plain(self.minimum)} and {_plain(self.maximum)}"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"


def knob(default: Value, *, title: str, help: str, **more: Any) -> Any:
    """Declare a field of a `Spec` as a setting; the kind follows from the type of the default and from `choices`."""
    kind = "text"
    if more.get("choices"):
        kind = "choice"
    elif not isinstance(default, str):
        kind = "whole" if isinstance(default, int) else "real"
    declared = {"kind": kind, "default": default, "title": title, "help": help, **more}
    return dataclasses.field(default=default, metadata={"knob": declared})


def knobs(spec: type[Any]) -> Mapping[str, Knob]:
    """Return the knobs of a class of specs by name, in their order."""
    fields = dataclasses.fields(spec)
    return {field.name: Knob(name=field.name, **field.metadata["knob"]) for field in fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A set of checked settings; one that exists is valid."""

    def __post_init__(self) -> None:
        for name, each in knobs(type(self)).items():
            object.__setattr__(self, name, each.check(getattr(self, name)))

    def but(self, **changes: Any) -> Self:
        """Return the same settings with some of them changed."""
        return dataclasses.replace(self, **changes)

    def as_dict(self) -> dict[str, Value]:
        """Return the settings as plain values, fit for JSON."""
        return {name: getattr(self, name) for name in knobs(type(self))}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the settings that `as_dict` gave; unknown names are left out, missing ones get their default."""
        return cls(**{name: values[name] for name in knobs(cls) if name in values})

    def differences(self, other: Self) -> dict[str, tuple[Value, Value]]:
        """Return the settings that differ from `other`, as (here, there)."""
        here, there = self.as_dict(), other.as_dict()
        return {name: (here[name], there[name]) for name in here if here[name] != there[name]}
