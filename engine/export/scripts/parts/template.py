"""Fits a script of `resources/scripts/`, which runs as it stands, to a run and to a tab's settings.

A file has a block of settings and cells, which begin with `# %%`. The exported script differs from it in four ways:

- An `if` that tests only settings is replaced by the branch that is taken.
- `settings.name` is replaced by the value as Python writes it, `{settings.name}` in a string, a docstring or a comment
  by its text.
- The lines of a cell `# %% name` are replaced by the part of this name, if there is one.
- Cells `# %% settings`, lines that end with this, and all markers are removed.

A named cell is shared: a notebook omits it if it has run the same cell before. `# %% changes name` marks a cell that
always runs and gives a shared name another value.
"""

import functools
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from types import SimpleNamespace
from typing import Any, NamedTuple

from engine.core.frozen import Frozen
from engine.core.knobs import Spec
from engine.core.layers.kinds import ConvLayer, HiddenLayer
from engine.core.layers.plan import Plan
from engine.core.lens import OutputScaling
from engine.core.machine.folders import RESOURCES
from engine.core.specs import TrainSpec
from engine.core.text import printable

WIDEST = 116
NEEDS = "Needs only NumPy and TensorFlow 2; draws a picture where matplotlib is installed."
NEEDS_NUMPY = "Needs only NumPy; draws a picture where matplotlib is installed."

MARKER = re.compile(r" *# %%(?: (.+))?")
CONDITION = re.compile(r"( *)if ((?:not )?settings\..+):")
SETTING = re.compile(
    r"""f"[^"\n]*\{settings\.[^"\n]*"|\{settings\.(?P<text>\w+)(?P<format>:[^}]*)?\}|\bsettings\.(?P<value>\w+)"""
)
CHANGES = "changes "
SETTINGS, RESULT = "settings", "result"  # cells with a meaning of their own: the settings, what saves arrays
IMPORT = "import matplotlib.pyplot as plt\n\n"

DRAWN = """\
try:
    import matplotlib.pyplot as plt
except ImportError:
    print("No picture is drawn: matplotlib is not installed.")
else:
{}"""


class Code(str):
    """A setting that is a piece of code instead of a value."""

    __slots__ = ()


class Cell(NamedTuple):
    """Some lines of a script, with the empty lines above them."""

    text: str
    makes: Sequence[str] = ()  # names to which it gives another value
    reads: str = ""  # the name, among those of shared cells, that its value follows from
    is_shared: bool = False  # whether a notebook omits it if it has run the same cell before

    @property
    def defines(self) -> bool:
        """Whether it defines a function."""
        return re.search(r"^def ", self.text, re.MULTILINE) is not None


type Parts = Mapping[str, str | Sequence[Cell]]


class Script(NamedTuple):
    """A fitted script. The lines of each part have the empty lines above them."""

    sentence: str
    about: str  # the text of its docstring below the sentence
    imports: str
    cells: Sequence[Cell]
    result: str  # the lines that save arrays
    drawing: str  # the lines that draw a picture, save and show it, without the import of matplotlib

    @property
    def text(self) -> str:
        """The whole script."""
        lines = [head(self.sentence, self.about), self.imports, *(cell.text for cell in self.cells), self.result]
        drawing = self.drawing.lstrip("\n")
        gap = "\n" * (len(self.drawing) - len(drawing))
        lines.append(gap + DRAWN.format(textwrap.indent(drawing, "    ")))
        return tidy("\n".join(filter(None, lines))) + "\n"


def fitted(name: str, about: Sequence[str] = (), parts: Parts | None = None, **settings: Any) -> Script:
    """Return the script `name` with these settings, `parts` as its cells, and sentences `about` in its docstring."""
    opening, *cells, drawing = _spaced(_filled(_cells(name, settings), parts or {}))
    sentence, imports = opening.text.removeprefix('"""').split('"""\n\n')
    result = cells.pop().text if cells[-1].makes == (RESULT,) else ""
    needs = NEEDS if "tensorflow" in imports else NEEDS_NUMPY
    drawn = drawing.text.replace(IMPORT, "")
    return Script(sentence, " ".join(filter(None, [*about, needs])), imports, cells, result, drawn)


