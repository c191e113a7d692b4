"""What the Experiments tab is pictured with: results as measured on the full MNIST, and a page before its run."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from engine.studies.experiments.parts.experiment import experiment_called
from engine.studies.experiments.parts.kept import from_plain
from gui.tabs.experiments.tab import ExperimentsTab

# Results by the names of their experiments, as a session keeps them.
MEASURED = Path(__file__).parent / "measured.json"

DONE, DIFFERING, NEW = "roads", "collapse", "supermask"


def _page(tab: ExperimentsTab, name: str, predicted: int) -> Iterator[None]:
    yield  # the experiments are being imported
    results = json.loads(MEASURED.read_text("utf-8"))
    tab.trials.begin_session(
        {name: from_plain(name, experiment_called(name), values) for name, values in results.items()}
    )
    tab.turn_to(name)
    tab.trials.predict(name, predicted)
    yield


SCENES = {
    "differs": partial(_page, name=DIFFERING, predicted=0),
    "question": partial(_page, name=NEW, predicted=2),
    "": partial(_page, name=DONE, predicted=1),
}
