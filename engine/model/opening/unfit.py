"""Why a network is not opened: in one sentence, whatever its file is; and how large one may be."""

from typing import Self

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.data.formats.checks import MOST_CLASSES

MOST_PARAMETERS = 50_000_000

NOT_FINITE, NEGATIVE = mark("its weights are NaN or infinite"), mark("its variance is negative")
PASSED_ON = mark("It ends without a dense layer: one that passes on each number as it is stands there.")


class UnfitError(Exception):
    """A file, or a layer in it, of which no network here can be made; the reason follows its name in a sentence."""

    def __init__(self, reason: str, layer: str = "", *, hint: str = "") -> None:
        super().__init__(reason)
        self.layer, self.hint = layer, hint

    def about(self, layer: str) -> Self:
        """Name the layer that it is about, unless it says that already."""
        self.layer = self.layer or layer
        return self

    def of(self, file: str) -> UserError:
        """Return the error with the name of the file, for a person."""
        if self.layer:
            return UserError(tr("{file}, {layer}: {reason}.", file=file, layer=self.layer, reason=self), hint=self.hint)
        return UserError(tr("{file} cannot be opened: {reason}.", file=file, reason=self), hint=self.hint)


def check_classes(count: int) -> None:
    """Raise `UnfitError` for a number of outputs that no network here has."""
    if not 2 <= count <= MOST_CLASSES:
        reason = mark("it has {count:,} outputs; Layerlight's networks have 2 to {most}")
        raise UnfitError(tr(reason, count=count, most=MOST_CLASSES))


def check_parameters(count: int) -> None:
    """Raise `UnfitError` for more parameters than are opened."""
    if count > MOST_PARAMETERS:
        reason = mark("it has {count:,} parameters, and at most {most:,} are opened")
        raise UnfitError(tr(reason, count=count, most=MOST_PARAMETERS))
