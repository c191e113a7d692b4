"""The room that words are given in a graph's picture, against the letters of the font that the window draws."""

import pytest
from PIL import ImageFont

from engine.analysis.graph.drawing import words_width
from engine.core.machine.folders import RESOURCES

WORDS = ("Output layer", "None × 28 × 28", "float32 variable", "SparseSoftmaxCrossEntropy")


@pytest.mark.parametrize("text", WORDS)
def test_words_have_room_and_little_more(text):
    letters = ImageFont.truetype(next((RESOURCES / "fonts").glob("*SemiBold*.otf")), 100)
    assert 0.99 * letters.getlength(text) <= words_width(text, 100) <= 1.14 * letters.getlength(text)