def shared(cell: str, **settings: Any) -> str:
    """Return the lines of a cell of `shared.py` with these settings."""
    (lines,) = (lines for name, lines in _split(file_lines("shared")) if name == cell)
    return _with_values("\n".join(_decided(lines, SimpleNamespace(**settings))), settings).strip()


def quoted(text: str) -> str:
    """Return a text as Python writes it."""
    return repr(text) if not text.isprintable() else json.dumps(text, ensure_ascii=False)


def head(sentence: str, about: str) -> str:
    """Return a script's docstring: a sentence, and more below."""
    # A run's title is a person's own words: they must not end the docstring.
    plain = printable(about).replace("\\", "/").replace('"', "'")
    return "\n".join([f'"""{sentence}', "", *textwrap.wrap(plain, WIDEST), '"""'])


def comment(text: str) -> str:
    """Return a comment of as many lines as it needs; names in it are a stranger's, and must not end a line."""
    return textwrap.fill(printable(text), WIDEST, initial_indent="# ", subsequent_indent="# ")


def tidy(text: str) -> str:
    """Return code without spaces at the ends of lines, and with two empty lines at most."""
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
    return re.sub(r"\n{4,}", "\n\n\n", text)


@functools.cache
def file_lines(name: str) -> tuple[str, ...]:
    """Return the lines of a script's file."""
    return tuple((RESOURCES / "scripts" / f"{name}.py").read_text("utf-8").splitlines())


def _cells(name: str, settings: Mapping[str, Any]) -> list[Cell]:
    """Return the cells of a file with these settings, each with the empty lines below it; the first has no marker."""
    return [
        Cell(
            _with_values("".join(f"{line}\n" for line in lines), settings),
            (title.removeprefix(CHANGES),) if title else (),
            is_shared=bool(title) and not title.startswith(CHANGES),
        )
        for title, lines in _split(_decided(file_lines(name), SimpleNamespace(**settings)))
        if title != SETTINGS
    ]


