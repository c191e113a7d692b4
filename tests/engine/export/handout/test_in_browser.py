"""A hand-out in Chromium, by touch and by keys: `make browser-test`. BROWSER_PICTURES=folder keeps what is seen."""

import base64
import dataclasses
import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from browser import Browser, axe, chromium
from hostile_names import OF_HTML, OF_PYTHON
from told import last
from trained import GENERAL, taught, with_run

from engine.cli.parts.which import look_at
from engine.core.language import LANGUAGES, SOURCE
from engine.core.lens import Lens
from engine.core.machine.bundled import BLOG, BUNDLED, SHARP
from engine.core.messages import run_through
from engine.data.formats.sample import open_sample
from engine.data.sources import open_dataset
from engine.export.handout.job import MOST_BYTES, Question, export_handout
from engine.export.handout.network import quantised, widened
from engine.model.network.activations import activations
from engine.model.network.lens_network import Varied, lens_network
from engine.session.session import Session
from tests.pseudo import spoken

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

QUESTIONS = (Question("What <b>will</b> happen?", ("Nothing", "A lot"), 1, "It does."),)
SCREENS = {"phone": (390, 844, 2, True), "smallest": (360, 640, 2, True), "desktop": (1280, 720, 1, False)}

NARROW = (320, 256, 1, True)  # a desk's screen at four times its size

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
    with look_at(BUNDLED) as session:
        session.replace_data(open_dataset(str(full_mnist))[0])
        yield session


@pytest.fixture(scope="module", params=[BLOG, SHARP])
def handout(request, bundled, tmp_path_factory):
    """The run's letter, the file, and what was said of it."""
    path = tmp_path_factory.mktemp("handout") / f"{request.param}.html"
    told = last(export_handout(bundled, Lens(request.param), path, QUESTIONS))
    return request.param, path, told


@pytest.fixture(scope="module", params=[BLOG, SHARP, "words", "blocks"])
def any_handout(request, tmp_path_factory):
    """The file of a run that comes along, on the data that come along, or of one with words as classes, or blocks."""
    path = tmp_path_factory.mktemp("handout") / f"{request.param}.html"
    session = Session(open_sample())
    if request.param == "words":
        session = taught(with_run(Session(dataclasses.replace(session.data(), classes=KINDS)), "12"))
    elif request.param == "blocks":
        with_run(session, GENERAL[0])
    else:
        return exported(request.param, path)
    last(export_handout(session, Lens("A"), path, QUESTIONS))
    return path


@pytest.fixture(scope="module", params=[code for code in LANGUAGES if code != SOURCE])
def foreign_handout(request, tmp_path_factory):
    """The file of a run that comes along, in another language."""
    with spoken(request.param):
        return exported(BLOG, tmp_path_factory.mktemp("handout") / f"{request.param}.html")


def exported(run, path):
    with look_at(BUNDLED) as session:
        session.replace_data(open_sample())
        last(export_handout(session, Lens(run), path, QUESTIONS))
    return path


@pytest.fixture
def phone(browser, handout):
    """The hand-out, open on a phone."""
    browser.look(*SCREENS["phone"][:3])
    browser.open(handout[1])
    return browser


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


def answers_of(browser, images):
    """The page's answers to test images (n, rows, columns) uint8."""
    answers = []
    for first in range(0, len(images), 1000):
        packed = base64.b64encode(images[first : first + 1000].tobytes()).decode()
        answers += browser.run(
            f"(() => {{ const all = shades('{packed}'), size = ROWS * COLUMNS, found = [];"
            "for (let from = 0; from < all.length; from += size)"
            " found.push(largest(scores(network(), all.subarray(from, from + size))));"
            "return found; })()"
        )
    return answers


def quiet(browser):
    return not browser.requests and not browser.complaints


