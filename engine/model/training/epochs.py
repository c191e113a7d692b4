"""A run's history: a compact table of its epochs, as there may be thousands, and numbers of its steps."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, overload

from engine.core.lazy import Array, frozen, np
from engine.model.training.messages import EpochDone

# The figures of which every epoch has one number, in the order of the columns; NaN for an unknown one.
FIGURES = (
    *("epoch", "step", "train_loss", "test_loss", "test_accuracy", "validation_loss", "validation_accuracy"),
    *("images_per_second", "seconds", "finite"),
)

# The float figures of a run without validation images.
NOT_VALIDATED = tuple(name for name in FIGURES[2:-1] if not name.startswith("validation"))

# The number of integer figures, and the column after the figures, which has the number of the epoch's `_Kind`.
INTEGERS, KIND = 2, len(FIGURES)

FEWEST_SPARE = 4_096  # rows of spare capacity of `Growing`; of long arrays, an eighth of their length


class _Kind(NamedTuple):
    """What most epochs of a run have in common."""

    run: str
    widths: tuple[int, ...]
    norms: int
    dead: int
    validated: bool


class Epochs(Sequence[EpochDone]):
    """A sequence of epochs, stored as a table of numbers: it takes a sixth of the messages' memory."""

    def __init__(self, epochs: Iterable[EpochDone] = ()) -> None:
        self._table: Any = None  # a row per epoch and spare rows, float64: exact for counts below 2 ** 53
        self._length = 0
        self._kinds: dict[_Kind, int] = {}
        for done in epochs:
            self.append(done)

    def append(self, done: EpochDone) -> None:
        """Add an epoch."""
        validated = done.validation_accuracy is not None
        kind = _Kind(done.run, done.widths, len(done.gradient_norms), len(done.dead), validated)
        number = self._kinds.setdefault(kind, len(self._kinds))
        figures = (getattr(done, name) for name in FIGURES)
        known = [math.nan if figure is None else figure for figure in figures]
        row = [*known, number, *done.gradient_norms, *done.dead]
        self._make_room(len(row))
        self._table[self._length, : len(row)] = row
        self._length += 1

    def column(self, name: str) -> Any:
        """Return one of the `FIGURES` of all epochs, (epochs,) float64: a view, which must not be written to."""
        return self._table[: self._length, FIGURES.index(name)] if self._length else np.zeros(0)

    @property
    def judged(self) -> Any:
        """The accuracies by which the best epoch is chosen, (epochs,): `EpochDone.judged`."""
        return self._judged("test_accuracy", "validation_accuracy")

    @property
    def judged_loss(self) -> Any:
        """The losses of the same images, (epochs,)."""
        return self._judged("test_loss", "validation_loss")

    def _judged(self, test: str, validation: str) -> Any:
        """Return a figure on the validation images in the epochs that have some, otherwise on the test images."""
        if not self.is_validated:
            return self.column(test)
        is_validated = ~np.isnan(self.column("validation_accuracy"))
        return np.where(is_validated, self.column(validation), self.column(test))

    @property
    def is_validated(self) -> bool:
        """Whether any epoch was tested on validation images."""
        return any(kind.validated for kind in self._kinds)

    def gradient_norms(self, layer: int) -> tuple[Any, Any]:
        """Return the epochs with a layer's gradient norm, and the norms, both (epochs,)."""
        return self._of_layer(lambda kind: KIND + 1 + layer if layer < kind.norms else None)

    def dead_shares(self, layer: int) -> tuple[Any, Any]:
        """Return the epochs with a hidden layer's dead neurons, and their share, both (epochs,)."""

        def place(kind: _Kind) -> int | None:
            return KIND + 1 + kind.norms + layer if layer < min(kind.dead, len(kind.widths)) else None

        epochs, dead = self._of_layer(place)
        _, widths = self._of_layer(place, lambda kind: max(kind.widths[layer], 1))
        return epochs, dead / widths

    def _of_layer(
        self, place: Callable[[_Kind], int | None], value: Callable[[_Kind], float] | None = None
    ) -> tuple[Any, Any]:
        """Return the epochs whose kind has such a column, with its numbers or with their kind's `value`."""
        epochs, rows = self.column("epoch"), self._table[: self._length] if self._length else np.zeros((0, 1))
        places = {number: at for kind, number in self._kinds.items() if (at := place(kind)) is not None}
        if value is None and len(places) == len(self._kinds) == 1:
            return epochs, rows[:, places[0]]  # nearly all runs have one kind: nothing is copied
        known = np.zeros(len(rows), bool)
        values = np.zeros(len(rows))
        for kind, number in self._kinds.items():
            if number in places:
                of_kind = rows[:, KIND] == number
                known |= of_kind
                values[of_kind] = value(kind) if value else rows[of_kind, places[number]]
        return epochs[known], values[known]

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> EpochDone: ...
    @overload
    def __getitem__(self, place: slice) -> list[EpochDone]: ...
    def __getitem__(self, place: int | slice) -> EpochDone | list[EpochDone]:
        chosen = range(self._length)[place]
        if isinstance(chosen, int):
            return next(self._rows(range(chosen, chosen + 1)))
        return list(self._rows(chosen))

    def __iter__(self) -> Iterator[EpochDone]:
        return self._rows(range(self._length))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # mutable

    def _rows(self, places: range) -> Iterator[EpochDone]:
        kinds = list(self._kinds)
        for place in places:
            row = self._table[place].tolist()
            kind = kinds[int(row[KIND])]
            rest = row[KIND + 1 :]
            known = FIGURES[INTEGERS:-1] if kind.validated else NOT_VALIDATED
            yield EpochDone(
                run=kind.run,
                epoch=int(row[0]),
                step=int(row[1]),
                **{name: row[FIGURES.index(name)] for name in known},
                finite=bool(row[KIND - 1]),
                gradient_norms=tuple(rest[: kind.norms]),
                dead=tuple(map(int, rest[kind.norms : kind.norms + kind.dead])),
                widths=kind.widths,
            )

    def _make_room(self, width: int) -> None:
        """Grow the table, by an eighth at a time, until a row of `width` numbers fits: amortised O(1)."""
        rows, columns = (0, 0) if self._table is None else self._table.shape
        if self._length < rows and width <= columns:
            return
        more = self._length + max(64, self._length // 8) if self._length == rows else rows
        grown = np.zeros((more, max(width, columns)))
        if self._length:
            grown[: self._length, :columns] = self._table[: self._length]
        self._table = grown


class Growing:
    """Append-only float32 array with amortised O(1) append. A list of arrays would take 100 bytes a row more."""

    def __init__(self, *shape: int) -> None:
        """Make an array without rows; each row has this shape."""
        self._room: Array | None = None  # the rows and, behind them, the spare capacity
        self._shape, self._length = shape, 0

    @property
    def so_far(self) -> Array:
        """All rows until now: a read-only view. It is no copy, as rows that were appended never change."""
        rows = np.empty((0, *self._shape), np.float32) if self._room is None else self._room[: self._length]
        return frozen(rows)

    def extend(self, rows: Array | Sequence[float]) -> None:
        """Append rows, (rows, *shape)."""
        added = np.asarray(rows, np.float32)
        end = self._length + len(added)
        if self._room is None or end > len(self._room):
            grown = np.empty((end + max(FEWEST_SPARE, end // 8), *self._shape), np.float32)
            grown[: self._length] = self.so_far
            self._room = grown
        self._room[self._length : end] = added
        self._length = end

    def __len__(self) -> int:
        return self._length
