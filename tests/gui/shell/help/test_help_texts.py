"""The texts of the help are short, in order, and lead nowhere that is not there."""

import re

from gui.shell.help.help_texts import as_html, explanations, glossary, linked, plain, terms_in
from tests.gui.stage.test_words import old_words

WORDS = {"text": 60, "of a panel": 75, "look": 45}
LEAST_WORDS = 8
FILES = {"glossary": glossary, "panels": explanations}


ENTRIES = [(file, name, entry) for file, read in FILES.items() for name, entry in read().items()]


def count(text):
    return len(text.split())


def test_the_glossary_is_in_order_without_a_term_twice():
    names = [re.sub(r"[^a-z0-9 ]", "", name.casefold()) for name in glossary()]
    assert names == sorted(names) and len(set(names)) == len(names)
    assert len(names) >= 40


def test_texts_are_whole_sentences_and_short_and_lead_to_terms_that_there_are():
    for file, name, entry in ENTRIES:
        most = WORDS["of a panel" if file == "panels" else "text"]
        assert LEAST_WORDS <= count(entry.text) <= most, (name, count(entry.text))
        assert entry.text[0].isupper() and entry.text.endswith("."), name
        assert "  " not in entry.text and entry.text == entry.text.strip(), name
        assert [term for term in entry.see if term not in glossary() or term == name] == [], name
        assert len(set(entry.see)) == len(entry.see), name
        for paper in filter(None, entry.source.split("; ")):
            assert re.fullmatch(r".*[A-Za-z.)], (18|19|20)\d\d", paper), (name, paper)
        for text in (entry.text, entry.look, entry.formula):
            assert not set("{}^") & set(plain(text)), (name, text)
    assert as_html("p_{k} < e^{2}") == "p<sub>k</sub> &lt; e<sup>2</sup>"


def test_each_panel_says_what_to_look_for():
    for name, entry in explanations().items():
        assert LEAST_WORDS <= count(entry.look) <= WORDS["look"], (name, count(entry.look))
        assert entry.look.endswith(".") and entry.see, name


def test_the_words_of_the_project_are_kept():
    entries = [entry for _, _, entry in ENTRIES]
    assert list(old_words(text for entry in entries for text in (entry.name, entry.text, entry.look))) == []
    said = " ".join(f"{entry.text} {entry.look}" for entry in entries).casefold()
    for old in ("spoil", "refused", "sureness", " read as ", "rightly", "frozen", "breakdown"):
        assert old not in said, old


def test_a_text_leads_to_the_glossary_once_for_each_term_and_stays_plain():
    said = "Gradients flow back through the hidden layers; the loss and the LOSS fall, a run goes on."
    assert terms_in(said) == ["gradient", "hidden layer", "loss"]
    assert terms_in("glossy, steps, unbiased") == []
    made = linked("A loss < 1 & a <b>loss</b>, then Dead neurons.", {"loss"})
    assert made == 'A loss &lt; 1 &amp; a &lt;b&gt;loss&lt;/b&gt;, then <a href="dead neuron">Dead neurons</a>.'
    assert linked("loss, loss") == '<a href="loss">loss</a>, loss'
