"""Plug-ins: what they get equals what the program computes, and whatever they do ends them alone."""

import io
import json
import os
import re
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from engine.analysis.plugins.given import Charts, Data, Request
from engine.analysis.plugins.host import PluginAnswer, PluginError, ask_plugin, end_plugins
from engine.analysis.plugins.plugin import known_plugins, read_plugin
from engine.analysis.plugins.wire import packed, receive, send, unpacked
from engine.core import language
from engine.core.charts import Bars, Cells, Images, Plot, Sentences
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.core.machine import folders
from engine.core.messages import answer
from engine.data.preparation import prepared
from engine.model.network.lens_network import lens_network
from tests.engine.trained import with_run

PAPER = folders.RESOURCES.with_name("docs") / "plug-ins.md"

MEANS = """
import numpy as np

def probe(network, data, request):
    hidden, logits = network(data.test_images)
    return [[layer[data.test_labels == label].mean(axis=0) for label in range(len(data.classes))] for layer in hidden]

def page(means, charts):
    return [charts.cells("means", [line.mean(axis=(0, 1)) if line.ndim == 3 else line for line in layer])
            for layer in means]
"""


@pytest.fixture
def ask(dense, tmp_path):
    """Ask a plug-in of that text about the run, and return its charts."""

    def about(text, lens=None, session=dense, **options):
        path = tmp_path / "tried.py"
        path.write_text(text)
        given = {"request": {}, **options}
        return answer(ask_plugin(session, lens or Lens("A"), read_plugin(path), **given), PluginAnswer).charts

    yield about
    end_plugins()


def probe(body):
    return f"import os, sys, time\nimport numpy as np\n\ndef probe(network, data, request):\n    {body}\n"


@pytest.mark.parametrize("layers", ["12", "conv 3, 8"])
def test_the_outputs_that_it_computes_are_those_of_the_network_that_the_lens_shows(ask, session, dataset, layers):
    with_run(session, layers)
    lens = Lens("A", silenced=frozenset({Neuron(0, 1)}))
    network = lens_network(session, lens)
    hidden, _ = network.outputs(dataset.test_images)
    charts = ask(MEANS, lens, session)
    assert len(charts) == len(hidden)
    for chart, outputs in zip(charts, hidden, strict=True):
        wanted = [outputs[dataset.test_labels == label].mean(axis=0) for label in range(len(dataset.classes))]
        np.testing.assert_allclose(chart.values, wanted, atol=1e-4)
    assert not charts[0].values[:, 1].any()


def test_it_gets_the_open_data_what_is_chosen_and_the_language(ask, dataset):
    text = probe(
        "return [data.name, list(data.classes), int(data.train_images.sum()), int(data.test_labels.sum()), "
        "request.label, request.neuron, request.drawing.shape, request.language]"
    )
    drawing = prepared(dataset.test_images[0])
    (said,) = ask(text, request={"label": 2, "neuron": 7}, drawing=drawing)
    images, labels = int(dataset.train_images.sum()), int(dataset.test_labels.sum())
    given = [dataset.name, [*dataset.classes], images, labels, 2, 7, drawing.shape, language.language()]
    assert said.text == str(given)


def test_without_a_page_it_says_its_answer(ask):
    (said,) = ask(probe("return 6 * 7"))
    assert isinstance(said, Sentences) and said.text == "42"


FAILURES = {
    "raises": ("raise KeyError('weights')", "fails in line 6: KeyError: 'weights'"),
    "exits": ("sys.exit(3)", "fails in line 6: SystemExit: 3"),
    "is ended": ("os._exit(3)", "ended with status 3"),
    "hangs": ("\n    while True: pass", "took longer than 0.5 seconds"),
    "sleeps": ("time.sleep(1000)", "took longer than 0.5 seconds"),
    "has a broken page": ("return 1\n\ndef page(answer, charts): return [answer]", "fails: TypeError: page: it must"),
}


@pytest.mark.parametrize(("body", "sentence"), FAILURES.values(), ids=FAILURES)
def test_what_it_does_ends_at_most_its_process_with_one_sentence_and_the_next_question_is_answered(ask, body, sentence):
    slow = {"patience": 0.5} if "longer" in sentence else {}
    ask(probe("return 1"))  # the process runs, so that the time to start it does not count
    with pytest.raises(UserError) as failed:
        ask(probe(f"print('before')\n    {body}"), **slow)
    assert sentence in failed.value.sentence
    assert [said.text for said in ask(probe("return 'still here'"))] == ["still here"]


def test_what_it_prints_comes_with_its_answer(dense, tmp_path):
    path = tmp_path / "tried.py"
    path.write_text(probe("print('weights:', len(network.weights)); return 1"))
    plugin = read_plugin(path)
    for _ in range(2):
        assert answer(ask_plugin(dense, Lens("A"), plugin, {}), PluginAnswer).printed == "weights: 4\n"
    end_plugins()


def test_who_asks_for_words_gets_none_and_not_the_end_of_its_time(ask):
    with pytest.raises(PluginError, match="EOFError"):
        ask(probe("return input()"))


