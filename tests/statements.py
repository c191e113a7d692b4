"""The statements of a module, without a look at their expressions: to walk through those takes ten times as long."""


def statements(block):
    """Yield all statements in a module or a statement, those in functions too."""
    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
        for each in getattr(block, name, ()):
            yield each
            yield from statements(each)
