"""Every command that is found has what a command needs, and every benchmark leads to something that exists."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from bench.window import start
from bench.window.command import FOLLOWS
from engine.cli.bench import BENCHES, OF_THE_WINDOW, PLACES
from engine.cli.parts.command import all_commands, names, run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError

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


@pytest.mark.parametrize("place", sorted({*PLACES.values()}))
def test_what_a_benchmark_stands_for_can_be_imported(place):
    module, name = place.split(":")
    assert callable(getattr(import_module(module), name))


def test_each_benchmark_that_help_names_has_its_place_and_no_other_has():
    assert BENCHES.keys() == PLACES.keys()
    assert FOLLOWS.keys() == {name for name, place in PLACES.items() if place == OF_THE_WINDOW}


@pytest.mark.parametrize(("name", "flag"), FOLLOWS.items())
def test_a_benchmark_of_the_window_measures_and_tells(name, flag):
    bench = import_module(f"bench.window.{name}")
    assert callable(bench.measure) and callable(bench.lines)
    assert hasattr(parse(["bench"]), flag)


def test_a_benchmark_follows_its_flag_and_prints_its_lines_or_its_figures(monkeypatch, capsys):
    monkeypatch.setattr(start, "measure", lambda rounds: {"rounds": rounds})
    monkeypatch.setattr(start, "lines", lambda figures: ["some", f"{figures['rounds']} starts"])
    assert run_wanted(parse(["bench", "--start", "--rounds", "3"])) == 0
    assert run_wanted(parse(["bench", "--start", "--rounds", "3", "--json"])) == 0
    assert capsys.readouterr().out.splitlines() == ["some", "3 starts", '{"rounds": 3}']


def test_without_a_display_a_benchmark_of_the_window_says_so_and_measures_nothing(monkeypatch, capsys):
    monkeypatch.setattr("gui.app.display_problem", lambda: "There is no display.")
    assert run_wanted(parse(["bench", "--slider"])) == 2
    told = capsys.readouterr()
    assert told.err == "There is no display.\n" and not told.out


@pytest.mark.parametrize("words", [["bench"], ["bench", "--slider"], ["bench", "--data", "--json"]])
def test_a_copy_without_the_benchmarks_says_so_in_a_sentence(words, monkeypatch, tmp_path):
    monkeypatch.setattr("engine.cli.bench.TESTS", tmp_path)
    with pytest.raises(UserError, match=r"the benchmarks are part of its source, in tests/bench\."):
        run_wanted(parse(words))
