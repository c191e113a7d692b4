"""Every command that is found has what a command needs, and every benchmark leads to something that exists."""

import argparse
import gettext
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from bench.growth import AXES
from bench.window import growth, memory, start
from bench.window.command import FOLLOWS
from engine.cli.bench import BENCHES, OF_THE_WINDOW
from engine.cli.parts.command import all_commands, names, run_wanted
from engine.cli.parts.parser import parse
from engine.core import language
from engine.core.errors import UserError
from engine.core.language import VARIABLE
from engine.core.machine.beside import start_beside

ROOT = Path(__file__).resolve().parents[1]


def test_each_command_has_a_line_a_description_and_a_place_of_its_own():
    found = all_commands()
    assert found.keys() == names()
    assert len({command.order for command in found.values()}) == len(found)
    for name, command in found.items():
        assert command.help and not command.help.endswith("."), name
        assert command.description.endswith("."), name


def test_each_command_is_found_by_its_file(monkeypatch, tmp_path, capsys):
    (tmp_path / "wink.py").write_text(
        "from engine.cli.parts.command import Row, command\n"
        "@command(0, 'wink at a network')\n"
        "def wink_command(*, eye: str = 'right'):\n"
        "    'Wink.\\n\\neye EYE: which one'\n"
        "    yield Row(None, f'The {eye} eye winks.')\n"
    )
    monkeypatch.setattr("engine.cli.__path__", [*import_module("engine.cli").__path__, str(tmp_path)])
    assert run_wanted(parse(["wink", "--eye", "left"])) == 0
    assert capsys.readouterr().out == "The left eye winks.\n"
    with pytest.raises(SystemExit):
        parse(["--help"])
    lines = capsys.readouterr().out.splitlines()
    place = next(place for place, line in enumerate(lines) if "wink at a network" in line)
    assert lines[place - 1].split() == ["COMMAND"] and lines[place + 1].split()[0] == "train", "by its order"
    sys.modules.pop("engine.cli.wink", None)


class Quoted(gettext.NullTranslations):
    """Translates a text by quotes around it."""

    def gettext(self, message):
        return f"«{message}»"


def test_in_another_language_all_help_is_translated_as_its_catalogue_is_asked_and_so_is_wrong_usage(
    monkeypatch, capsys
):
    sys.path.insert(0, str(ROOT / ".ci"))
    from string_commands import command_texts

    monkeypatch.setenv("COLUMNS", "1000")
    for name in ("_", "ngettext"):
        monkeypatch.setattr(argparse, name, getattr(argparse, name))
    with (ROOT / "engine/cli/mistakes.py").open("rb") as file:
        texts = [text for _, _, text, _ in command_texts(file, (), (), {})]
    assert "how many misread images are listed, the most probable first" in texts
    language.use("xx", Quoted())
    try:
        for words in (["--help"], ["mistakes", "--help"], ["mistakes", "--worst"]):
            with pytest.raises(SystemExit):
                parse(words)
    finally:
        language.use(language.SOURCE)
    said = "".join(capsys.readouterr())
    assert [text for text in texts if "{" not in text and f"«{text}»" not in said] == []
    assert "«usage: »" in said and "«expected one argument»" in said and "«show this help message and exit»" in said


def test_the_program_speaks_the_language_of_its_environment_where_its_children_find_it(monkeypatch):
    words = [sys.executable, ROOT / "main.py", "warmup", "--help"]
    said = {
        code: subprocess.run(words, env={**os.environ, VARIABLE: code}, capture_output=True, text=True).stdout
        for code in ("en", "de")
    }
    assert "100,000,000" in said["en"] and "100.000.000" in said["de"]
    monkeypatch.setattr(subprocess, "Popen", lambda words, **options: options["env"])
    language.use("de")
    try:
        assert start_beside("engine.of_it", subprocess.DEVNULL)[VARIABLE] == "de"
    finally:
        language.use(language.SOURCE)


