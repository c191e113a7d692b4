"""A script cut into its statements, and what of them a notebook that has made some things already still needs."""

from __future__ import annotations

import ast
import hashlib
import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

SHARED = re.compile(r"data|(train|test)_(images|labels)|weights|(passed|added)\d+")
"""Names of what many scripts read alike: it is read again only where something else has that name meanwhile."""

LEFT_TO_SCRIPTS = ("np.savez(", "plt.savefig(")
"""What begins a statement that writes a file: a notebook shows its results itself."""


class Statement(NamedTuple):
    """A statement at a script's outermost level, with the comment above it."""

    text: str
    gap: int
    """Empty lines above it."""
    nodes: tuple[ast.stmt, ...]
    """What it is; more than one where the first makes an array and the others fill it."""

    @property
    def is_function(self) -> bool:
        """Whether it is a function that reads what it uses when it is called: not one that TensorFlow traces once."""
        (node, *more) = self.nodes
        return isinstance(node, ast.FunctionDef) and not node.decorator_list and not more

    @property
    def defines(self) -> bool:
        """Whether it is a function of any kind."""
        return isinstance(self.nodes[0], ast.FunctionDef)

    @property
    def names(self) -> frozenset[str]:
        """What it makes, or changes."""
        first = self.nodes[0]
        if isinstance(first, ast.FunctionDef):
            return frozenset({first.name})
        return frozenset(name for node in self.nodes for name in _stored(node))

    @property
    def reads(self) -> frozenset[str]:
        """All names that it looks up, but those that it makes itself before."""
        first, *more = (frozenset(_loaded(node)) for node in self.nodes)
        return first.union(*(names - self.names for names in more))

    @property
    def is_plain(self) -> bool:
        """Whether it only gives values names, so that it does nothing if these are there."""
        return all(isinstance(node, ast.Assign) for node in self.nodes)


class Script(NamedTuple):
    """A script in its parts."""

    sentence: str
    """The first of its docstring."""
    statements: Sequence[Statement]
    """All but the imports, and what writes files."""
    drawing: str
    """The lines that draw its picture with matplotlib."""


def cut(script: str) -> Script:
    """Return the parts of a script of `engine.scripts`."""
    lines, end, found, drawing = script.split("\n"), 0, list[Statement](), ""
    body = ast.parse(script).body
    for node in body:
        text = "\n".join(lines[end : node.end_lineno])
        end = node.end_lineno or end
        if isinstance(node, ast.Try):
            drawing = _drawing(node, lines)
        elif not (isinstance(node, (ast.Import, ast.ImportFrom)) or _is_docstring(node)):
            stripped = text.lstrip("\n")
            found.append(Statement(stripped, len(text) - len(stripped), (node,)))
    sentence = (ast.get_docstring(ast.Module(body, [])) or "").split("\n")[0]
    kept = [each for each in found if not each.text.startswith(LEFT_TO_SCRIPTS)]
    return Script(sentence, list(_joined(kept)), drawing)


def text_of(statements: Sequence[Statement]) -> str:
    """Return the lines of a cell: the statements, as far apart as they were."""
    lines = "".join("\n" * (1 + each.gap) + each.text for each in statements)
    return re.sub(r"\n{4,}", "\n\n\n", lines.strip("\n"))


class Made:
    """What the cells so far have made, by name: a hash of all that its value follows from."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._others = itertools.count()

    def missing(self, statements: Sequence[Statement]) -> list[Statement]:
        """Return the statements that a next cell needs; from then on they count as made."""
        return [each for each in statements if not self._is_made(each)]

    def _is_made(self, statement: Statement) -> bool:
        names = statement.names
        key = self._key(statement)
        is_shared = statement.is_function or (
            statement.is_plain and all(map(SHARED.fullmatch, names)) and bool(names)
        )
        if is_shared and all(self._known.get(name) == key for name in names):
            return True
        self._known |= dict.fromkeys(names, key)
        return False

    def _key(self, statement: Statement) -> str:
        if statement.is_function:
            return _hash(statement.text)
        if not statement.is_plain:
            return f"{next(self._others)}"
        from_what = sorted(f"{name} {self._known[name]}" for name in statement.reads if name in self._known)
        return _hash("\n".join([statement.text, *from_what]))


def _joined(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the statements; what fills an array that was just made belongs to the statement that makes it."""
    before: Statement | None = None
    for each in statements:
        if before is not None and _fills(each, before):
            nodes = (*before.nodes, *each.nodes)
            before = before._replace(text="\n".join([before.text, each.text]), nodes=nodes)
            continue
        if before is not None:
            yield before
        before = each
    if before is not None:
        yield before


def _fills(statement: Statement, before: Statement) -> bool:
    (node,) = statement.nodes
    is_item = isinstance(node, ast.Assign) and all(isinstance(each, ast.Subscript) for each in node.targets)
    return is_item and before.is_plain and statement.names == before.names


def _stored(node: ast.stmt) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif isinstance(each, (ast.Subscript, ast.Attribute)) and isinstance(each.ctx, ast.Store):
            base: ast.expr = each
            while isinstance(base, (ast.Subscript, ast.Attribute)):
                base = base.value
            if isinstance(base, ast.Name):
                yield base.id


def _loaded(node: ast.stmt) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            yield each.id


def _drawing(node: ast.Try, lines: Sequence[str]) -> str:
    inner = lines[node.orelse[0].lineno - 1 : node.end_lineno]
    drawn = textwrap.dedent("\n".join(inner)).split("\n")
    return "\n".join(line for line in drawn if not line.startswith(LEFT_TO_SCRIPTS))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
