"""What the Experiments tab is pictured with: results as measured on the full MNIST, and a page before its run."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from engine.studies.experiments.parts.experiment import experiment_called
from engine.studies.experiments.parts.kept import from_plain
from gui.tabs.experiments.tab import ExperimentsTab
from gui.widgets.tab import Scene

# Results by the names of their experiments, as a session keeps them.
MEASURED = Path(__file__).parent / "measured.json"

DONE, DIFFERING, NEW = "roads", "collapse", "supermask"


def scenes(tab: ExperimentsTab) -> dict[str, Scene]:
    """Return by name what arranges the tab for a picture."""
    return {
        "differs": partial(_page, tab, DIFFERING, 0),
        "question": partial(_page, tab, NEW, 2),
        "": partial(_page, tab, DONE, 1),
    }


def _page(tab: ExperimentsTab, name: str, predicted: int) -> Iterator[None]:
    yield  # the experiments are being imported
    results = json.loads(MEASURED.read_text("utf-8"))
    tab.trials.begin_session(
        {name: from_plain(name, experiment_called(name), values) for name, values in results.items()}
    )
    tab.turn_to(name)
    tab.trials.predict(name, predicted)
    yield
