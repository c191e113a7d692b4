"""A command is a function: its signature gives the flags, its docstring the help, and what it yields is printed.

    @command(60, "which test images a network misreads")
    def mistakes_command(*, seen: Seen, worst: Count = 20, json: Json = False) -> Answer:
        '''Test a network: how often each class is predicted as each.

        worst N: how many misread images are listed, the most probable first
        '''
        ...
        yield Row(facts, lines)

Parameters before the `*` are positional arguments, those behind it flags. A line of the docstring has the placeholder
of the value and the help; the default is added if the line has none. `Annotated` adds what a type cannot say: a
function that reads the value, a tuple of choices, a dictionary of switches with their help, a line of help that several
commands share, or `Knobs`. The function is not called if nothing can be saved at a `Place`. A parameter whose type is a
dataclass stands for the flags of its fields.

Each module in one of `ROOMS` is the command of its name and has such a function: there is no list. `--help` imports all
of them, so at the top they import neither TensorFlow nor NumPy nor Qt.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import inspect
import itertools
import json
import pkgutil
import re
import types
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

from engine.cli.parts.terminal import InterruptedJobError, shown
from engine.core.errors import UserError
from engine.core.knobs import Knob, Spec, Value, knobs, plain_number
from engine.core.language import SOURCE, decimal_mark, tr, use, with_marks
from engine.core.machine.atomic import check_place, is_stream
from engine.core.machine.folders import as_path
from engine.core.messages import WithResult
from engine.core.text import number, printable

# The packages of commands. Those in the second need the window, of which the engine knows only this name.
ROOMS = ("engine.cli", "gui.stage.cli")


# `facts` are dictionaries: as dataclasses the rows of all commands would take 40 lines more, for each key once again.
class Row(NamedTuple):
    """A piece of output: `facts` with `--json`, one or more lines of `text` without; nothing for `None`."""

    facts: Mapping[str, Any] | None
    text: str | Iterable[str] | None


type Answer = Generator[Row, None, None]  # the output of a command, row by row

type AnswerWithStatus = Generator[Row, None, int]  # the output, and at the end the exit status

# The function of a command. One that prints by itself returns the exit status.
type _Function = Callable[..., Answer | AnswerWithStatus | int]

type Given = Mapping[str, Any]  # the given settings, by name; see `Knobs`


class UsageError(UserError):
    """Valid arguments contradict each other: the exit status is 2, as for invalid ones."""


def attributes(of: object, *names: str) -> dict[str, Any]:
    """Return attributes by their names, as facts or arrays."""
    return {name: getattr(of, name) for name in names}


def saved(path: Path, more: str = "") -> Row:
    """Return the line on a saved file; `--json` has none."""
    return Row(None, f"{tr('Saved {path}', path=shown(path))}{more}")


class Command(NamedTuple):
    """One command, made from a function by `command`."""

    order: int  # its place in the list of all commands
    help: str  # its line there
    function: _Function
    exclusive: Sequence[Sequence[str]] = ()

    @property
    def description(self) -> str:
        """Return the text above the flags in its help: the first paragraph of the docstring."""
        return tr(_documented(self.function)[""])

    def add_flags(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments to a parser."""
        lines = _documented(self.function)
        groups: dict[str, argparse._ActionsContainer] = {}
        for names in self.exclusive:
            groups |= dict.fromkeys(names, parser.add_mutually_exclusive_group())
        for parameter in _parameters(self.function):
            parameter.add_to(groups.get(parameter.name, parser), lines)

    def values_in(self, wanted: argparse.Namespace) -> dict[str, Any]:
        """Return the function's arguments, by name. Raises `UserError` if a file cannot be saved at its place."""
        parameters = _parameters(self.function)
        values = {parameter.name: parameter.value_in(wanted) for parameter in parameters}
        places = [values[parameter.name] for parameter in parameters if TO_SAVE in parameter.notes]
        _check_places([path for path in places if path is not None])
        return values

    def run(self, wanted: argparse.Namespace) -> int:
        """Run the function, print its output, return the exit status; `SystemExit` if arguments contradict."""
        values = self.values_in(wanted)
        if values.get("json"):
            use(SOURCE)  # programs read what follows, and look for the same words everywhere
        try:
            answer = self.function(**values)
            return answer if isinstance(answer, int) else _printed(answer, as_json=values.get("json", False))
        except InterruptedJobError as interrupted:
            return interrupted.status
        except UsageError as error:
            wanted.refuse(str(error))
            raise


