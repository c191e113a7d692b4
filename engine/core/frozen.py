"""The base of families of frozen dataclasses."""

from dataclasses import dataclass
from typing import dataclass_transform


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True, eq=False)  # or what is compared by identity would inherit its equality
class Frozen:
    """Each subclass is a frozen dataclass with named fields, and so are its own: none of them needs a decorator."""

    def __init_subclass__(cls, *, eq: bool = True) -> None:
        super().__init_subclass__()  # that of a generic one notes its type parameters
        dataclass(frozen=True, kw_only=True, eq=eq)(cls)
