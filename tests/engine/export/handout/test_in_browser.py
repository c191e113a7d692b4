"""A hand-out in Chromium, by touch and by keys: `make browser-test`. BROWSER_PICTURES=folder keeps what is seen."""

import base64
import dataclasses
import itertools
import json
import os
from pathlib import Path

import numpy as np
import pytest
from browser import Browser, chromium
from hostile_names import OF_HTML, OF_PYTHON
from told import last
from trained import taught, with_run

from engine.core.drawing import Point, Stroke
from engine.core.lens import Lens
from engine.core.machine.bundled import BLOG, BUNDLED, SHARP
from engine.core.turns import run_through
from engine.data.formats.sample import open_sample
from engine.data.preparation import prepared
from engine.data.sources import open_dataset
from engine.export.handout.job import Question, export_handout
from engine.model.network.activations import activations
from engine.session.session import Session
from engine.session.store.opening import open_store
from gui.look.theme import theme
from gui.tabs.draw.ink import Ink

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

QUESTIONS = (Question("What <b>will</b> happen?", ("Nothing", "A lot"), 1, "It does."),)

LEAST_AGREEMENT = 0.999

ANSWERS_PER_SECOND = 30

MOST_BYTES = 2_500_000

SCREENS = {"phone": (390, 844, 2, True), "desktop": (1280, 720, 1, False)}

CONTRASTS = """(() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((each) => each / 255)
    .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
    .reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (each) => {
    for (; each; each = each.parentElement) {
      const found = channels(getComputedStyle(each).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
  };
  const pale = [];
  for (const each of document.querySelectorAll("body *")) {
    const words = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!words || !each.checkVisibility() || ["SCRIPT", "NOSCRIPT"].includes(each.tagName)) continue;
    if (each.closest("button:disabled")) continue;
    const [one, other] = [light(channels(getComputedStyle(each).color)), light(ground(each))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) pale.push(`${each.textContent} ${ratio.toFixed(2)}`);
  }
  return pale;
})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    made = Browser(chromium(), tmp_path_factory.mktemp("browser"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def bundled(full_mnist):
    """The session that comes along, on the full MNIST; it is only read."""
    store = run_through(open_store(BUNDLED, look_only=True)).store
    session = Session(open_dataset(str(full_mnist))[0])
    found = store.load()
    session.runs = dict(found.runs)
    yield session
    store.close()


@pytest.fixture(scope="module", params=[BLOG, SHARP])
def handout(request, bundled, tmp_path_factory):
    """The run's letter, the file, and what was said of it."""
    path = tmp_path_factory.mktemp("handout") / f"{request.param}.html"
    told = last(export_handout(bundled, Lens(request.param), path, QUESTIONS))
    return request.param, path, told


