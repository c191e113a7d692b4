"""The build hook of the wheel: what lies in a checkout's folder is one package there, `layerlight`.

`engine` and `gui` would meet other programs' packages of these names. hatchling puts the files below `layerlight/`, by
pyproject.toml; here the names of modules follow, in imports and in strings that are nothing but such a name.
"""

import re
import tokenize
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "layerlight"

# A string, or the text of an f-string before its first value, which is the name of a module or its beginning.
NAME = re.compile(r"""["']?(?=(?:engine|gui)\.)[\w.]+["']?""")


class OnePackage(BuildHookInterface):
    """Puts each module into the wheel as `moved` makes it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the modules into a folder from which hatchling takes them."""
        self._folder = TemporaryDirectory()
        root = Path(self.root)
        texts = {"__init__.py": f'"""{self.metadata.core.description}"""\n', "__main__.py": moved(root / "main.py")}
        for file in [*root.glob("engine/**/*.py"), *root.glob("gui/**/*.py")]:
            texts[file.relative_to(root).as_posix()] = moved(file)
        for place, text in texts.items():
            copy = Path(self._folder.name, place)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, "utf-8", newline="\n")
            build_data["force_include"][str(copy)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact: str) -> None:
        """Remove that folder."""
        self._folder.cleanup()


def moved(file: Path) -> str:
    """Return a module's text with `layerlight.` before the name of each module of the program."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    with file.open("rb") as stream:
        tokens = list(tokenize.tokenize(stream.readline))
    for before, token in reversed(list(pairwise(tokens))):
        is_import = before.string in ("from", "import") and token.string in ("engine", "gui")
        if is_import or (token.type in (tokenize.STRING, tokenize.FSTRING_MIDDLE) and NAME.fullmatch(token.string)):
            row, column = token.start
            column += token.string[0] in "\"'"
            lines[row - 1] = f"{lines[row - 1][:column]}{PACKAGE}.{lines[row - 1][column:]}"
    return "".join(lines)