def test_more_letters_than_a_page_has_are_refused(ask):
    with pytest.raises(PluginError, match="text: at most 1,000,000 letters, not 12,000,000"):
        ask(probe("return 'x' * 12_000_000"))
    assert ask(probe("return 'x' * 1_000_000"))[0].text == "x" * 1_000_000


def test_an_endless_page_is_refused_with_its_first_charts(ask):
    text = probe("return 1") + "\ndef page(answer, charts):\n    while True: yield charts.text('t', 1)\n"
    with pytest.raises(PluginError, match="page: at most 24 charts"):
        ask(text)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "return network(data.test_images[:2].astype(float))",
            "pixels are uint8, or numbers from 0 to 1; these are 0 to",
        ),
        ("return network(data.test_images[:2] / 255 - 1)", "these are -1 to"),
    ],
)
def test_pixels_of_another_range_are_refused(ask, body, sentence):
    with pytest.raises(PluginError, match=sentence):
        ask(probe(body))


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="there are no groups of processes")
def test_what_it_starts_ends_with_it(dense, tmp_path):
    path, pipe = tmp_path / "tried.py", tmp_path / "pipe"
    os.mkfifo(pipe)
    body = f"import subprocess; subprocess.Popen(['sh', '-c', 'exec 9>{pipe}; sleep 1000']); return 1"
    path.write_text(probe(body))
    asked = ask_plugin(dense, Lens("A"), read_plugin(path), {})
    next(asked)
    with pipe.open("rb") as opened:  # which waits until the other end is open
        list(asked)
        end_plugins()
        assert opened.read() == b"", "which waits until nobody holds the other end"


def test_what_it_prints_is_in_the_details_of_its_failure(ask):
    with pytest.raises(PluginError) as failed:
        ask(probe("print('weights are', 3); raise ValueError('no')"))
    assert "weights are 3" in failed.value.details and "ValueError: no" in failed.value.details


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone limits what a process allocates")
def test_it_cannot_take_ten_gigabytes(ask):
    with pytest.raises(UserError, match="needs more than 2 GB of memory"):
        ask(probe("return np.ones(10 * 2**30 // 8).sum()"))
    assert ask(probe("return 1"))[0].text == "1"


def test_one_that_was_left_is_asked_again_once_it_has_answered(dense, tmp_path):
    path = tmp_path / "tried.py"
    path.write_text(probe("return request.label"))
    plugin = read_plugin(path)
    left = ask_plugin(dense, Lens("A"), plugin, {"label": 1})
    next(left)
    left.close()
    charts = answer(ask_plugin(dense, Lens("A"), plugin, {"label": 2}), PluginAnswer).charts
    assert charts[0].text == "2"
    end_plugins()


def test_a_changed_one_is_not_run(dense, tmp_path):
    path = tmp_path / "tried.py"
    path.write_text(probe("return 1"))
    plugin = read_plugin(path)
    path.write_text(probe("open('marker', 'w')"))
    with pytest.raises(UserError, match="The plug-in tried was changed since it was switched on"):
        list(ask_plugin(dense, Lens("A"), plugin, {}))


