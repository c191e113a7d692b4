"""Which branches of the engine the tests take: a plugin of pytest (`make coverage`), in place of coverage.py.

Python's own `sys.monitoring` tells of each jump of a function where it goes to. A branch is a conditional jump and one
of the two places behind it; left out are those that no line has written: the ends of `with`, an `except` that does not
fit, a failing `assert`, and what only type checkers read. What other processes take is not known here.
"""

import ast
import dis
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGINE = str(ROOT / "engine") + os.sep
# folders whose files are listed with what is missing; of others the sum is printed
IN_FULL = ("engine/session/store", "engine/session", "engine/core")

JUMPS = {"FOR_ITER", *(f"POP_JUMP_IF_{kind}" for kind in ("TRUE", "FALSE", "NONE", "NOT_NONE"))}
BY_THE_COMPILER = {"WITH_EXCEPT_START", "CHECK_EXC_MATCH", "CHECK_EG_MATCH"}
MONITOR, TOOL = sys.monitoring, sys.monitoring.COVERAGE_ID

# by the place of a function (file, first line, name): the jumps (from, to) that were taken, in bytes of its code
_taken = defaultdict(set)


def branches_of(file):
    """Return the branches of a file: {(function, from, to): (line, line)}; `to` is 0 where it does not just go on."""
    source = Path(file).read_bytes()
    skipped = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            skipped |= set(range(node.lineno, node.end_lineno + 1))
    found, left = {}, [compile(source, file, "exec", dont_inherit=True)]
    while left:
        code = left.pop()
        left += [each for each in code.co_consts if hasattr(each, "co_code")]
        steps = list(dis.get_instructions(code))
        lines = {step.offset: step.positions.lineno for step in steps}
        for number, step in enumerate(steps):
            before = {each.opname for each in steps[max(0, number - 3) : number]}
            line, on = lines[step.offset], steps[number + 1].offset if step.opname in JUMPS else 0
            if on and line and not before & BY_THE_COMPILER and line not in skipped:
                found[_place(code), step.offset, on] = line, lines[on] or line
                found[_place(code), step.offset, 0] = line, lines[step.jump_target] or line
    return found


def _place(code):
    return code.co_filename, code.co_firstlineno, code.co_qualname


def _begin(code, _):
    if code.co_filename.startswith(ENGINE):
        MONITOR.set_local_events(TOOL, code, MONITOR.events.BRANCH)
    return MONITOR.DISABLE


def _jump(code, begin, end):
    ends = _taken[_place(code)]
    ends.add((begin, end))
    both = sum(each == begin for each, _ in ends) > 1
    return MONITOR.DISABLE if both else None


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        os.environ["BRANCHES"] = tempfile.mkdtemp(prefix="layerlight-branches-")
    MONITOR.use_tool_id(TOOL, "branches")
    MONITOR.register_callback(TOOL, MONITOR.events.PY_START, _begin)
    MONITOR.register_callback(TOOL, MONITOR.events.BRANCH, _jump)
    MONITOR.set_events(TOOL, MONITOR.events.PY_START)


def pytest_sessionfinish():
    MONITOR.free_tool_id(TOOL)
    told = [[*place, *jump] for place, jumps in _taken.items() for jump in jumps]
    (Path(os.environ["BRANCHES"]) / f"{os.getpid()}.json").write_text(json.dumps(told))


def pytest_terminal_summary(terminalreporter, config):
    if hasattr(config, "workerinput"):
        return
    taken = defaultdict(set)
    for told in Path(os.environ["BRANCHES"]).glob("*.json"):
        for path, line, name, begin, end in json.loads(told.read_text()):
            taken[path].add(((path, line, name), begin, end))
    shutil.rmtree(os.environ["BRANCHES"])
    sums = defaultdict(lambda: [0, 0])
    terminalreporter.section("branches of the engine that are taken")
    for file in sorted((ROOT / "engine").rglob("*.py")):
        branches = branches_of(str(file))
        known = {(function, begin): end for function, begin, end in branches if end}
        here = {(each, begin, end if end == known.get((each, begin)) else 0) for each, begin, end in taken[str(file)]}
        missing = sorted({lines for branch, lines in branches.items() if branch not in here})
        name, folder = file.relative_to(ROOT), str(file.relative_to(ROOT).parent)
        for each in {folder, "engine"}:
            sums[each][0] += sum(branch in here for branch in branches)
            sums[each][1] += len(branches)
        if folder in IN_FULL and missing:
            terminalreporter.write_line(f"{name}: not " + ", ".join(f"{one}→{other}" for one, other in missing))
    for folder, (some, all_of_them) in sorted(sums.items()):
        if all_of_them:
            terminalreporter.write_line(f"{some / all_of_them:6.1%} of {all_of_them:5,} {folder}")
