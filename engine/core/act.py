"""An act: something a person did or looked at for a while in a tab. The session's notebook lists all acts in order."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Self

from engine.core.frozen import Frozen
from engine.core.lazy import Array, np
from engine.core.lens import Lens, NeuronSet, shares_as_plain, shares_from_plain
from engine.core.messages import read_only
from engine.core.plain import MOST_SECONDS, MOST_STEPS, named, real, several, whole, word

MOST_ACTS = 100  # beyond it the oldest are dropped: nobody reads a notebook with more sections

# Maximum number of settings of an act, of letters of a setting, and of numbers in a list of neurons.
MOST_SETTINGS, LONGEST_SETTING, MOST_NUMBERS = 60, 1_000, 10_000

# The settings that are arrays: the drawing that the network receives, the matrix of the warm-up.
ARRAYS = ("picture", "matrix")

LONGEST_SIDE = 256  # maximum number of rows or columns of such an array


class Act(Frozen, eq=False):
    """A tab with the settings of its code, seen through a lens at one moment, on the data with that fingerprint."""

    tab: str
    # Plain values by name: numbers, texts, lists of whole numbers.
    settings: Mapping[str, Any] = field(default_factory=dict)
    # At most one array (rows, columns), by one of the names in `ARRAYS`; read-only.
    arrays: Mapping[str, Array] = field(default_factory=dict)
    lens: Lens | None = None
    data: str = ""
    when: float = 0.0  # Unix time, in seconds

    @classmethod
    def of(cls, tab: str, settings: Mapping[str, Any], lens: Lens | None, data: str, when: float) -> Self:
        """Return the act. `settings` are those that a tab passes to `show_code`, arrays included."""
        arrays = {name: read_only(np.asarray(settings[name])) for name in ARRAYS if settings.get(name) is not None}
        plain = {name: _plain(value) for name, value in settings.items() if name not in ARRAYS}
        return cls(tab=tab, settings=plain, arrays=arrays, lens=lens, data=data, when=when)

    def is_like(self, other: Self) -> bool:
        """Whether both show the same, regardless of when."""
        here, there = ((act.tab, act.settings, act.lens, act.data, [*act.arrays]) for act in (self, other))
        return here == there and all(np.array_equal(array, other.arrays[name]) for name, array in self.arrays.items())

    def as_plain(self) -> dict[str, Any]:
        """Return the act as values for JSON, without the array itself."""
        lens = self.lens
        through: dict[str, Any] | None = None
        if lens is not None:
            through = {"run": lens.run, "step": lens.moment, **NeuronSet.of(lens).as_plain()}
            if lens.mixed:
                through["mixed"] = shares_as_plain(lens.mixed)
        return {
            "tab": self.tab,
            "settings": dict(self.settings),
            "array": next(iter(self.arrays), ""),
            "lens": through,
            "data": self.data,
            "when": self.when,
        }

    @classmethod
    def from_plain(cls, values: Any, array: Array | None) -> Self:
        """Return the act from the values of `as_plain`; raise `ValueError`, `TypeError` or `LookupError` otherwise."""
        name, settings, through = values["array"], named(values["settings"], MOST_SETTINGS), values["lens"]
        if (array is None) != (name == "") or name not in ("", *ARRAYS):
            raise ValueError("An act has an array by name, or none.")
        return cls(
            tab=word(values["tab"], LONGEST_SETTING),
            settings={word(key, LONGEST_SETTING): _checked(value) for key, value in settings.items()},
            arrays={} if array is None else {name: _flat(array)},
            lens=None if through is None else _lens(through),
            data=word(values["data"], LONGEST_SETTING),
            when=real(values["when"], 0, MOST_SECONDS),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _checked(value: Any) -> Any:
    """Return a setting: a number, a text, or the numbers of neurons."""
    if type(value) is list:
        return [whole(number, 0, MOST_STEPS) for number in several(value, 0, MOST_NUMBERS)]
    if type(value) is str:
        return word(value, LONGEST_SETTING)
    real(value, -(2**53), 2**53)
    return value


def _flat(array: Array) -> Array:
    is_picture = array.ndim == 2 and min(array.shape) > 0 and max(array.shape) <= LONGEST_SIDE
    if not is_picture or array.dtype not in (np.float32, np.float64) or not np.isfinite(array).all():
        raise ValueError("An act's array has rows and columns of numbers.")
    return array


def _lens(values: Any) -> Lens:
    run, step = word(values["run"], LONGEST_SETTING), whole(values["step"], 0, MOST_STEPS)
    changed = NeuronSet.from_plain(values)
    mixed = shares_from_plain(values.get("mixed", []))
    if any(share.moment is None for share in mixed):
        raise ValueError("An act mixes snapshots.")
    return Lens(run, step, changed.silenced, changed.adjusted, mixed)