def test_it_is_small_and_gives_the_applications_answer_to_all_test_images(phone, handout, bundled):
    run, path, answer = handout
    wanted = run_through(activations(bundled, Lens(run))).answers
    images = bundled.data().test_images
    found = answers_of(phone, images)
    same = int((np.array(found) == wanted).sum())
    print(f"run {run}: the same answer to {same:,} of {len(images):,}; {path.stat().st_size:,} bytes")
    assert same >= 0.999 * len(images) and path.stat().st_size <= MOST_BYTES
    assert f"same answer as the run on {same:,} of {len(images):,}" in answer.hint, "as the engine foretold"
    assert quiet(phone)


@pytest.mark.parametrize("layers", GENERAL)
def test_it_gives_the_answers_of_networks_of_any_layers(browser, layers, tmp_path):
    session = with_run(Session(open_sample()), layers, steps=(0,))
    said = last(export_handout(session, Lens("A"), tmp_path / "any.html"))
    browser.look(*SCREENS["phone"][:3])
    browser.open(tmp_path / "any.html")
    of_run = lens_network(session, Lens("A"))
    varied = Varied(weights=widened(quantised(of_run.plan, of_run.weights)))
    _, wanted = run_through(of_run.outputs_in_turns(session.data().test_images, varied=varied))
    answers = answers_of(browser, session.data().test_images)
    assert answers == wanted.argmax(axis=1).tolist()
    browser.tap("#samples > :nth-child(3)")
    browser.settled()
    took = browser.run("(() => { const from = performance.now(); scores(network(), page.picture);"
                       " return performance.now() - from; })()")  # fmt: skip
    print(f"{layers}: {took:.1f} ms an answer; {said.hint}")
    assert "All pixels together" in browser.run("document.querySelector('#why-sum').textContent")
    assert quiet(browser)


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
    assert "undefined" not in browser.run("document.querySelector('main').innerText")
    assert path.name in browser.run("document.getElementById('file').textContent")
    (_, _, card, _), (_, _, bar, _) = browser.box("#answer"), browser.box("#bars")
    assert bar > (0.7 if 480 <= width < 900 else 0.85) * card, "the bars are as wide as their card"
    browser.run("scrollTo(0, 0)")
    name = f"{run}-{screen}-{'dark' if dark else 'light'}"
    keep(browser, name)
    keep(browser, f"{name}-whole", whole=True)
    assert quiet(browser)


def test_what_is_tapped_is_silenced_and_comes_back(phone, handout):
    draw(phone, a_seven())
    phone.settled()
    words = "document.querySelector('#silenced').textContent"
    before = phone.run("Array.from(page.probabilities)")
    for row in range(1, 10):
        phone.tap(f"#neurons > :nth-child({row})")
        phone.tap("#silence")
        phone.settled()
        assert phone.run(words) == f"silenced: {row}"
    phone.wait(f"{LIVE}.endsWith('silenced: 9')")
    assert phone.run("Array.from(page.probabilities)") != before
    keep(phone, f"{handout[0]}-silenced")
    phone.tap("#restore")
    phone.settled()
    assert phone.run(words) == "" and phone.run("Array.from(page.probabilities)") == before
    assert quiet(phone)


def test_undo_and_clear_take_back_what_was_drawn(phone):
    draw(phone, [(8, 7), (20, 7)])
    draw(phone, [(20, 7), (13, 23)])
    count = "page.strokes.length"
    phone.wait(f"{count} === 2")
    for button, left in (("#undo", 1), ("#clear", 0), ("#undo", 1)):
        phone.tap(button)
        phone.wait(f"{count} === {left}")
    phone.tap("#samples > :nth-child(3)")
    phone.settled()
    phone.wait("page.shown === samples[2].picture")
    phone.tap("#undo")
    phone.wait(f"page.shown === null && {count} === 1")