def _split(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return the cells: the names behind their markers, and their lines."""
    cells: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        if marker := MARKER.fullmatch(line):
            cells.append((marker[1] or "", []))
        elif not line.endswith(f"# %% {SETTINGS}"):
            cells[-1][1].append(line)
    return cells


def _decided(lines: Sequence[str], settings: SimpleNamespace) -> list[str]:
    """Return the lines with each `if` that tests only settings replaced by the branch that is taken."""
    # So the exported text has no settings but those that a reader may want to change.
    decided, at = list[str](), 0
    while at < len(lines):
        condition = CONDITION.fullmatch(lines[at])
        if condition is None:
            decided.append(lines[at])
            at += 1
            continue
        indent, branch, is_taken = condition[1], list[str](), False
        test: str | None = condition[2]
        while test:
            end = _end_of_block(lines, at + 1, indent)
            if not is_taken and eval(test, {"settings": settings}):
                branch, is_taken = [line.removeprefix("    ") for line in lines[at + 1 : end]], True
            following = next((number for number in range(end, len(lines)) if lines[number].strip()), end)
            another = re.fullmatch(rf"{indent}(?:elif (.+)|else):", "".join(lines[following : following + 1]))
            at, test = (following, another[1] or "True") if another else (end, None)
        decided += _decided(branch, settings)
    return decided


def _end_of_block(lines: Sequence[str], first: int, indent: str) -> int:
    """Return the number of the line after a block, which ends with its last line that is not empty."""
    end = first
    for number in range(first, len(lines)):
        if lines[number].startswith(f"{indent}    "):
            end = number + 1
        elif lines[number].strip():
            break
    return end


def _with_values(text: str, settings: Mapping[str, Any]) -> str:
    """Return the text with settings replaced by their values; an f-string without fields left loses its prefix."""

    def value(match: re.Match[str]) -> str:
        if match["value"]:
            return _as_code(settings[match["value"]])
        if match["text"]:
            return format(settings[match["text"]], (match["format"] or ":")[1:])
        filled = SETTING.sub(value, match[0][1:])
        return f"f{filled}" if "{" in filled else filled

    return SETTING.sub(value, text)


def _as_code(value: Any) -> str:
    if isinstance(value, str):
        return value if isinstance(value, Code) else quoted(value)
    return f"{value:.7g}" if isinstance(value, float) else repr(value)


def _filled(cells: Sequence[Cell], parts: Parts) -> Iterator[Cell]:
    """Yield the cells with their parts in place of their own lines, and with the empty lines below them."""
    for cell in cells:
        part = parts.get(cell.makes[0]) if cell.is_shared else None
        if part is None:
            yield cell
            continue
        written = [Cell(part)] if isinstance(part, str) else part
        yield from (own._replace(text=f"{own.text}\n") for own in written if own.text)
        yield Cell("\n" * (len(cell.text) - len(cell.text.rstrip("\n")) - bool(cell.text.strip())))


def _spaced(cells: Iterator[Cell]) -> Iterator[Cell]:
    """Yield the cells that are not empty, each with the empty lines above it instead of those below."""
    gap = 0
    for cell in cells:
        lines = cell.text.strip("\n")
        above = gap + len(cell.text) - len(cell.text.lstrip("\n"))
        if lines:
            yield cell._replace(text="\n" * above + lines)
            gap = len(cell.text) - len(cell.text.rstrip("\n")) - 1
        else:
            gap += len(cell.text)


class DataFile(NamedTuple):
    """An .npz file in Keras' layout. The first `first` training images are set aside."""

    path: str
    shape: tuple[int, int]
    classes: int
    first: int = 0
    is_plain: bool = True  # whether its images are (images, rows, columns), and its labels (images,)


class ShownNetwork(NamedTuple):
    """The network that the lens shows, in words and figures."""

    run: str
    step: int
    spec: TrainSpec
    shape: tuple[int, int]
    classes: int
    # The factors and offsets of each hidden layer's output; `None` for an unchanged layer.
    passed: Sequence[OutputScaling | None]
    remarks: Sequence[str] = ()  # sentences on what in the run differs from its settings
    rates: Sequence[tuple[int, float]] = ()  # learning rates that were set while it ran, and after how many steps
    mixed: str = ""  # the other networks that are mixed in, in words: the file of the weights holds the mixture
    steps: int = 0  # steps per epoch of a taught run, whose first network is in a file; 0 for any other

    @property
    def hidden(self) -> tuple[HiddenLayer, ...]:
        """The hidden layers."""
        return self.spec.hidden

    @property
    def plan(self) -> Plan:
        """The plan of the network."""
        return self.spec.plan(self.shape, self.classes)

    @property
    def convolutions(self) -> int:
        """The number of convolutions; in a plain network they are the first layers."""
        return sum(isinstance(layer, ConvLayer) for layer in self.hidden)

    @property
    def places(self) -> tuple[int, int, int]:
        """Rows, columns and maps of the first dense layer's input in a plain network."""
        rows, columns, maps = (*self.plan.read_by(self.convolutions), 1)[:3]
        return rows, columns, maps

    @property
    def about(self) -> str:
        """The network in sentences."""
        changed = ", with some neurons silenced or changed" if any(self.passed) else ""
        mixed = f", mixed with {self.mixed} (the weights in the file are the mixture)" if self.mixed else ""
        return " ".join([f"The network: run {self.run} after {self.step:,} steps{mixed}{changed}.", *self.remarks])


class Scene[S: Spec](Frozen):
    """All that the script of a tab may need; `None` for what it does not."""

    settings: S
    network: ShownNetwork | None = None
    data: DataFile | None = None
    # The paths of the files that it reads: `digits` (the data), `weights`, `before`, `start`, `picture`, `matrix`.
    files: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)  # what is not a setting, such as the chosen neurons

    @property
    def shown(self) -> ShownNetwork:
        """The network; only for scripts that need one."""
        assert self.network is not None
        return self.network

    @property
    def source(self) -> DataFile:
        """The data; only for scripts that need some."""
        assert self.data is not None
        return self.data