def test_version_and_help_of_each_command_load_neither_numpy_nor_tensorflow_nor_qt():
    """One process says all help: what one of them loads is there when it has ended."""
    probe = (
        "import contextlib, io, sys; sys.path.insert(0, sys.argv[1])\n"
        "import main; from engine.cli.parts.command import names; from engine.export.scripts.parts.tabs import tabs\n"
        "all_names = [(name,) for name in names()] + [('code', tab) for tab in tabs()]\n"
        "for words in (['--version'], ['--help'], *([*words, '--help'] for words in all_names)):\n"
        "    said = io.StringIO()\n"
        "    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):\n"
        "        main.main(words)\n"
        "    assert said.getvalue(), words\n"
        "    loaded = {'numpy', 'tensorflow', 'PySide6', 'PIL'} & sys.modules.keys()\n"
        "    assert not loaded, (words, loaded)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe, str(ROOT)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_benchmark_leads_to_a_function_and_those_of_the_window_measure_and_tell():
    for place in {place for place, _ in BENCHES.values()}:
        module, name = place.split(":")
        assert callable(getattr(import_module(f"bench.{module}"), name))
    assert FOLLOWS.keys() == {name for name, (place, _) in BENCHES.items() if place == OF_THE_WINDOW}
    for name, flags in FOLLOWS.items():
        bench = import_module(f"bench.window.{name}")
        assert callable(bench.measure) and callable(bench.lines)
        assert all(hasattr(parse(["bench"]), flag) for flag in flags)


def test_a_benchmark_follows_its_flag_and_without_a_display_says_so_and_measures_nothing(monkeypatch, capsys):
    monkeypatch.setattr(start, "measure", lambda rounds: {"rounds": rounds})
    monkeypatch.setattr(start, "lines", lambda figures: ["some", f"{figures['rounds']} starts"])
    assert run_wanted(parse(["bench", "--start", "--rounds", "3"])) == 0
    assert run_wanted(parse(["bench", "--start", "--rounds", "3", "--json"])) == 0
    assert capsys.readouterr().out.splitlines() == ["some", "3 starts", '{"rounds": 3}']
    monkeypatch.setattr("gui.app.display_problem", lambda: "There is no display.")
    assert run_wanted(parse(["bench", "--slider"])) == 2
    printed = capsys.readouterr()
    assert printed.err == "There is no display.\n" and not printed.out


def test_a_benchmark_measures_only_the_wanted_parts_and_refuses_others(monkeypatch, capsys):
    monkeypatch.setattr(memory, "memory_of", lambda story, dataset: [story, dataset])
    words = ["bench", "--memory", "--dataset", "mnist", "--json"]
    for only in (["pages"], ["lesson"], ["pages", "lesson"], []):
        run_wanted(parse([*words, *(word for part in only for word in ("--only", part))]))
        wanted = {"pages": ["pages", "mnist"], "lesson": ["lesson", None]}
        assert json.loads(capsys.readouterr().out) == {name: wanted[name] for name in only or wanted}
    with pytest.raises(UserError, match=r"no part story\. There are pages, lesson\."):
        run_wanted(parse([*words, "--only", "story"]))

    monkeypatch.setattr(growth.growth, "growth", lambda axis, sizes, rate: {"epoch": [*sizes]})
    monkeypatch.setattr(growth, "of_window", lambda axis, sizes: {})
    monkeypatch.setattr(growth, "sgemm_rate", lambda: 1e9)
    assert growth.measure(2, ["width", "images:4000", "images:64000"])["axes"] == {
        "width": {"epoch": [300, 900]},
        "images": {"epoch": [4_000, 64_000]},
    }
    assert growth.measure(1)["axes"].keys() == AXES.keys()


def test_a_copy_without_the_benchmarks_says_so_in_a_sentence(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr("engine.cli.bench.import_module", missing)
    for words in (["bench"], ["bench", "--slider"], ["bench", "--data", "--json"], ["gpu-report"]):
        with pytest.raises(UserError, match=r"cannot measure that, as it has no module bench\.\w+"):
            run_wanted(parse(words))


@pytest.mark.parametrize("name", ["start", "memory", "quick"])
def test_where_it_is_installed_what_starts_main_py_is_refused_before_anything_runs(monkeypatch, name):
    monkeypatch.setattr("engine.cli.bench.PACKAGE", "layerlight.")
    with pytest.raises(UserError, match="cannot measure that, as it has no module main"):
        run_wanted(parse(["bench", f"--{name}"]))


def test_a_python_without_the_packages_ends_with_one_sentence_that_names_the_right_one():
    done = subprocess.run(
        [sys.executable, "-S", ROOT / "main.py", "--version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr.startswith("Layerlight needs Python 3.12 or 3.13 with its packages")
        and done.stderr.count("\n") == 1
    )


PAPERS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")), *(ROOT / "docs").glob("*.md")]
QUICK = ["info", "reproduce --list", "weights", "code"]  # beginnings of commands that need no file and are done at once


def written_commands():
    """Return the commands in the papers' blocks as words; of one with a choice in brackets, one for each."""
    blocks = [
        block
        for paper in PAPERS
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```", paper.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        if language in ("", "sh")
    ]
    commands = []
    for line in itertools.chain.from_iterable(block.splitlines() for block in blocks):
        before, bracket, choice = line.partition("[")
        for option in ["", *choice.partition("]")[0].split("|")] if bracket else [""]:
            commands.append(shlex.split(f"{before} {option}", comments=True))
    return [words for words in commands if words]


def arguments_of(words):
    """Return what a command hands to main.py, or `None`."""
    words = words[: words.index(">")] if ">" in words else words
    if words[:2] == ["python", "main.py"]:
        return words[2:]
    arguments = shlex.split(" ".join(word.removeprefix("ARGS=") for word in words if word.startswith("ARGS=")))
    return {("make", "run"): arguments, ("make", "bench"): ["bench", *arguments]}.get(tuple(words[:2]))


def test_every_command_that_a_paper_says_exists_and_takes_those_flags():
    commands = written_commands()
    assert len(commands) > 60 and {words[0] for words in commands} == {"make", "python"}
    for words in filter(None, map(arguments_of, commands)):
        parse(words)  # ends the process with a sentence where it does not know one


@pytest.mark.skipif(not shutil.which("make"), reason="this machine has no make")
def test_every_target_of_make_that_a_paper_says_exists():
    targets = sorted({words[1] for words in written_commands() if words[0] == "make"})
    done = subprocess.run(["make", "--dry-run", *targets], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    paths = {word for words in written_commands() for word in " ".join(words).split() if "tests/" in word}
    assert [path for path in paths if not (ROOT / path.removeprefix("ARGS=")).exists()] == []


def test_the_quick_commands_of_the_papers_do_as_they_stand_there(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    quick = [words for words in map(arguments_of, written_commands()) if " ".join(words or []).startswith(tuple(QUICK))]
    done = [words for words in quick if not any(word.endswith(".layerlight") for word in words)]
    for words in done:
        assert run_wanted(parse(words)) == 0, words
    assert {path.name for path in tmp_path.iterdir()} == {"weights.npz", "ideal.py", "ideal-weights.npz"}
    assert len(done) >= len(QUICK) and capsys.readouterr().out.count("\n") > 20
