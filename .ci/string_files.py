"""The texts in `resources/` for Babel, which collects what `make strings` puts into the catalogues."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO

from engine.core.machine.folders import RESOURCES
from engine.core.machine.words import NAMED, in_language

type Found = tuple[int, str, str, list[str]]  # line, function, text, comments


def toml_texts(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[Found]:
    """Yield the texts of a TOML file in their order, as `read_words` translates them, and shown names of tables."""
    name, source = Path(fileobj.name).resolve().relative_to(RESOURCES).as_posix(), fileobj.read().decode("utf-8")
    content, texts = tomllib.loads(source), dict[str, str]()
    in_language(name, content, lambda text: texts.setdefault(text, rf"(?<!\w){re.escape(_quoted(text))}"))
    if name in NAMED:
        texts |= {table: rf'^\[(?:{re.escape(table)}|"{re.escape(table)}")\]$' for table in content}
    found = ((_line(source, pattern), text) for text, pattern in texts.items() if text)
    for line, text in sorted(found, key=lambda pair: pair[0]):
        yield line, "tr", text, []


def html_texts(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[Found]:
    """Yield what stands between `[[` and `]]` in the page of a hand-out."""
    for number, line in enumerate(fileobj.read().decode("utf-8").splitlines(), 1):
        for text in re.findall(r"\[\[(.+?)\]\]", line):
            yield number, "tr", text, []


def script_texts(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, str]
) -> Iterator[Found]:
    """Yield the sentence that a script of *Show code* begins with: a notebook has it above the script's cells."""
    if match := re.match(r'"""([^"{\n]+)"""\n', fileobj.read().decode("utf-8")):
        yield 1, "tr", match[1], []


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _line(source: str, pattern: str) -> int:
    match = re.search(pattern, source, re.MULTILINE)
    return source.count("\n", 0, match.start()) + 1 if match else 1
