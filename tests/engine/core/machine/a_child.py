"""A child process that says what of the command line it has imported, and what it was given."""

import os
import sys


def main():
    print([name for name in sys.modules if name.startswith("engine.cli")], os.environ["GIVEN"])
