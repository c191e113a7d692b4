"""Writes docs/api.md, the paper on the library, from the docstrings of engine/api.py: `make docs`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAPER = ROOT / "docs" / "api.md"

HEAD = """# `import layerlight`

Made from the docstrings of `engine/api.py` by `make docs`; their examples run as tests.

`import layerlight` works where the package is installed, and costs nothing: NumPy and TensorFlow are imported when a
call needs them, Qt never is. In a checkout it is `from engine import api as layerlight`, in its folder. Import it
before NumPy: then all figures are the window's to the last bit, as NumPy adds up on one thread.
"""


def paper() -> str:
    """Return the whole paper."""
    module = ast.parse((ROOT / "engine" / "api.py").read_text("utf-8"))
    story = (ROOT / "docs" / "story.py").read_text("utf-8")
    parts = [HEAD, *said(ast.get_docstring(module)), f"## A story\n\n[story.py](story.py)\n\n```python\n{story}```\n"]
    parts.append("## Functions\n")
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            parts += entry(node, "layerlight")
        elif isinstance(node, ast.ClassDef):
            parts += [f"## {node.name}\n", *said(ast.get_docstring(node))]
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    parts += entry(method, node.name.lower())
    return "\n".join(parts)


def entry(function: ast.FunctionDef, prefix: str) -> Iterator[str]:
    """Yield the parts about one function or property, unless it is private."""
    if function.name.startswith("_"):
        return
    returned = ast.unparse(function.returns) if function.returns else ""
    arguments = re.sub(r"^self(, )?", "", ast.unparse(function.args))
    arguments, returned = (re.sub(r"\w+\.(?=[A-Z])", "", text) for text in (arguments.replace("=", " = "), returned))
    call = "" if function.decorator_list else f"({arguments})"
    yield f"### {prefix}.{function.name}\n\n`{prefix}.{function.name}{call}`{' → ' if call else ': '}`{returned}`\n"
    yield from said(ast.get_docstring(function))


def said(docstring: str | None) -> Iterator[str]:
    """Yield a docstring's text, and its example as a block."""
    text, _, example = (docstring or "").partition(">>> ")
    yield f"{text.strip()}\n"
    if example:
        yield f"```pycon\n>>> {example.strip()}\n```\n"


if __name__ == "__main__":
    PAPER.write_text(paper(), "utf-8", newline="\n")
