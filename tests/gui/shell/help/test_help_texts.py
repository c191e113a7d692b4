"""The texts of the help are short, in order, and lead nowhere that is not there."""

import re

import pytest

from gui.shell.help.help_texts import as_html, explanations, glossary, linked, plain, terms_in
from tests.gui.stage.test_words import old_words

WORDS = {"text": 60, "of a panel": 75, "look": 45}
LEAST_WORDS = 8
FILES = {"glossary": glossary, "panels": explanations}


def count(text):
    return len(text.split())


def letters(name):
    return re.sub(r"[^a-z0-9 ]", "", name.casefold())


def test_the_glossary_is_in_order_without_a_term_twice():
    names = [letters(name) for name in glossary()]
    assert names == sorted(names) and len(set(names)) == len(names)
    assert len(names) >= 40


@pytest.mark.parametrize("file", FILES)
def test_texts_are_whole_sentences_and_short(file):
    most = WORDS["of a panel" if file == "panels" else "text"]
    for name, entry in FILES[file]().items():
        assert LEAST_WORDS <= count(entry.text) <= most, (name, count(entry.text))
        assert entry.text[0].isupper() and entry.text.endswith("."), name
        assert "  " not in entry.text and entry.text == entry.text.strip(), name


def test_each_panel_says_what_to_look_for():
    for name, entry in explanations().items():
        assert LEAST_WORDS <= count(entry.look) <= WORDS["look"], (name, count(entry.look))
        assert entry.look.endswith(".") and entry.see, name


@pytest.mark.parametrize("file", FILES)
def test_all_cross_references_are_terms_of_the_glossary(file):
    for name, entry in FILES[file]().items():
        assert [term for term in entry.see if term not in glossary() or term == name] == [], name
        assert len(set(entry.see)) == len(entry.see), name


@pytest.mark.parametrize("file", FILES)
def test_a_paper_is_told_by_its_authors_and_its_year(file):
    for name, entry in FILES[file]().items():
        for paper in filter(None, entry.source.split("; ")):
            assert re.fullmatch(r".*[A-Za-z.)], (18|19|20)\d\d", paper), (name, paper)


@pytest.mark.parametrize("file", FILES)
def test_what_is_set_low_or_high_is_so_and_nothing_else_is_markup(file):
    for name, entry in FILES[file]().items():
        for text in (entry.text, entry.look, entry.formula):
            assert not set("{}^") & set(plain(text)), (name, text)
    assert as_html("p_{k} < e^{2}") == "p<sub>k</sub> &lt; e<sup>2</sup>"


def test_the_words_of_the_project_are_kept():
    entries = [entry for read in FILES.values() for entry in read().values()]
    assert list(old_words(text for entry in entries for text in (entry.name, entry.text, entry.look))) == []
    said = " ".join(f"{entry.text} {entry.look}" for entry in entries).casefold()
    for old in ("spoil", "refused", "sureness", " read as ", "rightly", "frozen", "breakdown"):
        assert old not in said, old


def test_a_text_says_its_terms_in_their_order_whatever_their_letters():
    said = "Gradients flow back through the hidden layers; the loss and the LOSS fall, a run goes on."
    assert terms_in(said) == ["gradient", "hidden layer", "loss"]
    assert terms_in("glossy, steps, unbiased") == []


def test_a_text_leads_to_the_glossary_once_for_each_term_and_stays_plain():
    made = linked("A loss < 1 & a <b>loss</b>, then Dead neurons.", {"loss"})
    assert made == 'A loss &lt; 1 &amp; a &lt;b&gt;loss&lt;/b&gt;, then <a href="dead neuron">Dead neurons</a>.'
    assert linked("loss, loss") == '<a href="loss">loss</a>, loss'
