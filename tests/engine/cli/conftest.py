"""A command line that a test types into, in a home of its own."""

import json

import pytest

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse


class Terminal:
    """Carries out commands, whose first words may be one text; each ends with status 0."""

    def __init__(self, capsys):
        self._capsys = capsys

    def both(self, line, *more):
        """Return what a command prints, and what it writes to stderr."""
        self._capsys.readouterr()
        assert run_wanted(parse([*line.split(), *map(str, more)])) == 0
        return tuple(self._capsys.readouterr())

    def __call__(self, line, *more):
        """Return what a command prints."""
        return self.both(line, *more)[0]

    def lines(self, line, *more):
        return self(line, *more).splitlines()

    def rows(self, line, *more):
        """Return what a command prints with --json, a row a line."""
        return [json.loads(row, parse_constant=pytest.fail) for row in self.lines(line, *more, "--json")]

    def json(self, line, *more):
        """Return the only row that a command prints with --json."""
        (facts,) = self.rows(line, *more)
        return facts


@pytest.fixture
def terminal(own_home, capsys):
    return Terminal(capsys)
