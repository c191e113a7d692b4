"""Break the engine on purpose, one operator at a time, and count which breaks the tests of the same folder notice.

`python -m tests.mutants COUNT SEED FILES` (`make mutants`) changes that many operators at random places of these files
in a copy of the checkout and prints each break with its outcome. Those that nobody notices are to be judged: some
change nothing, others want a test.
"""

import ast
import itertools
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[1]
COPIED = ("engine", "gui", "resources", "tests", "docs", "main.py", "pyproject.toml", "README.md", ".ci")

SWAPPED = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "is": "is not", "is not": "is",
    "in": "not in", "not in": "in", "and": "or", "or": "and", "+": "-", "-": "+", "*": "/", "/": "*", "//": "/",
    "%": "//", "**": "*", "@": "-", "|": "&", "&": "|",
}  # fmt: skip

OPERATOR = re.compile(r"is\s+not\b|not\s+in\b|\bis\b|\bin\b|\band\b|\bor\b|\*\*|//|[<>=!]=|[-+*/%@|&<>]")


class Break(NamedTuple):
    """One operator of a file that becomes another: the bytes from `start` to `end` become `after`."""

    file: Path
    line: int
    start: int
    end: int
    before: str
    after: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.before} → {self.after}"

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]


def breaks_of(file: Path) -> list[Break]:
    """Return the breaks of a file: its comparisons, its `and` and `or`, and its sums, but none in annotations."""
    source = (CHECKOUT / file).read_bytes()
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    tree = ast.parse(source)
    notes = [getattr(node, name, None) for node in ast.walk(tree) for name in ("annotation", "returns")]
    types = [node.value for node in ast.walk(tree) if isinstance(node, ast.TypeAlias)]
    unused = {part for note in (*notes, *types) if note for part in ast.walk(note)}
    found = []
    for node in ast.walk(tree):
        if node in unused:
            continue
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
        elif isinstance(node, ast.BoolOp):
            operands = node.values
        elif isinstance(node, ast.BinOp):
            operands = [node.left, node.right]
        else:
            continue
        for left, right in itertools.pairwise(operands):
            start = lines[left.end_lineno - 1] + left.end_col_offset
            between = source[start : lines[right.lineno - 1] + right.col_offset].decode()
            match = OPERATOR.search(re.sub(r"#.*", lambda comment: " " * len(comment[0]), between))
            after = SWAPPED.get(" ".join(match[0].split())) if match else None
            if after:
                at = start + len(between[: match.start()].encode())
                line = source.count(b"\n", 0, at) + 1
                found.append(Break(file, line, at, at + len(match[0].encode()), match[0], after))
    return found


def tests_of(file: Path) -> list[Path]:
    """Return where the tests of a module are: the file of its name, if any, then the nearest folder of its name."""
    folders = (Path("tests") / above for above in file.parents if above.parts)
    folder = next(folder for folder in folders if list((CHECKOUT / folder).glob("**/test_*.py")))
    own = folder / f"test_{file.stem}.py"
    return [own, folder] if (CHECKOUT / own).exists() else [folder]


def passes(checkout: Path, tests: Path) -> bool:
    """Whether these tests pass in a copy; one that hangs does not."""
    command = [sys.executable, "-m", "pytest", "-x", "-n0", "-p", "no:cacheprovider", str(tests)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run(command, cwd=checkout, check=False, **quiet).returncode == 0


def main(count: int, seed: int, where: str) -> None:
    files = [file.relative_to(CHECKOUT) for file in sorted(CHECKOUT.glob(where))]
    everywhere = [each for file in files for each in breaks_of(file)]
    chosen = sorted(random.Random(seed).sample(everywhere, min(count, len(everywhere))))
    with tempfile.TemporaryDirectory(prefix="layerlight-mutants-") as name:
        copy = Path(name)
        for part in COPIED:
            source = CHECKOUT / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / part)
        for tests in sorted({tests_of(each.file)[-1] for each in chosen}):
            if not passes(copy, tests):
                sys.exit(f"{tests} fails without any break.")
        noticed = 0
        for each in chosen:
            source = (copy / each.file).read_bytes()
            (copy / each.file).write_bytes(each.apply(source))
            is_noticed = not all(passes(copy, tests) for tests in tests_of(each.file))
            (copy / each.file).write_bytes(source)
            noticed += is_noticed
            print(f"{'noticed    ' if is_noticed else 'NOT NOTICED'} {each}", flush=True)
    print(f"{noticed} of {len(chosen)} breaks are noticed ({noticed / max(1, len(chosen)):.0%}), seed {seed}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
