"""The texts of the command line's help, for Babel: they stand in docstrings and signatures, and no call marks them.

What a command asks for is taken down while it makes its help, so these are the very texts that it looks up.
"""

import argparse
import gettext
import sys
from collections.abc import Collection, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


class _Asked(gettext.NullTranslations):
    """Translates nothing, and takes down what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, None] = {}  # in their order

    def gettext(self, message: str) -> str:
        self.texts[message] = None
        return message


def command_texts(
    fileobj: Any, keywords: Collection[str], comment_tags: Collection[str], options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield line, function, text and comments of what a command's module says in `--help`, as Babel wants it."""
    from engine.cli.parts.command import Command

    file = Path(fileobj.name).resolve().relative_to(ROOT)
    module = import_module(".".join(file.with_suffix("").parts))
    for command in vars(module).values():
        if isinstance(command, Command) and command.function.__module__ == module.__name__:
            for text in _asked_by(command):
                yield command.function.__code__.co_firstlineno, "tr", text, []


def _asked_by(command: Any) -> list[str]:
    from engine.core import language

    asked, before = _Asked(), language.language()
    language.use(language.SOURCE, asked)
    try:
        parser = argparse.ArgumentParser(description=command.description, add_help=False)
        command.add_flags(parser)
        language.tr(command.help)
    finally:
        language.use(before)
    return [*asked.texts]