def _check_places(paths: Sequence[Path]) -> None:
    """Raise `UserError` if one of the files that a command writes cannot be written, or two of them are the same."""
    for path in paths:
        check_place(path)
    for one, other in itertools.combinations(paths, 2):
        if _are_one_file(one, other):
            raise UserError(
                tr("{one} and {other} are one and the same file.", one=one, other=other),
                hint=tr("Name a file of its own for each."),
            )


def _are_one_file(one: Path, other: Path) -> bool:
    """Whether two paths are one file, which need not exist yet. Pipes and devices can take several outputs."""
    with contextlib.suppress(FileNotFoundError):
        return one.samefile(other) and not is_stream(one)
    return one.resolve() == other.resolve()


def command(order: int, help: str, *, exclusive: Sequence[Sequence[str]] = ()) -> Callable[[_Function], Command]:
    """Make a command from a function. Only one parameter of each group of `exclusive` can be given."""
    # On argparse: typer, cyclopts and clize also derive flags, but word help and errors differently; two import rich.
    return lambda function: Command(order, help, function, exclusive)


def names() -> frozenset[str]:
    """Return the names of all commands, without importing any."""
    return frozenset(_rooms())


def command_called(name: str) -> Command:
    """Return the command of that name, which is one of `names`."""
    module = name.replace("-", "_")
    return cast(Command, getattr(import_module(f"{_rooms()[name]}.{module}"), f"{module}_command"))


def run_wanted(wanted: argparse.Namespace) -> int:
    """Run the command that was parsed; return its exit status. Raises as `Command.run` does."""
    return command_called(wanted.command).run(wanted)


def all_commands() -> dict[str, Command]:
    """Return all commands by name, in their order."""
    commands = {name: command_called(name) for name in names()}
    return dict(sorted(commands.items(), key=lambda item: item[1].order))


def _rooms() -> dict[str, str]:
    return {
        module.name.replace("_", "-"): room
        for room in ROOMS
        for module in pkgutil.iter_modules(import_module(room).__path__)
        if not module.ispkg
    }


def _printed(answer: Answer | AnswerWithStatus, *, as_json: bool) -> int:
    rows = WithResult(answer)
    with contextlib.closing(answer):
        for row in rows:
            if as_json and row.facts is not None:
                print(json.dumps(jsonable(row.facts), allow_nan=False), flush=True)
            elif not as_json and row.text is not None:
                lines = [row.text] if isinstance(row.text, str) else row.text
                print("\n".join(map(printable, lines)), flush=True)
    return rows.result or 0


