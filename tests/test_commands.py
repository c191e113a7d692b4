"""Every command and every benchmark of the command line leads to something that exists."""

from importlib import import_module

import pytest

from engine.cli import commands
from engine.cli.parser import parse
from engine.cli.run_flags import BENCHES, OWN_COMMANDS, RUN_COMMANDS
from engine.cli.view_flags import VIEW_COMMANDS
from main import BENCHES_OF_THE_WINDOW, bench_of_the_window


@pytest.mark.parametrize("place", [*commands.COMMANDS.values(), *commands.BENCHES.values()])
def test_what_a_command_stands_for_can_be_imported(place):
    assert callable(commands.function_at(place) if isinstance(place, str) else place)


def test_each_command_that_help_names_is_known():
    named = {row.name for row in (*RUN_COMMANDS, *VIEW_COMMANDS, *OWN_COMMANDS)}
    assert named == {*commands.COMMANDS, "screenshots"}


def test_each_benchmark_that_help_names_is_of_the_engine_or_of_the_window():
    assert BENCHES.keys() == commands.BENCHES.keys() | BENCHES_OF_THE_WINDOW.keys()
    assert not commands.BENCHES.keys() & BENCHES_OF_THE_WINDOW.keys()


@pytest.mark.parametrize(("module", "flag"), BENCHES_OF_THE_WINDOW.values())
def test_a_benchmark_of_the_window_measures_and_tells(module, flag):
    bench = import_module(module)
    assert callable(bench.measure) and callable(bench.lines)
    assert hasattr(parse(["bench"]), flag)


def test_a_benchmark_follows_its_flag_and_prints_its_lines_or_its_figures(monkeypatch, capsys):
    from gui.stage.bench import start

    monkeypatch.setattr(start, "measure", lambda rounds: {"rounds": rounds})
    monkeypatch.setattr(start, "lines", lambda figures: ["some", f"{figures['rounds']} starts"])
    assert bench_of_the_window(parse(["bench", "--start", "--rounds", "3"]), "start") == 0
    assert bench_of_the_window(parse(["bench", "--start", "--rounds", "3", "--json"]), "start") == 0
    assert capsys.readouterr().out.splitlines() == ["some", "3 starts", '{"rounds": 3}']
