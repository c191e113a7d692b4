"""Messages of which a test cares about a few fields only."""

import dataclasses
from typing import Literal, TypeAliasType, get_args, get_origin, get_type_hints

import numpy as np

from engine.core.lazy import Array


def blank(kind, **values):
    """Make a message of run A with these values; what has no default is zero or empty."""
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.default is field.default_factory is dataclasses.MISSING and field.name not in values:
            values[field.name] = "A" if field.name == "run" else _empty(hints[field.name])
    return kind(**values)


def _empty(type_):
    if get_origin(type_) is Literal:
        return get_args(type_)[0]
    if type(None) in get_args(type_):
        return None
    if type_ is Array:
        return np.zeros(0)
    if isinstance(type_, TypeAliasType):
        return _empty(type_.__value__)
    if dataclasses.is_dataclass(type_):
        return blank(type_)
    if hasattr(type_, "_fields"):  # a named tuple
        return type_(*map(_empty, get_type_hints(type_).values()))
    return (get_origin(type_) or type_)()
