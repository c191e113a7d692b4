"""The build hook of the wheel: what lies in a checkout's folder is one package there, `layerlight`.

`engine` and `gui` would meet other programs' packages of these names. hatchling puts the files below `layerlight/`, by
pyproject.toml; here the names of modules follow, in imports and in strings that are nothing but such a name.
"""

import ast
import re
import sys
import tokenize
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "layerlight"

# A string, or the text of an f-string before its first value, which is the name of a module or its beginning.
NAME = re.compile(r"""["']?(?=(?:engine|gui)\.)[\w.]+["']?""")

# `import layerlight` takes the library from engine/api.py at its first use, as that imports NumPy.
FRONT = '''"""{about}"""

from typing import TYPE_CHECKING, Any

from layerlight.engine import VERSION as __version__

if TYPE_CHECKING:
    from layerlight.engine.api import {listed}

__all__ = {names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    from layerlight.engine import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
'''


class OnePackage(BuildHookInterface):
    """Puts each module into the wheel as `moved` makes it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the modules into a folder from which hatchling takes them."""
        self._folder = TemporaryDirectory()
        root = Path(self.root)
        names = names_of(root / "engine" / "api.py")
        texts = {
            "__init__.py": FRONT.format(about=self.metadata.core.description, names=names, listed=", ".join(names)),
            "__main__.py": moved(root / "main.py"),
            "py.typed": "",
        }
        for base, name in ((root, "engine"), (root, "gui"), (root / "tests", "bench")):
            for file in base.glob(f"{name}/**/*.py"):
                texts[file.relative_to(base).as_posix()] = moved(file)
        files = {place: text.encode() for place, text in texts.items()}
        sys.path.insert(0, str(root / ".ci"))
        from strings import compiled  # beside this file

        for catalogue in (root / "resources" / "languages").glob("*.po"):
            files[f"resources/languages/{catalogue.stem}.mo"] = compiled(catalogue)
        for place, content in files.items():
            copy = Path(self._folder.name, place)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
            build_data["force_include"][str(copy)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact: str) -> None:
        """Remove that folder."""
        self._folder.cleanup()


def names_of(file: Path) -> list[str]:
    """Return the names in a module's `__all__`."""
    lists = [node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.Assign)]
    return next(ast.literal_eval(node.value) for node in lists if ast.unparse(node.targets[0]) == "__all__")


def moved(file: Path) -> str:
    """Return a module's text with `layerlight.` before the name of each module of the program."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    with file.open("rb") as stream:
        tokens = list(tokenize.tokenize(stream.readline))
    for before, token in reversed(list(pairwise(tokens))):
        is_import = before.string in ("from", "import") and token.string in ("engine", "gui", "bench")
        if is_import or (token.type in (tokenize.STRING, tokenize.FSTRING_MIDDLE) and NAME.fullmatch(token.string)):
            row, column = token.start
            column += token.string[0] in "\"'"
            lines[row - 1] = f"{lines[row - 1][:column]}{PACKAGE}.{lines[row - 1][column:]}"
    return "".join(lines)