def test_those_of_the_folder_and_of_installed_packages_are_known_without_running_them(own_home, tmp_path, monkeypatch):
    marker = tmp_path / "marker"
    own = folders.config() / "plugins"
    own.mkdir(parents=True)
    text = (
        f'"""Says means."""\nopen({str(marker)!r}, "w")\nTITLE = {{"en": "Means", "de": "Mittel"}}\nPLACE = "Inside"\n'
    )
    (own / "means.py").write_text(text + probe("return 1") + "\ndef page(answer, charts): ...\n")
    (own / "none.py").write_text("x = 1")
    (own / "broken.py").write_text("def probe(")
    package = tmp_path / "site"
    (package / "others").mkdir(parents=True)
    (package / "others" / "__init__.py").write_text(text + probe("return 1"))
    (package / "others-1.0.dist-info").mkdir()
    (package / "others-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (package / "others-1.0.dist-info" / "entry_points.txt").write_text("[layerlight.plugins]\ntheirs = others\n")
    monkeypatch.syspath_prepend(package)
    means, theirs = known_plugins()
    assert (means.name, means.title, means.place, means.about) == ("means", "Means", "Inside", "Says means.")
    assert (means.has_page, theirs.has_page) == (True, False)
    assert (theirs.name, theirs.module, theirs.path) == ("theirs", "others", package / "others" / "__init__.py")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("x = 1", "is no plug-in"),
        ("def probe(", r"some\.py, line 1: '\(' was never closed\."),
        ("\0", "line 1: source code string cannot contain null bytes"),
        ("(" * 10_000, "line 1: too many nested parentheses"),
        ("#" * 10_000_001, "too large"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "some.py"
    path.write_text(content)
    with pytest.raises(UserError, match=sentence):
        read_plugin(path)


def test_a_missing_file_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_plugin(tmp_path / "none.py")


def some_charts():
    charts = Charts()
    return [
        charts.plot("a", charts.line("l", [0, 1], [2, 3]), charts.points("p", [1], [np.nan]), x="x", percent=True),
        charts.bars("b", [1, -2]),
        charts.cells("c", np.arange(6).reshape(2, 3), columns="xyz", row="r"),
        charts.images("d", np.full((1, 2, 2), 0.5), ["half"]),
        charts.text("e", "<b>words</b>"),
    ]


def test_charts_arrive_as_they_were_sent():
    file = io.BytesIO()
    values, arrays = packed(some_charts())
    send(file, {"charts": values}, arrays)
    file.seek(0)
    fields, arrays = receive(file)
    plot, bars, cells, images, said = unpacked(fields["charts"], arrays)
    assert isinstance(plot, Plot) and plot.picture.percent_y
    assert [curve.style for curve in plot.picture.curves] == ["line", "points"]
    np.testing.assert_array_equal(plot.picture.curves[0].y, [2.0, 3.0])
    assert isinstance(bars, Bars) and bars.names == ("0", "1") and bars.values.tolist() == [1.0, -2.0]
    assert isinstance(cells, Cells) and cells.columns == ("x", "y", "z") and cells.values.shape == (2, 3)
    assert isinstance(images, Images) and images.pictures.tolist() == [[[128, 128], [128, 128]]]
    assert isinstance(said, Sentences) and said.text == "<b>words</b>"
    assert receive(file) is None


WRONG = [
    [{"kind": "Bars", "title": "b", "values": {"array": 0}, "names": ["a"]}],
    [{"kind": "Bars", "title": 3, "values": {"array": 0}, "names": ["a", "b"]}],
    [{"kind": "Bars", "title": "b", "values": {"array": 9}, "names": []}],
    [{"kind": "os.system", "title": "b"}],
    [{"kind": "Sentences", "title": "b", "text": 3}],
    [{"kind": "Level", "label": "b", "at": 3}],
    [3],
    3,
]


@pytest.mark.parametrize("values", WRONG)
def test_what_are_no_charts_is_refused(values):
    with pytest.raises(ValueError, match="chart"):
        unpacked(values, [np.zeros(2)])


@pytest.mark.parametrize(
    "arrays", [[["object", [1]]], [["float64", [-1]]], [["float64", [2**40]]], [["float64", [0.5]]]]
)
def test_arrays_that_are_none_or_too_large_are_refused_before_they_are_read(arrays):
    line = json.dumps({"arrays": arrays}).encode() + b"\n"
    with pytest.raises(ValueError, match="array"):
        receive(io.BytesIO(line), 2**20)


def test_a_line_of_more_bytes_than_a_page_has_is_refused(monkeypatch):
    monkeypatch.setattr("engine.analysis.plugins.wire.LONGEST_LINE", 1000)
    line = json.dumps({"arrays": [], "text": "x" * 1000}).encode() + b"\n"
    with pytest.raises(ValueError, match="a line of more bytes"):
        receive(io.BytesIO(line), 2**20)
    assert receive(io.BytesIO(line)) is not None, "from the program itself there may be as many"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda charts: charts.bars("b", [1, 2], ["a"]), "2 of them and 1 names"),
        (lambda charts: charts.bars("b", [[1]]), "1 dimensions is needed, and this one has 2"),
        (lambda charts: charts.line("l", [1], [1, 2]), "1 x and 2 y"),
        (lambda charts: charts.cells("c", "words"), "could not convert"),
        (lambda charts: charts.images("i", np.full((1, 2, 2), 200.0)), "images: uint8, or numbers from 0 to 1"),
    ],
)
def test_wrong_charts_are_refused_where_they_are_made(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(Charts())


def test_its_process_ends_with_the_program(dense, tmp_path):
    path = tmp_path / "tried.py"
    path.write_text(probe("return os.getpid()"))
    charts = answer(ask_plugin(dense, Lens("A"), read_plugin(path), {}), PluginAnswer).charts
    number = int(charts[0].text)
    os.kill(number, 0)
    end_plugins()
    if Path("/proc").exists():
        assert not Path(f"/proc/{number}/stat").exists()


def example():
    """The example of the paper, as somebody would save it."""
    return re.search(r"```python\n(.*?)```", PAPER.read_text("utf-8"), re.DOTALL)[1]


def test_the_example_of_the_paper_is_short_and_shows_the_means_of_each_class(ask, dense, dataset):
    assert len(example().splitlines()) <= 40
    means, bars = ask(example())
    (layer,), _ = lens_network(dense, Lens("A")).outputs(dataset.test_images)
    wanted = np.array([layer[dataset.test_labels == label].mean(axis=0) for label in range(len(dataset.classes))])
    np.testing.assert_allclose(means.values, wanted, atol=1e-4)
    np.testing.assert_allclose(bars.values, wanted.mean(axis=1), atol=1e-4)


def test_the_paper_names_every_kind_of_chart_and_all_that_is_given():
    paper = PAPER.read_text("utf-8")
    charts = [f"charts.{name}(" for name in vars(Charts) if not name.startswith("_")]
    given = [f"`data.{field.name}`" for field in fields(Data)] + [f"`request.{name}`" for name in Request._fields]
    assert [name for name in (*charts, *given) if name not in paper] == []