def keep(browser, name, *, whole=False):
    if folder := os.environ.get("BROWSER_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.picture(Path(folder) / f"{name}.png", whole=whole)


def draw(browser, points):
    """Draw on the sheet by touch, through points in its units."""
    left, top, width, _ = browser.box("#sheet")
    places = [(left + x * width / 28, top + y * width / 28) for x, y in points]
    browser.touch("touchStart", *places[0])
    for place in places[1:]:
        browser.touch("touchMove", *place)
    # A finger that leaves at full speed flings, and a browser takes the next tap as the end of that.
    browser.run("new Promise((done) => setTimeout(done, 150))")
    browser.touch("touchEnd")


def a_seven(count=40):
    way = [(8, 7), (20, 7), (13, 23)]
    return [
        tuple(np.add(one, np.multiply(np.subtract(other, one), part / count)))
        for one, other in itertools.pairwise(way)
        for part in range(count + 1)
    ]


def quiet(browser):
    return not browser.requests and not browser.complaints


def test_it_gives_the_applications_answer_to_all_test_images(browser, handout, bundled):
    run, path, told = handout
    browser.look(*SCREENS["phone"][:3])
    browser.open(path)
    wanted = run_through(activations(bundled, Lens(run))).answers
    images = bundled.data().test_images
    found = []
    for first in range(0, len(images), 1000):
        packed = base64.b64encode(images[first : first + 1000].tobytes()).decode()
        found += browser.run(
            f"(() => {{ const all = shades('{packed}'), size = ROWS * COLUMNS, found = [];"
            "for (let from = 0; from < all.length; from += size)"
            " found.push(largest(scores(network(), all.subarray(from, from + size))));"
            "return found; })()"
        )
    same = int((np.array(found) == wanted).sum())
    print(f"run {run}: the same answer to {same:,} of {len(images):,}; {path.stat().st_size:,} bytes")
    assert same >= LEAST_AGREEMENT * len(images)
    assert f"same answer as the run on {same:,} of {len(images):,}" in told.hint, "as the engine foretold"
    assert quiet(browser)


def test_it_is_small_enough_to_be_passed_on(handout):
    assert handout[1].stat().st_size <= MOST_BYTES


EACH_FRAME = """(async () => {
  const sheet = document.querySelector("#sheet"), box = sheet.getBoundingClientRect();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const before = page.answers, begin = performance.now();
  for (let number = 0; performance.now() - begin < 3000; number++) {
    const x = box.left + box.width * (0.5 + 0.3 * Math.cos(number / 9));
    const y = box.top + box.height * (0.5 + 0.3 * Math.sin(number / 9));
    const place = { clientX: x, clientY: y, isPrimary: true, pointerType: "touch" };
    sheet.dispatchEvent(new PointerEvent("pointermove", place));
    await frame();
  }
  return (1000 * (page.answers - before)) / (performance.now() - begin);
})()"""


def test_the_answer_follows_the_finger_more_than_thirty_times_a_second(browser, handout):
    """A finger on the sheet moves with each frame that the screen shows."""
    run, path, _ = handout
    browser.look(*SCREENS["phone"][:3])
    browser.open(path)
    browser.settled()
    left, top, width, _ = browser.box("#sheet")
    browser.touch("touchStart", left + width / 2, top + width / 2)
    rate = browser.run(EACH_FRAME)
    browser.touch("touchEnd")
    print(f"run {run}: {rate:.0f} answers a second while a finger draws")
    assert rate >= ANSWERS_PER_SECOND
    assert quiet(browser)


def strokes(generator):
    """A drawing as a hand makes one: one to three curves with a point for every half unit or so."""
    made = []
    for _ in range(generator.integers(1, 4)):
        count = int(generator.integers(20, 70))
        angles = generator.uniform(0, 6.3) + np.cumsum(generator.uniform(-0.1, 0.25, count))
        steps = generator.uniform(0.3, 0.8) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        way = generator.uniform(8, 20, 2) + np.cumsum(steps, axis=0)
        points = tuple(Point(float(x), float(y)) for x, y in np.clip(way, -4, 32))
        made.append(Stroke(points=points, width=2.2))
    return made


def test_what_the_network_receives_of_a_hundred_drawings_is_what_the_canvas_gives_it(browser, handout, qapp):
    """The preparation is the same to the last bit but one; the ink but for what rounding leaves at its edges."""
    run, path, _ = handout
    browser.open(path)
    generator, of_canvas, of_page = np.random.default_rng(5), [], []
    for _ in range(100):
        drawing = strokes(generator)
        canvas = Ink(280, theme().current.color("text"))
        for stroke in drawing:
            canvas.draw_parts(stroke, 0)
            canvas.finish(stroke)
        picture = canvas.opacity()
        wanted = prepared(picture).ravel()
        packed = base64.b64encode(picture.astype("<f4").tobytes()).decode()
        found = browser.run(f"Array.from(prepared(floats('{packed}'), PIXELS, about.shape))")
        of_canvas.append(np.abs(found - wanted).max())
        given = [{"points": [*map(Point._asdict, each.points)], "width": each.width} for each in drawing]
        found = browser.run(f"(put({{strokes: {json.dumps(given)}, shown: null}}), Array.from(received()))")
        of_page.append(np.abs(found - wanted).max())
    print(f"run {run}: preparation of the canvas' picture: largest difference of a pixel {max(of_canvas):.1e}")
    print(f"strokes: median {np.median(of_page):.4f}, 95 % {np.quantile(of_page, 0.95):.4f}, most {max(of_page):.4f}")
    assert max(of_canvas) <= 2e-6
    assert np.median(of_page) <= 0.01 and np.quantile(of_page, 0.95) <= 0.02


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_it_looks_well_on_a_phone_and_on_a_desk(browser, handout, screen, dark):
    """Nothing is wider than the screen, all words have contrast; the rest is for eyes."""
    run, path, _ = handout
    width, height, scale, touch = SCREENS[screen]
    browser.look(width, height, scale, dark=dark, touch=touch)
    browser.open(path)
    browser.look(width, height, scale, dark=dark, touch=True)
    draw(browser, a_seven())
    browser.settled()
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(CONTRASTS) == []
    browser.run("scrollTo(0, 0)")
    name = f"{run}-{screen}-{'dark' if dark else 'light'}"
    keep(browser, name)
    keep(browser, f"{name}-whole", whole=True)
    assert quiet(browser)


def test_nothing_is_wider_than_the_smallest_phone(browser, handout):
    browser.look(360, 640)
    browser.open(handout[1])
    draw(browser, a_seven())
    browser.settled()
    assert browser.run("document.documentElement.scrollWidth") <= 360
    keep(browser, f"{handout[0]}-360", whole=True)


def test_what_is_tapped_is_silenced_and_comes_back(browser, handout):
    browser.look(*SCREENS["phone"][:3])
    browser.open(handout[1])
    draw(browser, a_seven())
    browser.settled()
    words = "document.querySelector('#silenced').textContent"
    before = browser.run("Array.from(page.probabilities)")
    for row in range(1, 10):
        browser.tap(f"#neurons > :nth-child({row})")
        browser.tap("#silence")
        browser.settled()
        assert browser.run(words) == f"silenced: {row}"
    assert browser.run("document.querySelector('#live').textContent").endswith("silenced: 9")
    assert browser.run("Array.from(page.probabilities)") != before
    keep(browser, f"{handout[0]}-silenced")
    browser.tap("#restore")
    browser.settled()
    assert browser.run(words) == "" and browser.run("Array.from(page.probabilities)") == before
    assert quiet(browser)


def test_undo_and_clear_take_back_what_was_drawn(browser, handout):
    browser.look(*SCREENS["phone"][:3])
    browser.open(handout[1])
    draw(browser, [(8, 7), (20, 7)])
    draw(browser, [(20, 7), (13, 23)])
    count = "page.strokes.length"
    browser.wait(f"{count} === 2")
    browser.tap("#undo")
    browser.wait(f"{count} === 1")
    browser.tap("#clear")
    browser.wait(f"{count} === 0")
    browser.tap("#undo")
    browser.wait(f"{count} === 1")
    browser.tap("#samples > :nth-child(3)")
    browser.settled()
    browser.wait("page.shown === samples[2].picture")
    browser.tap("#undo")
    browser.wait(f"page.shown === null && {count} === 1")


def test_all_can_be_done_by_keys(browser, handout):
    browser.look(1280, 720, 1, touch=False)
    browser.open(handout[1])
    browser.key("Tab")
    assert browser.run("document.activeElement.id") == "sheet"
    browser.key(" ", " ")
    for _ in range(9):
        browser.key("ArrowDown")
    browser.key(" ", " ")
    browser.settled()
    assert browser.run("page.strokes.length === 1 && page.strokes[0].points.length > 5")
    assert "probability" in browser.run("document.querySelector('#live').textContent")
    reached = set()
    for _ in range(150):
        browser.key("Tab")
        reached.add(browser.run("document.activeElement.closest('section, footer, body').id"))
    assert {"draw", "answer", "training", "pictures", "fingerprints", "ideal", "questions"} <= reached
    browser.run("document.querySelector('[role=option][tabindex=\"0\"]').focus()")
    browser.key("ArrowDown")
    browser.key("Delete")
    browser.settled()
    assert browser.run("page.neuron === 1 && count() === 1")
    browser.run("document.querySelector('#time').focus()")
    assert browser.run("document.activeElement.getAttribute('aria-valuetext')")


def test_each_snapshot_has_its_answer_and_its_accuracy(browser, handout, bundled):
    run, path, _ = handout
    browser.look(*SCREENS["phone"][:3])
    browser.open(path)
    draw(browser, a_seven())
    browser.settled()
    answers = browser.run("[...document.querySelectorAll('#moments b')].map((each) => each.textContent)")
    assert len(answers) == min(6, len(bundled.runs[run].moments))
    assert answers[-1] == "7" and all(each in "0123456789" for each in answers)
    browser.tap("#moments > :first-child")
    browser.settled()
    assert browser.run("document.querySelector('#winner').textContent") == answers[0]
    keep(browser, f"{run}-first-snapshot", whole=True)


ENDS = ["</script><script>window.harmed = 1</script>", "<!--<script>", "{{data}}", "\u202eabc"]

HARM = [*OF_HTML, *OF_PYTHON[:12], *ENDS]


@pytest.mark.parametrize("name", HARM, ids=range(len(HARM)))
def test_no_name_does_any_harm(browser, tmp_path, name):
    data = open_sample()
    data = dataclasses.replace(data, name=name, classes=tuple(f"{name}{label}" for label in range(10)))
    session = taught(with_run(Session(data), "12"))
    run = session.runs["A"]
    run.title = run.dataset = name
    path = tmp_path / "handout.html"
    last(export_handout(session, Lens("A"), path, (Question(name, (name, name), 0, name),)))
    browser.look(*SCREENS["phone"][:3])
    browser.open(path)
    browser.tap("#samples > :first-child")
    browser.settled()
    assert browser.run("typeof harmed") == "undefined"
    assert browser.run("document.querySelectorAll('script').length") == 2
    shown = browser.run("document.querySelector('#title').textContent")
    assert len(shown) == max(len(name), 1) or name.isspace()
    assert browser.run("document.querySelector('#asked p').textContent") == name
    assert browser.run("document.documentElement.scrollWidth") <= 390
    assert quiet(browser)


KINDS = (*(f"Klasse der Fundstücke {number}" for number in range(9)), "10 and more")

CUT = """(() => [...document.querySelectorAll("body *")].filter((each) => {
  const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return own && each.checkVisibility() && !each.matches(".hidden, .hidden *, script, noscript *")
    && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
    && getComputedStyle(each).overflow !== "visible";
}).map((each) => each.textContent))()"""


@pytest.mark.parametrize("screen", SCREENS)
def test_no_name_of_words_is_cut_and_all_can_be_told_apart(browser, tmp_path, screen):
    data = dataclasses.replace(open_sample(), classes=KINDS)
    path = tmp_path / "handout.html"
    last(export_handout(taught(with_run(Session(data), "12")), Lens("A"), path, QUESTIONS))
    browser.look(*SCREENS[screen][:3])
    browser.open(path)
    browser.tap("#samples > :first-child")
    browser.settled()
    assert browser.run(CUT) == []
    for row in ("#bars > * > :first-child", "#names span", "#ideals span"):
        names = browser.run(f"[...document.querySelectorAll('{row}')].map((each) => each.textContent)")
        assert len({name for name in names if name not in ("", "you")}) == len(KINDS)
    assert browser.run("document.documentElement.scrollWidth") <= SCREENS[screen][0]
    keep(browser, f"words-{screen}", whole=True)
    assert quiet(browser)