def test_all_can_be_done_by_keys(browser, handout):
    browser.look(1280, 720, 1, touch=False)
    browser.open(handout[1])
    browser.key("Tab")
    assert browser.run("document.activeElement.id") == "sheet"
    browser.key(" ", " ")
    browser.wait(f"{LIVE} === 'Row 15, column 15, pen down'")
    for _ in range(9):
        browser.key("ArrowDown")
    browser.key(" ", " ")
    browser.settled()
    assert browser.run("page.strokes.length === 1 && page.strokes[0].points.length > 5")
    browser.wait(f"{LIVE}.includes('probability')")
    browser.key("ArrowRight")
    browser.wait(f"{LIVE} === 'Row 24, column 16, pen up'")
    browser.key("Escape")
    assert browser.run("page.cross === null && document.activeElement === document.body")
    browser.key("Tab")
    assert browser.run("document.activeElement.id") == "undo"
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
    assert browser.run("document.activeElement.getAttribute('aria-label')").endswith(", silenced")
    browser.key("End")
    assert browser.run("document.activeElement === $('neurons').lastChild")
    browser.run("document.querySelector('#time').focus()")
    assert browser.run("document.activeElement.getAttribute('aria-valuetext')")


LIVE = "document.querySelector('#live').textContent"


def test_the_answer_is_said_when_the_pen_rests_and_not_after_each_stroke(browser, any_handout):
    browser.look(*SCREENS["phone"][:3])
    browser.open(any_handout)
    browser.run(
        "said = []; new MutationObserver(() => said.push($('live').textContent)).observe($('live'), {childList: true});"
        "for (const x of [8, 14, 20]) { begin({x, y: 5, pressure: 1}); goOn({x, y: 23, pressure: 1}); end(); }"
    )
    browser.wait("said.length > 0")
    browser.settled()
    assert browser.run("said") == [browser.run("sayAnswer()")]
    assert browser.run("$('sheet').ariaLabel") == "Sheet to draw on: 3 strokes"


def test_a_picture_says_what_it_shows(browser, any_handout):
    browser.look(*SCREENS["phone"][:3])
    browser.open(any_handout)
    browser.settled()
    label = "document.getElementById('{}').ariaLabel".format
    assert browser.run(label("heat")) == "Which pixels speak for the answer: nothing is drawn"
    assert browser.run(label("received")) == "What the network receives: nothing"
    browser.run("show(samples[3].picture)")
    browser.settled()
    picture, values = (
        np.array(browser.run(f"Array.from({numbers})"))
        for numbers in (
            "page.picture",
            "weightPicture(network(), about.layers[page.layer].weights,"
            " about.fingerprints[page.layer].numbers[page.neuron]).values",
        )
    )
    assert browser.run(label("received")) == (
        f"What the network receives: {np.count_nonzero(picture)} of {picture.size} pixels with ink"
    )
    assert (
        browser.run(label("sheet"))
        == f"Sheet to draw on: a test image of {browser.run('about.truths[samples[3].label]')}"
    )
    least, most = (f"{value:+.2f}".replace("-", "−") for value in (values.min(), values.max()))
    assert browser.run(label("weights")).endswith(f": {least} to {most}")
    # The strongest of nine parts: an image of which only two corners count.
    heat = np.zeros((28, 28))
    heat[2, 25], heat[24, 3] = 1, -2
    browser.run(f"showReasons({{heat: {heat.ravel().tolist()}, total: -1}}, 7)")
    name = browser.run("about.classes[7]")
    said = f"Pixels that speak for {name}: most at the top right; against it: most at the bottom left"
    assert browser.run(label("heat")) == said


