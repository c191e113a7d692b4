"""How many random days state machines try: few, the same each time; `DAYS=500` tries more, others at each run."""

import os

from hypothesis import Phase, settings

DAYS = int(os.environ.get("DAYS", "0"))


def few_days(count, steps=40):
    """Return the settings of a machine. What fails is not made smaller, which would take minutes."""
    return settings(
        max_examples=DAYS or count,
        stateful_step_count=steps,
        derandomize=not DAYS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
    )
