"""Texts that a person reads: which of them are not marked for translation.

A string literal reads as a text if it has two words, or begins with a capital. It is marked as an argument of one of
`MARKERS` (engine/core/language.py), or it is for programs: the context says so (`_is_for_programs`), or a comment
`# no text` on its line.
"""

import ast
import builtins
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MARKERS = frozenset({"tr", "tr_plural", "tr_context", "mark"})
WORDS = re.compile(
    r"[^\W\d_]{2,}['’]?[^\W\d_]*[,;:.…”)]* [(“„]?(?:[^\W\d_]+|\{)"  # two words, or a word and a value
    r"|^[A-Z][a-z]{2,}|\} [a-z]{2,}|[a-z]{2,}[.:] ?\{"
)
CODE = re.compile(  # names of widgets, SQL, style sheets, tags, names of classes
    r"^[a-z_{}]+([. ][a-z_{}]+)*\.[a-z_{}.]+$"
    r"|^(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|ATTACH|ALTER|BEGIN|SAVEPOINT|VACUUM|DROP|WITH|ROLLBACK|RELEASE)\b"
    r"|[{;]\s*[\w-]+\s*:[^:]*[;}]|^<\w+ |^[A-Z]\w*\.\w+$|^[A-Z][a-z]+[A-Z]\w+$"
)
COMMENT = "# no text"
# Functions whose string arguments no person reads.
SILENT = frozenset(
    (
        "debug info warning error exception critical log execute executemany executescript compile fullmatch match sub "
        "split getattr setattr hasattr property setProperty setObjectName findChild findChildren inherits "
        "import_module setStyleSheet getLogger encode decode startswith endswith removeprefix removesuffix Literal "
        "TypeVar namedtuple NewType cast setdefault pop environ"
    ).split()
)


class Place(NamedTuple):
    """A literal that reads as a text and is not marked."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column + 1}: {self.text!r}"


def unmarked(file: Path) -> Iterator[Place]:
    """Yield the literals of a module that read as texts and are not marked."""
    source = file.read_text("utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    for node, parents in _literals(tree, ()):
        text = _text(node)
        is_excused = any(COMMENT in line for line in lines[node.lineno - 1 : (node.end_lineno or node.lineno)])
        if not is_excused and WORDS.search(text) and not CODE.search(text) and not _is_for_programs(node, parents):
            yield Place(str(file.relative_to(ROOT)), node.lineno, node.col_offset, text)


def all_unmarked() -> list[Place]:
    """Return the places in all modules of the product."""
    files = [file for folder in ("engine", "gui") for file in sorted((ROOT / folder).rglob("*.py"))]
    return [place for file in files for place in unmarked(file)]


type Parents = tuple[ast.AST, ...]


def _literals(node: ast.AST, parents: Parents) -> Iterator[tuple[ast.Constant | ast.JoinedStr, Parents]]:
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node, parents
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from _literals(child, (node, *parents))


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _is_for_programs(node: ast.AST, parents: Parents) -> bool:
    inner = node
    for place, parent in enumerate(parents):
        match parent:
            case ast.Expr() if place == 0:
                return True  # a docstring
            case ast.Call(func=func):
                if place and inner is func:
                    return False
                name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
                if name in MARKERS or name in SILENT:
                    return True
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name))) if hasattr(builtins, name) and name != "SystemExit":
                return True
            case ast.Assert(msg=message) if message is inner:
                return True
            case ast.Compare() if place == 0:
                return True
            case ast.Subscript(slice=key) if key is inner:
                return True
            case ast.Dict(keys=keys) if any(key is inner for key in keys):
                pass
            case ast.arg() | ast.AnnAssign() if getattr(parent, "annotation", None) is inner:
                return True
            case ast.FunctionDef(returns=inner_type) if inner_type is inner:
                return True
            case ast.TypeAlias():
                return True
            case ast.MatchValue():
                return True
        inner = parent
    return False


if __name__ == "__main__":
    places = all_unmarked()
    print(*places, sep="\n")
    sys.exit(bool(places))