def jsonable(value: Any) -> Any:
    """Return a value for JSON: arrays and tuples as lists, NaN and infinity as null."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return {key: jsonable(part) for key, part in value.items()}
    return [jsonable(part) for part in value] if isinstance(value, list | tuple) else value


@dataclasses.dataclass(frozen=True, slots=True)
class Knobs:
    """Annotates a mapping of the given settings: a flag for each of a spec, whose help has defaults in that format."""

    spec: type[Spec]
    default: str | None = ""

    def add_to(self, parser: argparse._ActionsContainer) -> None:
        """Add the flags to a parser."""
        for knob in knobs(self.spec).values():
            metavar = "NAME" if knob.kind == "choice" else knob.name.upper() if knob.kind == "text" else "N"
            text = self._help(knob).replace("%", "%%")
            parser.add_argument(flag(knob.name), type=_reader_of(knob), metavar=metavar, help=text)

    def _help(self, knob: Knob) -> str:
        allowed = ", ".join(knob.choices)
        if knob.kind in ("whole", "real"):
            allowed = tr("{low} to {high}", low=plain_number(knob.minimum), high=plain_number(knob.maximum))
        notes = [allowed] if allowed else []
        if self.default is not None and knob.default != "":
            default = f"{knob.default:{self.default}}"
            notes.append(tr("default: {value}", value=default if knob.kind == "text" else with_marks(default)))
        return f"{knob.help} ({'; '.join(notes)})" if notes else knob.help


class _Parameter(NamedTuple):
    """A parameter of a command's function, or a field of a dataclass that is the type of one."""

    name: str
    type: Any
    notes: Sequence[Any]  # its annotations besides the type
    default: Any
    is_flag: bool

    def add_to(self, parser: argparse._ActionsContainer, lines: Mapping[str, str]) -> None:
        """Add its argument or arguments to a parser; `lines` are those of the docstring, by name."""
        if parts := _parts(self.type):
            for part in parts:
                part.add_to(parser, lines)
        elif settings := self._note(Knobs):
            settings.add_to(parser)
        elif switches := self._note(dict):
            for name, text in switches.items():
                parser.add_argument(
                    flag(name), dest=self.name, action="append_const", const=name, default=[], help=tr(text)
                )
        else:
            names = [flag(self.name)] if self.is_flag else []
            line = lines.get(self.name) or self._note(str) or ""
            parser.add_argument(*names, dest=self.name, **self._options(line))

    def value_in(self, wanted: argparse.Namespace) -> Any:
        """Return its value for the function."""
        if parts := _parts(self.type):
            return self.type(**{part.name: part.value_in(wanted) for part in parts})
        if settings := self._note(Knobs):
            values = {name: getattr(wanted, name) for name in knobs(settings.spec)}
            return {name: value for name, value in values.items() if value is not None}
        value = getattr(wanted, self.name)
        return as_path(value) if self.type is Path and value is not None else value

    def _note(self, kind: type[Any]) -> Any:
        return next((note for note in self.notes if isinstance(note, kind)), None)

    def _options(self, line: str) -> dict[str, Any]:
        """Return the options of `add_argument`, by type, notes and default; `line` is `METAVAR: help`."""
        match = re.fullmatch(r"(?:(\S+): )?(.*)", line)
        assert match, line
        metavar, source = match.groups()
        text = tr(source)
        is_required = self.default is inspect.Parameter.empty
        if isinstance(self.default, str | int) and self.type is not bool and "default: " not in source:
            default = tr("default: {value}", value=self.default)
            text += f" ({default})"
        options: dict[str, Any] = {"help": text.replace("%", "%%"), "metavar": metavar}
        if not is_required:
            options["default"] = self.default
        elif self.is_flag:
            options["required"] = True
        if self.type is bool:
            return {"help": options["help"], "action": "store_true"}
        if get_origin(self.type) is Literal:
            options["choices"] = get_args(self.type)
        elif choices := self._note(tuple):
            options["choices"] = choices
        if reader := next(filter(callable, self.notes), self.type if self.type in (int, float) else None):
            options["type"] = reader
        elif get_origin(self.type) is Sequence and self.is_flag:
            options |= {"action": "append", "default": []}
        elif get_origin(self.type) in (Sequence, tuple):
            options["nargs"] = "+" if is_required or self.is_flag else "*"
        elif not is_required and not self.is_flag:
            options["nargs"] = "?"
        return options


TO_SAVE = object()  # annotates the path of a file that is written

Place = Annotated[Path, TO_SAVE]


def flag(name: str) -> str:
    """Return the flag of a parameter or a setting: `--learning-rate`."""
    return "--" + name.strip("_").replace("_", "-")


def _parameters(of: Callable[..., Any]) -> list[_Parameter]:
    hints = get_type_hints(of, include_extras=True)
    parameters = []
    for name, parameter in inspect.signature(of).parameters.items():
        kind, notes = hints[name], list[Any]()
        while get_origin(kind) in (Annotated, Union, types.UnionType):
            if get_origin(kind) is Annotated:
                kind, *more = get_args(kind)
                notes += more
            else:
                (kind,) = (part for part in get_args(kind) if part is not types.NoneType)
        is_flag = parameter.kind is inspect.Parameter.KEYWORD_ONLY
        parameters.append(_Parameter(name, kind, notes, parameter.default, is_flag))
    return parameters


def _parts(kind: Any) -> list[_Parameter]:
    """Return the fields of a dataclass that stands for several flags; none for any other type."""
    return _parameters(kind) if isinstance(kind, type) and dataclasses.is_dataclass(kind) else []


def _documented(function: Callable[..., Any]) -> dict[str, str]:
    """Return the first paragraph of a docstring under no name, and below it `METAVAR: help` by parameter."""
    first, _, rest = (inspect.getdoc(function) or "").partition("\n\n")
    lines = {"": " ".join(first.split())}
    for entry in re.split(r"\n(?=\S)", rest) if rest else ():
        match = re.fullmatch(r"(\w+)(?: (\S+))?: (.*)", " ".join(entry.split()))
        assert match, entry
        name, metavar, text = match.groups()
        lines[name] = f"{metavar}: {text}" if metavar else text
    return lines


def _reader_of(knob: Knob) -> Callable[[str], Value]:
    """Return a function that reads a setting's value, and refuses it in the words of the window's form."""

    def value(text: str) -> Value:
        try:
            return knob.parse(text, decimal_comma="." not in text and decimal_mark() == ",")
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return value
