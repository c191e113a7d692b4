"""Work counted in calls, which is the same on every machine: to show that twice as much takes about twice the work."""

import sys


def work_of(action):
    """Return how many functions are called, Python's and C's, until `action` returns."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
    return calls
