"""The page of a plug-in: what it shows is what its file computes, of the network that is looked at."""

import pytest

from engine.analysis.plugins.host import end_plugins
from engine.analysis.plugins.plugin import folder, known_plugins, read_plugin
from engine.core.charts import Bars, Sentences
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.session.session import Session
from gui.shell.plugins.page import PluginTab, plugin_tabs
from gui.shell.process.tab_building import TabsFound, find_tabs
from gui.widgets.plots.declared import Declared
from tests.gui.fake_engine import dataset_opened, noise_run
from tests.gui.session_messages import opened, summary
from tests.gui.worlds import TabWorld, true_engine

TEXT = '''"""Shows weights."""

TITLE = {"en": "Kernels", "de": "Kerne"}
PLACE = "Compare"


def probe(network, data, request):
    if request.label == 9:
        raise ValueError("no nines")
    return network.weights[0].mean(axis=0), request.label


def page(answer, charts):
    means, label = answer
    shown = [charts.bars("means", means)]
    return shown if label is None else [*shown, charts.text("class", label)]
'''


@pytest.fixture
def plugin(tmp_path):
    path = tmp_path / "kernels.py"
    path.write_text(TEXT)
    return read_plugin(path)


def tab_of(plugin, **changed):
    (tab,) = plugin_tabs([plugin], {str(plugin.path): plugin.digest, **changed})
    return tab


class World(TabWorld):
    """The page over a run of noise on the sample, in a true engine thread."""

    def __init__(self, qtbot, tab):
        session = Session(open_sample())
        run = session.runs["A"] = noise_run(TrainSpec(layers="6"))
        run.name = "A"
        super().__init__(qtbot, tab, *true_engine(session, at_end=end_plugins))
        self.weights = run.moments[0].weights
        self.say(dataset_opened(), opened(runs=[summary("A", spec=run.spec, moments=(0,))]))

    def see(self, charts, **lens):
        """Look at the network until the page has that many charts."""
        self.look("A", **lens)
        self.until_there_are(charts)

    def choose_class(self, label, charts):
        self.selection.change(label=label)
        self.until_there_are(charts)

    def until_there_are(self, charts):
        self.qtbot.waitUntil(
            lambda: self.tab.is_settled and len(self.tab.charts) == charts and self.seen == self.declared
        )

    @property
    def seen(self):
        """The kinds and titles of the panels that are seen."""
        panels = self.tab.findChildren(Declared)
        return [(panel.kind, panel.title) for panel in panels if panel.isVisibleTo(self.tab)]

    @property
    def declared(self):
        return [(type(chart), chart.title) for chart in self.tab.charts]

    @property
    def charts(self):
        return self.tab.charts


@pytest.fixture
def world(qtbot, plugin):
    return World(qtbot, tab_of(plugin))


def test_its_charts_are_what_the_plug_in_computes_of_the_network_that_is_looked_at(world):
    world.see(charts=1)
    (bars,) = world.charts
    assert isinstance(bars, Bars) and bars.title == "means"
    assert bars.values.tolist() == world.weights[0].mean(axis=0).astype(float).tolist()


def test_it_asks_again_when_something_else_is_chosen_and_shows_as_many_charts_as_there_are(world):
    world.see(charts=1)
    world.choose_class(4, charts=2)
    _, said = world.charts
    assert isinstance(said, Sentences) and said.text == "4"
    world.choose_class(None, charts=1)


def test_what_goes_wrong_is_said_in_a_sentence_until_it_goes_right(world):
    world.see(charts=1)
    world.choose_class(9, charts=0)
    assert world.charts == ()
    assert "The plug-in Kernels fails in line 9: ValueError: no nines." in world.tab.empty.sentence.text()
    world.choose_class(3, charts=2)
    assert world.charts[1].text == "3"


def test_only_those_that_are_on_as_they_are_and_have_a_page_are_tabs(plugin, tmp_path):
    tab = tab_of(plugin)
    assert issubclass(tab, PluginTab) and (tab.TITLE, tab.PLACE, tab.HELP) == ("Kernels", "Compare", "Shows weights.")
    assert plugin_tabs([plugin], {}) == []
    assert plugin_tabs([plugin], {str(plugin.path): "0" * 64}) == []
    lone = tmp_path / "lone.py"
    lone.write_text('PLACE = "Nowhere"\ndef probe(network, data, request): return 1\n')
    other = read_plugin(lone)
    assert plugin_tabs([other], {str(lone): other.digest}) == []
    lone.write_text(lone.read_text() + "def page(answer, charts): return []\n")
    assert tab_of(read_plugin(lone)).PLACE == "Inside"


def test_a_title_that_another_page_has_gets_the_name_of_the_plug_in(plugin, tmp_path):
    twin = tmp_path / "twin.py"
    twin.write_text(TEXT)
    both = [plugin, read_plugin(twin)]
    on = {str(one.path): one.digest for one in both}
    assert [tab.TITLE for tab in plugin_tabs(both, on)] == ["Kernels (kernels)", "Kernels (twin)"]
    assert [tab.TITLE for tab in plugin_tabs(both[:1], on, ["Draw", "kernels"])] == ["Kernels (kernels)"]


def test_the_window_looks_for_them_with_its_other_tabs():
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / "kernels.py"
    path.write_text(TEXT)
    (plugin,) = known_plugins()
    (message,) = filter(None, find_tabs(None, "weights", plugins={str(path): plugin.digest}))
    assert isinstance(message, TabsFound) and [tab.TITLE for tab in message.tabs] == ["Weights", "Kernels"]
    (message,) = filter(None, find_tabs(None, "weights"))
    assert [tab.TITLE for tab in message.tabs] == ["Weights"]
    path.unlink()
