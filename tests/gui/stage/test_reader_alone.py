"""A person who sees nothing works by what a screen reader gets and by keys alone, in the program as it is started."""

import re

import pytest

from tests.gui.stage.reader import SELECTED, program_on_a_desk, what_is_missing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def reader(tmp_path):
    if missing := what_is_missing():
        pytest.skip(f"a screen reader needs more: apt-get install {' '.join(missing)}")
    with program_on_a_desk(tmp_path) as reader:
        reader.find("label", "is done")  # the bundled session is open
        yield reader


def go_to(reader, keys, role, words):
    """Type the keys of a page until they have led there: before it is built they lead nowhere."""
    reader.wait_for(lambda: reader.type(keys) or reader.has_focus(role, words))


def hears(reader, pattern):
    reader.wait_for(lambda: any(re.fullmatch(pattern, words) for words in reader.announced))


def parts_of(chart):
    """Return what the parts of a chart say, the class before the value: `3: 0.25 %` and `class: 3, accuracy: 92 %`."""
    return [part.name for part in chart.children]


def test_a_blind_person_draws_reads_trains_silences_and_reads_the_accuracies(reader):
    go_to(reader, "ctrl+1", "canvas", "Canvas")
    reader.type("Up", "Up", "Up", "Up", "Up", "space", *["Down"] * 12, "space")
    answer = reader.find("chart", "Probabilities")
    reader.wait_for(lambda: most_probable(answer).startswith("1: "))
    hears(reader, r"1, [\d.]+ %")

    go_to(reader, "ctrl+2", "page tab", "Train")
    reader.find("text", "Epochs").focus()
    reader.type("ctrl+a", "5", "Tab")
    reader.press("push button", "Start")
    hears(reader, r"Epoch \d: test accuracy [\d.]+ %, loss [\d.]+")
    hears(reader, r"Run \w is done: [\d.]+ % of 1,000 test images\.")
    done = r"Run \w is done .* 5 epochs .* [\d.]+ % of 1,000 test images"
    reader.wait_for(lambda: re.fullmatch(done, reader.find("label", "5 epochs").name))

    go_to(reader, "ctrl+3", "page tab", "Fingerprints")
    fours = of_class(reader, 4)
    fours.focus()
    reader.type("m")
    neuron = reader.wait_for(lambda: [part for part in fours.children if part.has_state(SELECTED)])[0]
    assert re.match(r"Neuron [\d,]+, mean [\d.]+ for class 4", neuron.name)
    accuracies = reader.find("chart", "Accuracy of each class")
    reader.press("push button", "Silence")
    lost = r"4: [\d.]+ %, \N{MINUS SIGN}[\d.]+ points"
    reader.wait_for(lambda: any(re.fullmatch(lost, words) for words in parts_of(accuracies)))


def most_probable(chart):
    """Return the part of the chart that has the largest figure: an answer changes as long as a line is drawn."""
    figures = {words: float(figure[1]) for words in parts_of(chart) if (figure := re.search(r"([\d.]+) %", words))}
    return max(figures, key=figures.get, default="")


def of_class(reader, label):
    return reader.find("list", f"Map of class {label}")


def draw(reader, *strokes):
    """Draw lines with the arrow keys, from the middle on: to where each begins, and where it goes."""
    go_to(reader, "ctrl+1", "canvas", "Canvas")
    for to, line in strokes:
        reader.type(*to, "space", *line, "space")


def keys(**times):
    """Return how often arrow keys are pressed, one after the other: `keys(Left=5, Up=9)`."""
    return [key for key, number in times.items() for _ in range(number)]


def draw_a_four(reader):
    first = keys(Left=5, Up=9), [*keys(Down=10), *keys(Right=11)]
    draw(reader, first, (keys(Left=3, Up=7), keys(Down=16)))


def close_the_four(reader):
    draw(reader, (keys(Left=5, Up=9), keys(Right=8, Down=3)))


def draw_a_house(reader):
    reader.press("push button", "Clear")
    draw(reader, (keys(Left=6), keys(Down=8, Right=12, Up=8, Left=12)))


def press(role, words):
    return lambda reader: reader.press(role, words)


def go_to_the_first_snapshot(reader):
    reader.find("slider", "Snapshot").focus()
    reader.type("Home")


def until_reached(reader, key):
    """Type a key until the goal of the page is reached."""
    reader.wait_for(lambda: reader.first("label", "Goal reached") or reader.type(key))


def go_on_through_time(reader):
    go_to_the_first_snapshot(reader)
    until_reached(reader, "Right")


def choose_a_neuron(reader):
    of_class(reader, 4).focus()
    reader.type("Down")


def look_for_a_neuron_for_fives(reader):
    of_class(reader, 5).focus()
    until_reached(reader, "m")


def silence_a_neuron(reader):
    choose_a_neuron(reader)
    reader.press("push button", "Silence")


def silence_the_eights(reader):
    of_class(reader, 8).focus()
    reader.type("m")
    reader.press("push button", "Silence")


def look_at_a_mistake(reader):
    reader.press("push button", "Show all mistakes")
    reader.press("radio button", "Most probable")
    reader.wait_for(lambda: reader.find("list", "Images of the chosen cell").children)[0].press()


ACTS = {  # what a person does for the goal of a page, by words of the page
    "Draw a large 4": draw_a_four,
    "until it reads a 9": close_the_four,
    "Press Flip": press("push button", "Flip"),
    "draw something that is no digit": draw_a_house,
    "Press Start": press("push button", "Start"),
    "to its left end": go_to_the_first_snapshot,
    "slowly to the right": go_on_through_time,
    "At the right you see that neuron": choose_a_neuron,
    "that answers only to fives": look_for_a_neuron_for_fives,
    "dead neurons": press("check box", "dead"),
    "A silenced neuron passes on 0": silence_a_neuron,
    "take the eights away": silence_the_eights,
    "Press Restore all": press("push button", "Restore all"),
    "Press L2": press("check box", "Preset: L2"),
    "Press L1": press("check box", "Preset: L1"),
    "Press All mistakes": look_at_a_mistake,
    "Press Calibration": press("radio button", "Calibration"),
    "Press Run": press("push button", "Run"),
    "Press Step": press("push button", "Step"),
    "Press Training step": press("radio button", "Training step"),
}


def text_after(reader, before):
    """Return the text of the page of the lesson, which is read after its place, once it is another one."""

    def text():
        card = reader.first("panel", "Lesson")
        labels = [thing.name for _, thing in card.walk() if thing.role == "label"] if card else []
        return labels[1] if len(labels) > 1 else ""

    return reader.wait_for(lambda: (now := text()) != before and now)


def test_a_blind_person_walks_the_lesson_to_its_end(reader):
    reader.press("push button", "Begin")
    acted, button, text = [], "", ""
    while button != "Finish":
        text = text_after(reader, text)
        for words, act in ACTS.items():
            if words in text:
                act(reader)
                reader.find("label", "Goal reached")
                acted.append(words)
        button = "Finish" if reader.first("push button", "Finish") else "Next"
        reader.press("push button", button)
    reader.wait_for(lambda: not reader.first("panel", "Lesson"))
    assert acted == list(ACTS)