AUDIT = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
  .then(({violations, incomplete}) => [...violations, ...incomplete.filter(({id}) => id !== "color-contrast")]
  .map(({id, nodes}) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(", ")}`))"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("screen", [NARROW, SCREENS["desktop"]], ids=["narrow", "desktop"])
def test_axe_meets_no_barrier_in_any_state(browser, any_handout, screen, dark):
    meets_no_barrier(browser, any_handout, screen, dark=dark)


@pytest.mark.parametrize("screen", [NARROW, SCREENS["desktop"]], ids=["narrow", "desktop"])
def test_axe_meets_no_barrier_in_another_language_and_no_word_is_cut(browser, foreign_handout, screen):
    meets_no_barrier(browser, foreign_handout, screen)
    assert browser.run("document.documentElement.lang") == foreign_handout.stem
    assert browser.run(CUT) == []
    keep(browser, f"{foreign_handout.stem}-{screen[0]}", whole=True)


def meets_no_barrier(browser, path, screen, *, dark=False):
    """What axe cannot decide is a contrast: of signs alone, and of what the bar at the foot lies upon."""
    source = axe()
    browser.look(*screen[:3], dark=dark, touch=screen[3])
    browser.open(path)
    browser.run(source)
    states = {
        "empty": "",
        "drawn": "begin({x: 14, y: 5, pressure: 1}); goOn({x: 14, y: 23, pressure: 1}); end()",
        "at the beginning": "chooseSnapshot(0)",
        "a test image and another class": "show(samples[3].picture); $('bars').children[2].click()",
        "silenced": "chooseNeuron(2); toggleSilence()",
        "answers open": "document.querySelectorAll('details').forEach((answer) => { answer.open = true; })",
        "by keys": "$('sheet').focus()",
    }
    for state, action in states.items():
        browser.run(action)
        browser.settled()
        assert browser.run(AUDIT) == [], state
        assert browser.run(CONTRASTS) == [], state
        assert browser.run("document.documentElement.scrollWidth") <= screen[0], state
    assert quiet(browser)


STOP = """(() => {
  const stop = document.activeElement, box = stop.getBoundingClientRect(), style = getComputedStyle(stop);
  const at = document.elementFromPoint(box.left + box.width / 2, Math.max(box.top, 0) + Math.min(box.height, 20) / 2);
  return {
    id: stop === document.body ? "" : stop.id || stop.ariaLabel || stop.textContent,
    part: stop.closest("section, footer, body").id,
    top: box.top + scrollY, left: box.left,
    isSeen: stop.contains(at) && parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none",
  };
})()"""


@pytest.mark.parametrize("screen", [NARROW, SCREENS["desktop"]], ids=["narrow", "desktop"])
def test_the_tab_key_goes_through_the_page_as_it_is_seen(browser, any_handout, screen):
    browser.look(*screen[:3], touch=False)
    browser.open(any_handout)
    browser.run("show(samples[3].picture); chooseNeuron(0, false); toggleSilence()")
    browser.settled()
    stops = []
    while True:
        browser.key("Tab")
        stop = browser.run(STOP)
        if not stop["id"] or stop["id"] in [first["id"] for first in stops[:1]]:  # out of the page, or once around
            break
        stops.append(stop)
    assert [stop["id"] for stop in stops if not stop["isSeen"]] == []
    parts = [part for part, _ in itertools.groupby(stop["part"] for stop in stops)]
    assert parts == ["draw", "answer", "training", "pictures", "fingerprints", "ideal", "questions", ""]
    for part in ("answer", "training", "pictures", "ideal", "questions"):
        inside = [(round(stop["top"]), stop["left"]) for stop in stops if stop["part"] == part]
        assert inside == sorted(inside), part
    browser.run("$('neurons').querySelector('[tabindex=\"0\"]').focus()")
    for _ in range(browser.run("$('neurons').children.length") - 1):
        browser.key("ArrowDown")
        assert browser.run(STOP)["isSeen"]


def test_each_snapshot_has_its_answer_and_its_accuracy(phone, handout, bundled):
    draw(phone, a_seven())
    phone.settled()
    answers = phone.run("[...document.querySelectorAll('#moments b')].map((each) => each.textContent)")
    assert len(answers) == min(6, len(bundled.runs[handout[0]].moments))
    assert answers[-1] == "7" and all(each in "0123456789" for each in answers)
    phone.tap("#moments > :first-child")
    phone.settled()
    assert phone.run("document.querySelector('#winner').textContent") == answers[0]
    keep(phone, f"{handout[0]}-first-snapshot", whole=True)


HARM = [*OF_HTML, *OF_PYTHON[:12], "</script><script>window.harmed = 1</script>", "<!--<script>", "{{data}}"]


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
  return own && each.checkVisibility() && !each.matches(".hidden, .hidden *, #sheet-help, script, noscript *")
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
