"""What a plug-in is: a Python file with a question and a page. All of this is read from its text, which is not run."""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from engine.core.errors import UserError, reason_of
from engine.core.frozen import Frozen
from engine.core.language import SOURCE, language, tr
from engine.core.machine import folders
from engine.core.text import printable

GROUP = "layerlight.plugins"  # the entry points by which an installed package names modules that are plug-ins
MOST_BYTES = 10_000_000  # of a plug-in's files together
LONGEST_TITLE, LONGEST_LINE = 40, 200


class Plugin(Frozen, eq=True):
    """A file with a function `probe`, and perhaps a function `page` and the names `TITLE` and `PLACE`."""

    name: str  # that of the file without its suffix, or of the entry point
    path: Path
    digest: str  # SHA-256 of its files, in hexadecimal digits
    titles: Mapping[str, str]  # by language
    about: str  # the first line of its docstring
    place: str = ""  # the place on the rail that it asks for
    has_page: bool = False
    module: str = ""  # the module of an installed one; empty for a file

    @property
    def title(self) -> str:
        """Its title in the language, else in English, else its name."""
        return self.titles.get(language()) or self.titles.get(SOURCE) or self.name


def folder() -> Path:
    """Return the folder in which a person's own plug-ins lie. It may be missing."""
    return folders.config() / "plugins"


def known_plugins() -> list[Plugin]:
    """Return the plug-ins of the folder and of installed packages; raise no error for those that are none."""
    return list(_known())


def read_plugin(path: Path, entry: EntryPoint | None = None) -> Plugin:
    """Return the plug-in in a file; raise `UserError` if there is none."""
    name = path.stem if entry is None else entry.name
    try:
        digest, tree = digest_of(path), ast.parse(path.read_bytes())
    except OSError as error:
        raise UserError(
            tr("The plug-in {name} cannot be read: {reason}.", name=name, reason=reason_of(error))
        ) from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = {"file": path, "line": getattr(error, "lineno", None) or 1, "error": getattr(error, "msg", error)}
        raise UserError(tr("{file}, line {line}: {error}.", **at)) from error
    functions = {part.name for part in tree.body if isinstance(part, ast.FunctionDef)}
    if "probe" not in functions:
        raise UserError(
            tr("{file} is no plug-in.", file=path), hint=tr("It needs a function probe(network, data, request).")
        )
    constants = dict(_constants(tree))
    title, place = constants.get("TITLE", {}), constants.get("PLACE", "")
    titles = title if isinstance(title, dict) else {SOURCE: title}
    return Plugin(
        name=name,
        path=path,
        digest=digest,
        titles={str(key): _line(text, LONGEST_TITLE) for key, text in titles.items() if isinstance(text, str)},
        about=_line(ast.get_docstring(tree) or "", LONGEST_LINE),
        place=place if isinstance(place, str) else "",
        has_page="page" in functions,
        module="" if entry is None else entry.module,
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a plug-in's file, of a package of all its files; raises `OSError` and `UserError`."""
    files = sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path]
    if sum(file.stat().st_size for file in files) > MOST_BYTES:
        raise UserError(tr("{file} is too large for a plug-in.", file=path))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _known() -> Iterator[Plugin]:
    for path in sorted(folder().glob("*.py")):
        yield from _read(path)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        if (file := _file_of(entry)) is not None:
            yield from _read(file, entry)


def _read(path: Path, entry: EntryPoint | None = None) -> Iterator[Plugin]:
    try:
        yield read_plugin(path, entry)
    except UserError:
        return


def _file_of(entry: EntryPoint) -> Path | None:
    """Return the file of an installed module without importing the packages around it."""
    if entry.dist is None:
        return None
    whole = entry.module.replace(".", "/")
    names = f"{whole}.py", f"{whole}/__init__.py"
    paths = (Path(str(entry.dist.locate_file(name))) for name in names)
    return next((path for path in paths if path.is_file()), None)


def _constants(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for part in tree.body:
        if isinstance(part, ast.Assign) and len(part.targets) == 1 and isinstance(part.targets[0], ast.Name):
            try:
                yield part.targets[0].id, ast.literal_eval(part.value)
            except (ValueError, TypeError, RecursionError):
                continue  # it is computed


def _line(text: str, longest: int) -> str:
    """Return the first line of a text, without what a terminal or a label would take for more than letters."""
    line = printable(text.strip().partition("\n")[0])
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
