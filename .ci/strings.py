"""Finds texts that are not marked for translation, and keeps the catalogues of those that are (`make strings`).

    strings.py check       list literals that read as texts and are not marked, and what is wrong with a catalogue
    strings.py update      put new texts into each catalogue, take dropped ones out, and print how many there are
    strings.py compile     write resources/languages/*.mo, which the program reads

A string literal reads as a text if it has two words, or begins with a capital. It is marked as an argument of one of
`MARKERS` (engine/core/language.py), or it is for programs: the context says so (`_is_for_programs`), or a comment
`# no text` on its line.
"""

import ast
import builtins
import contextlib
import io
import re
import string
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / ".ci")]  # for the files and commands whose texts are those that the program reads
LANGUAGES = ROOT / "resources" / "languages"
# What marks a text, and which of its arguments are texts (`c`: the context).
MARKERS: dict[str, Any] = {"tr": None, "mark": None, "tr_plural": (1, 2), "tr_context": ((1, "c"), 2)}
NOTE = "Translators:"  # begins a comment for translators, above a text
HEAD = "# {language} texts of Layerlight, under its licence. docs/translating.md says how they are written."
WORDS = re.compile(
    r"[^\W\d_]{2,}['’]?[^\W\d_]*[,;:.…”)]* [(“„]?(?:[^\W\d_]+|\{)"  # two words, or a word and a value
    r"|^[A-Z][a-z]{2,}|\} [a-z]{2,}|[a-z]{2,}[.:] ?\{"
)
CODE = re.compile(  # names of widgets, SQL, style sheets, tags, names of classes
    r"^[a-z_{}]+([. ][a-z_{}]+)*\.[a-z_{}.]+$"
    r"|^(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|ATTACH|ALTER|BEGIN|SAVEPOINT|VACUUM|DROP|WITH|ROLLBACK|RELEASE)\b"
    r"|[{;]\s*[\w-]+\s*: [^:]*[;}]|^<\w+ |^Layerlight$|^@font-face|^[A-Z]\w*\.\w+$|^[A-Z][a-z]+[A-Z]\w+$"
)
COMMENT = "# no text"
CODE_TO_SHOW = "engine/export/scripts"  # the code of *Show code* is English, with its comments
# Functions whose string arguments no person reads.
SILENT = frozenset(
    (
        "debug info warning error exception critical log execute executemany executescript compile fullmatch match sub "
        "split getattr setattr hasattr property setProperty setObjectName findChild findChildren inherits "
        "import_module setStyleSheet getLogger encode decode startswith endswith removeprefix removesuffix Literal "
        "TypeVar namedtuple NewType cast setdefault pop environ show_tab"
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
        if _is_made_before_it_is_marked(node, parents):
            yield Place(str(file.relative_to(ROOT)), node.lineno, node.col_offset, text)
        is_excused = any(COMMENT in line for line in lines[node.lineno - 1 : (node.end_lineno or node.lineno)])
        if not is_excused and WORDS.search(text) and not CODE.search(text) and not _is_for_programs(node, parents):
            yield Place(str(file.relative_to(ROOT)), node.lineno, node.col_offset, text)


def all_unmarked() -> list[Place]:
    """Return the places in all modules of the product."""
    files = [file for folder in ("engine", "gui") for file in sorted((ROOT / folder).rglob("*.py"))]
    return [place for file in files if not file.is_relative_to(ROOT / CODE_TO_SHOW) for place in unmarked(file)]


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


def _is_made_before_it_is_marked(node: ast.AST, parents: Parents) -> bool:
    """Whether an f-string is the text of a marker: no catalogue can have it."""
    match parents:
        case (ast.Call(func=ast.Name(id=name), args=[*texts]), *_) if name in MARKERS:
            return isinstance(node, ast.JoinedStr) and node in texts
    return False


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


# ------------------------------------------------------------------------------------------- catalogues


def texts() -> "Catalog":
    """Return a catalogue of all texts of the product, without translations."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_file
    from string_commands import command_texts
    from string_files import html_texts, script_texts, toml_texts

    from engine.core.machine.words import TEXTS

    kinds: list[tuple[str, Any]] = [
        ("engine/**/*.py", "python"),
        ("gui/**/*.py", "python"),
        ("engine/cli/*.py", command_texts),
        ("gui/stage/cli/*.py", command_texts),
        *((f"resources/{pattern}", toml_texts) for pattern in TEXTS),
        ("resources/handout/*.html", html_texts),
        ("resources/scripts/*.py", script_texts),
        ("resources/handout/*.js", "javascript"),
    ]
    catalogue = Catalog(project="Layerlight", fuzzy=False)
    for pattern, method in kinds:
        for file in sorted(ROOT.glob(pattern)):
            with contextlib.redirect_stderr(io.StringIO()):  # it warns of each f-string that is a value
                extracted = extract_from_file(method, file, MARKERS, (NOTE,), strip_comment_tags=True)
            for _, message, comments, context in extracted:
                place = file.relative_to(ROOT).as_posix()
                catalogue.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalogue


def catalogue(file: Path) -> "Catalog":
    """Return the catalogue in a file, `resources/languages/de.po`; a new one if the file is empty."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    if not file.stat().st_size:
        new = Catalog(locale=file.stem, domain="layerlight", project="Layerlight", fuzzy=False)
        new.header_comment = HEAD.format(language=new.locale.english_name if new.locale else file.stem)
        return new
    with file.open("rb") as stream:
        return read_po(stream, locale=file.stem, domain="layerlight")


def update() -> None:
    """Bring each catalogue up to the texts, and print how many there are, and how many each one lacks."""
    from babel.messages.pofile import write_po

    every = texts()
    files = {place for message in every for place, _ in message.locations}
    print(f"{len(every):,} texts in {len(files)} files")
    for file in sorted(LANGUAGES.glob("*.po")):
        known = catalogue(file)
        known.update(every, no_fuzzy_matching=True, update_creation_date=False)
        text = io.BytesIO()
        write_po(text, known, width=120, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
        file.write_bytes(text.getvalue())
        lacking = sum(not is_translated(message) for message in known if message.id)
        print(f"{file.stem}: {len(known) - lacking:,} translated, {lacking:,} not yet")


def compile_all() -> None:
    """Write what the program reads of each catalogue beside it, where that is older or missing."""
    for file in sorted(LANGUAGES.glob("*.po")):
        binary = file.with_suffix(".mo")
        if not binary.exists() or binary.stat().st_mtime <= file.stat().st_mtime:
            binary.write_bytes(compiled(file))


def compiled(file: Path) -> bytes:
    """Return a catalogue in gettext's binary format."""
    from babel.messages.mofile import write_mo

    binary = io.BytesIO()
    write_mo(binary, catalogue(file))
    return binary.getvalue()


def faults(file: Path) -> Iterator[str]:
    """Yield what is wrong with a catalogue: fields that a translation drops or adds, tags, keys of menus."""
    for message in catalogue(file):
        if message.id and is_translated(message):
            one, *_ = source = forms(message.id)
            for form in forms(message.string):
                for kind, parts in (("values", fields), ("tags", TAG.findall), ("mnemonics", KEY.findall)):
                    allowed = [Counter(map(_comparable, parts(text))) for text in source]
                    if Counter(map(_comparable, parts(form))) not in allowed:
                        yield f"{file.name}: other {kind} than in {one!r}: {form!r}"


TAG = re.compile(r"</?\w+|&\w+;|\n")
KEY = re.compile(r"&(?=\w)(?!\w+;)")


def _comparable(part: str) -> str:
    return "&" if part.startswith("&") and not part.endswith(";") else part


def fields(text: str) -> list[str]:
    """Return the values of a template with their formats: `count:,`."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return [text]
    return [f"{name}{'!' + how if how else ''}:{form}" for _, name, form, how in parts if name is not None]


def forms(text: "str | tuple[str, ...] | list[str]") -> tuple[str, ...]:
    """Return the forms of a text, of which most have one."""
    return tuple(text) if isinstance(text, list | tuple) else (text or "",)  # a new message has none


def is_translated(message: "Message") -> bool:
    """Return whether all forms of a text are there, and certain."""
    return all(forms(message.string or "")) and not message.fuzzy


def main(word: str) -> int:
    """Carry out a command; return the exit status."""
    if word == "update":
        update()
    elif word == "compile":
        compile_all()
    else:
        found = [
            *map(str, all_unmarked()),
            *(fault for file in sorted(LANGUAGES.glob("*.po")) for fault in faults(file)),
        ]
        print(*found, sep="\n", end="\n" if found else "")
        return int(bool(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or ["check"]))
