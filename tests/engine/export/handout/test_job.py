"""Writing a hand-out: what is in the file, beside what the engine measures; and when there is none."""

import base64
import dataclasses
import gettext
import itertools
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hostile_names import NAMES
from made_sessions import files_in
from told import last
from trained import GENERAL, taught, with_run

from engine.cli.parts.which import look_at
from engine.core import language
from engine.core.errors import NotYetError, UserError
from engine.core.layers.kinds import ConvLayer, DenseLayer
from engine.core.layers.language import in_words
from engine.core.lens import Lens
from engine.core.machine.bundled import BUNDLED
from engine.core.messages import run_through
from engine.core.text import printable
from engine.data.sources import open_dataset
from engine.export.handout.job import MOST_BYTES, Question, export_handout, snapshots, strongest
from engine.export.handout.page import FOLDER, assembled, policy
from engine.export.messages import FileWriting
from engine.model.network.activations import activations
from engine.model.network.plain import accuracy
from engine.model.network.summary import summary


class Parts(HTMLParser):
    """The tags of a page, and the texts in them by tag and type, as a browser finds them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self._inside = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag, dict(attrs).get("type", "")

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        self.texts[self._inside] = self.texts.get(self._inside, "") + data


class Elements(HTMLParser):
    """The elements of a page: attributes, the `text` in them, and the tags `within` which they are."""

    def __init__(self, text):
        super().__init__()
        self._all, self._open = [], []
        self.feed(text)

    def of(self, *tags):
        return [element for element in self._all if element["tag"] in tags]

    def handle_starttag(self, tag, attrs):
        within = [element["tag"] for element in self._open]
        self._all.append({**dict(attrs), "tag": tag, "text": "", "within": within})
        if tag not in ("meta", "link", "input"):
            self._open.append(self._all[-1])

    def handle_endtag(self, tag):
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data.strip()


DATA, SCRIPT, STYLE, TITLE = ("script", "application/json"), ("script", ""), ("style", ""), ("title", "")


@pytest.fixture
def made(session):
    """A session on the stripes with a run that reads most of them."""
    return taught(with_run(session, "12"))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out.html"


def export(session, path, *questions, moment=None):
    """Write a hand-out; return what was told meanwhile and the data in it."""
    messages = list(export_handout(session, Lens("A", moment), path, questions))
    return messages, json.loads(Parts(path.read_text("utf-8")).texts[DATA])


def test_it_has_the_figures_that_the_engine_measures_and_says_how_far_it_is_and_how_true(made, out):
    told, found = export(made, out)
    shares = [message.share for message in told if isinstance(message, FileWriting)]
    assert shares[0] == 0 and shares == sorted(shares) and shares[-1] == pytest.approx(1)
    notice = told[-1]
    assert notice.sentence == f"Saved {out}."
    assert "the same answer as the run on" in notice.hint and "of 90 test images" in notice.hint

    assert [each["name"] for each in found["snapshots"]] == ["start", "epoch 1", "epoch 2"]
    for each, step in zip(found["snapshots"], (0, 12, 24), strict=True):
        seen = run_through(activations(made, Lens("A", step)))
        share = accuracy(seen.logits, seen.labels).whole
        assert each["accuracy"] == f"{100 * share:.1f} %", "as fine as one of 90 images"

    (prints,) = found["fingerprints"]
    by_hand = np.stack([seen.hidden[0][seen.labels == label].mean(axis=0) for label in range(4)])
    means = np.frombuffer(base64.b64decode(prints["means"][-1]), "<f4").reshape(4, -1)
    np.testing.assert_allclose(means, by_hand[:, prints["numbers"]], rtol=1e-4, atol=1e-6)
    assert prints["favourites"] == sorted(prints["favourites"])
    assert prints["most"] == pytest.approx(means.max())
    assert [int(column.argmax()) for column in means.T] == prints["favourites"]

    assert found["classes"] == ["a", "b", "c", "d"] and found["shape"] == [8, 8], "the data are a person's own"
    first = np.frombuffer(base64.b64decode(found["pictures"][0]["pixels"]), np.uint8)
    assert any(np.array_equal(first, image.ravel()) for image in made.data().test_images)
    assert {each["label"] for each in found["pictures"]} == {0, 1, 2, 3}
    assert len(found["ideals"]) == 4 and found["file"] == out.name


def test_of_a_class_those_neurons_are_chosen_that_answer_to_it_and_little_to_others():
    hidden = np.array([[5, 1, 0, 0], [0, 0, 0, 9], [4, 3, 0, 8.9]] * 4, np.float32)[:, [0, 1, 3, 2]]
    labels = np.array([0, 1, 0] * 4, np.uint8)
    numbers, favourites = strongest(run_through(summary(hidden, labels, 2)), 2)
    assert numbers.tolist() == [0, 2] and favourites.tolist() == [0, 1], "not the one that never fires"


def test_it_says_from_how_many_images_the_run_learned_and_of_which_data(made, out):
    data, run = made.data(), made.runs["A"]
    run.dataset, run.fingerprint = data.summary, data.fingerprint()
    count = len(data.train_images)
    assert f"It learned from {count:,} images of {data.name}, and reads" in export(made, out)[1]["about"]
    run.spec = run.spec.but(images=20)
    assert "It learned from 20 images of" in export(made, out)[1]["about"]
    run.spec, run.fingerprint = run.spec.but(images=0), "another"
    run.dataset = "MNIST sample and 10 examples 4,400 + 1,001"
    said = "It learned from 4,400 images of MNIST sample and 10 examples, and reads"
    assert said in export(made, out)[1]["about"]


def test_a_network_without_hidden_layers_can_be_handed_out_and_it_ends_at_the_moment_looked_at(session, out):
    _, found = export(with_run(session, ""), out, moment=12)
    assert found["layers"] == found["fingerprints"] == []
    assert [each["name"] for each in found["snapshots"]] == ["start", "epoch 1"]


def test_at_most_six_snapshots_are_chosen_the_first_and_the_last_among_them(session):
    run = with_run(session, "5", steps=[0, 1, 3, 8, 21, 55, 144, 377, *range(540, 21601, 540)]).runs["A"]
    assert snapshots(run, 21600) == [0, 8, 55, 377, 2700, 21600]
    assert snapshots(run, 8) == [0, 1, 3, 8]
    assert snapshots(run, 0) == [0]


def test_of_a_large_network_there_are_fewer_snapshots_and_of_a_huge_one_none(session, out):
    for name, (layers, count) in zip("ABC", (("600, 300", 6), ("800, 900", 2), ("1000, 1000", 1)), strict=True):
        run = with_run(session, layers, steps=range(8)).runs[name]
        assert len(snapshots(run, 7)) == count
    with_run(session, "1200, 1400", steps=(0,))
    with pytest.raises(UserError, match=r"run D has 1,765,004 weights, too many for a hand-out of 2\.5 MB"):
        run_through(export_handout(session, Lens("D"), out))
    assert not files_in(out.parent)


def test_a_network_that_a_browser_would_compute_for_long_is_refused_before_anything_is_written(session, out):
    run = with_run(session, "resize 64x64, conv 16 7x7, conv 16 7x7, global average", steps=(0,)).runs["A"]
    count = 64 * 64 * 7 * 7 * (16 + 16 * 16) + 16 * 4
    with pytest.raises(UserError, match=f"An answer of run A takes {count:,} multiplications, too many for a hand-out"):
        snapshots(run, 0)
    with pytest.raises(UserError):
        run_through(export_handout(session, Lens("A"), out))
    assert not files_in(out.parent)


def test_what_is_no_network_is_refused_before_anything_is_written(made, out):
    with pytest.raises(NotYetError):
        list(export_handout(made, Lens("Z"), out))
    with pytest.raises(UserError, match=r"does not end in \.html"):
        export(made, out.with_suffix(".pdf"))
    made.runs["A"].moments[12].weights[0][0, 0] = np.nan
    with pytest.raises(UserError, match="At step 12 not all weights of run A are numbers"):
        export(made, out)
    cut = {name: getattr(made.data(), name)[:, :5] for name in ("train_images", "test_images")}
    made.replace_data(dataclasses.replace(made.data(), **cut))
    with pytest.raises(UserError, match="is not what this network reads"):
        export(made, out)
    assert not files_in(out.parent)


@pytest.mark.parametrize("layers", GENERAL)
def test_a_network_of_any_layers_is_handed_out_and_names_its_layers(session, out, layers, monkeypatch):
    monkeypatch.setattr("engine.export.handout.job.paint_ideal", lambda *_: ())  # which takes most of the time
    run = with_run(session, layers, steps=(0, 12)).runs["A"]
    _, page = export(session, out)
    assert [layer["width"] for layer in page["layers"]] == [layer.width for layer in run.spec.hidden]
    kinds = {"conv": ConvLayer, "dense": DenseLayer}
    assert all(
        isinstance(layer, kinds[plain["kind"]]) for layer, plain in zip(run.spec.hidden, page["layers"], strict=True)
    )
    seen = run_through(activations(session, Lens("A", 12)))
    assert page["snapshots"][-1]["accuracy"] == f"{100 * accuracy(seen.logits, seen.labels).whole:.1f} %"
    for number, prints in enumerate(page["fingerprints"]):
        by_hand = np.stack([seen.hidden[number][seen.labels == label].mean(axis=0) for label in range(4)])
        means = np.frombuffer(base64.b64decode(prints["means"][-1]), "<f4").reshape(4, -1)
        np.testing.assert_allclose(means, by_hand[:, prints["numbers"]], rtol=1e-4, atol=1e-5)
    assert f"A network of {in_words(run.spec.network, run.shape, 4)}." in page["about"]


def test_one_that_is_given_up_leaves_the_old_file_as_it_was(made, out):
    out.write_text("old")
    job = export_handout(made, Lens("A"), out)
    for _ in range(6):
        next(job)
    job.close()
    assert out.read_text() == "old" and files_in(out.parent) == {"out.html"}


def test_the_page_allows_its_own_script_and_style_and_no_request(made, out):
    asked = [Question(f"Question {number}?", ("one", "two"), number % 2, "Told.") for number in range(4)]
    _, found = export(made, out, Question("Open?", ("one", "two"), None, ""), *asked)
    parts = Parts(out.read_text("utf-8"))
    (allowed,) = (attributes["content"] for _, attributes in parts.tags if "http-equiv" in attributes)
    assert allowed == policy(parts.texts[SCRIPT], parts.texts[STYLE])
    assert allowed.startswith("default-src 'none'; style-src 'sha256-")
    assert "http:" not in out.read_text("utf-8") and "https:" not in out.read_text("utf-8")
    for tag, attributes in parts.tags:
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
        assert tag not in ("img", "iframe", "object", "form", "base", "a")
        assert attributes.get("href", "data:").startswith("data:")
    questions = found["questions"]
    assert [each["question"] for each in questions] == ["Open?", "Question 0?", "Question 1?"], "three at most"
    assert [each["right"] for each in questions] == [-1, 0, 1]


def test_a_hostile_name_is_a_text_and_nothing_else():
    for name in NAMES:
        parts = Parts(page := assembled(printable(name), {"name": name}).decode("utf-8"))
        assert [attributes.get("type") for tag, attributes in parts.tags if tag == "script"] == [DATA[1], None], name
        assert json.loads(parts.texts[DATA])["name"] == name
        assert not set("<>&") & set(parts.texts[DATA]) and parts.texts[DATA].isascii(), name
        assert parts.texts.get(TITLE, "") == printable(name)
        assert len(re.findall("<title>", page)) == 1, name


GERMAN = {"Clear": "Löschen", "speaks for {answer}": "spricht für {answer}", "start": "Anfang"}


class German(gettext.NullTranslations):
    def gettext(self, message):
        return GERMAN.get(message, message)


def test_the_page_comes_in_the_language_in_which_it_is_made(made, out):
    language.use("de", German())
    try:
        export(made, out)
    finally:
        language.use(language.SOURCE)
    parts = Parts(page := out.read_text("utf-8"))
    assert '<html lang="de">' in page and ">Löschen</button>" in page and "[[" not in page.partition("<script")[0]
    data = json.loads(parts.texts["script", "application/json"])
    assert data["texts"] == {"speaks for {answer}": "spricht für {answer}"} and data["decimal"] == ","
    assert data["snapshots"][0]["name"] == "Anfang" and "." not in data["snapshots"][-1]["accuracy"]


def test_the_scripts_say_nothing_that_is_not_a_text_of_the_language():
    """Any words in strings stand in `tr("…")`, as one literal, which is what Babel finds."""
    for name in ("network.js", "ink.js", "page.js"):
        script = re.sub(r"(?<![:\"])//.*", "", (FOLDER / name).read_text("utf-8"))
        calls = re.findall(r"\btr\(\s*(.)", script)
        assert set(calls) <= {'"', "t"}, name  # `t` in its own definition
        rest = re.sub(r'\btr\("(?:[^"\\]|\\.)*"', "", script)
        words = [first or second for first, second in re.findall(r'"([^"\n]*)"|`([^`\n]*)`', rest)]
        assert {each for each in words if re.search(r"[a-z]{2} [a-z]{2}", each)} == {"use strict"}, name


def test_the_page_can_be_heard_and_used_by_keys_as_far_as_its_text_says(made, out):
    """What `make browser-test` asks of the page that is shown."""
    export(made, out)
    page = Elements(out.read_text("utf-8"))
    assert page.of("html")[0]["lang"] == "en" and page.of("title")[0]["text"].endswith("Layerlight hand-out")
    assert [len(page.of(landmark)) for landmark in ("header", "main", "footer")] == [1, 1, 1]
    levels = [int(heading["tag"][1]) for heading in page.of("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1 and 1 not in levels[1:]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    headings = {heading["id"]: heading for heading in page.of("h1", "h2", "h3")}
    assert all(section["aria-labelledby"] in headings for section in page.of("section"))
    for control in page.of("button", "input", "select"):
        assert control["text"] or control.get("aria-label") or "label" in control["within"], control
    assert all(label["text"] for label in page.of("label"))
    for picture in page.of("canvas", "img", "svg"):
        assert picture.get("aria-label") or picture.get("aria-hidden"), picture
    everything = page.of("canvas", "div", "p", "main", "section")
    assert all(
        element["aria-label"] for element in everything if element.get("role") in ("group", "listbox", "application")
    )
    assert [element["id"] for element in everything if element.get("aria-live") == "polite"] == ["live"]
    assert {element["tabindex"] for element in everything if "tabindex" in element} <= {"0", "-1"}, (
        "in the order of the page"
    )
    (style,) = page.of("style")
    assert not re.search("animation|transition|scroll-behavior", style["text"]), "nothing moves by itself"
    assert ":focus-visible" in style["text"]


@pytest.mark.slow
def test_the_blogs_network_and_the_sharp_one_fit_and_keep_their_answers(full_mnist, tmp_path):
    """The figures that `make browser-test` measures in a browser, as the engine foretells them."""
    with look_at(BUNDLED) as session:
        session.replace_data(open_dataset(str(full_mnist))[0])
        for run in session.runs:
            path = tmp_path / f"{run}.html"
            notice = last(export_handout(session, Lens(run), path))
            same = int(re.search(r"run on ([\d,]+) of 10,000", notice.hint)[1].replace(",", ""))
            print(run, path.stat().st_size, same)
            assert path.stat().st_size <= MOST_BYTES and same >= 9_990
