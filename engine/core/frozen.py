"""The base of families of frozen dataclasses."""

from dataclasses import dataclass
from typing import dataclass_transform


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class Frozen:
    """Each subclass is a frozen dataclass with named fields, and so are its own: none of them needs a decorator."""

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, kw_only=True)(cls)
