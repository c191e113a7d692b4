"""Shares and probabilities in percent: `100 %` and `0 %` only if they are exact."""

from engine.core.language import mark, tr, with_marks
from engine.core.lazy import Array
from engine.core.text import accuracy_words, fine_percent, percent
from gui.look.class_names import class_name

__all__ = ["accuracy_words", "fine_percent", "percent", "probability_text", "say_likeliest", "span", "spread"]


def span(shares: Array) -> str:
    """Return the range of shares (n,), `97.02 to 98.30 %`; empty for none."""
    if not len(shares):
        return ""
    low, high = (percent(float(end), 2) for end in (shares.min(), shares.max()))
    return low if low == high else tr("{low} to {high}", low=low.removesuffix(" %"), high=high)


def spread(shares: Array) -> str:
    """Return mean and standard deviation (n - 1) of shares (n,), `98.02 ± 0.11 %`; empty for none."""
    if not len(shares):
        return ""
    mean = percent(float(shares.mean()), 2)
    if len(shares) < 2:
        return mean
    return f"{mean.removesuffix(' %')} ± {with_marks(f'{100 * float(shares.std(ddof=1)):.2f}')} %"


def probability_text(probability: float) -> str:
    """Return a probability with two decimals, `< 0.01 %` or `> 99.99 %`.

    A softmax is never 0 or 1: these come only from the limited precision of the numbers.
    """
    shown = 100 * probability
    if shown < 0.01:
        return with_marks("< 0.01 %")
    if shown > 99.99:
        return with_marks("> 99.99 %")
    return with_marks(f"{shown:.2f} %")


def say_likeliest(probabilities: Array | None) -> str:
    """Return what a network reads, of probabilities (classes,), in a sentence; empty for `None`."""
    if probabilities is None:
        return ""
    first, *others = (-probabilities).argsort(kind="stable")[:2].tolist()
    one, share = class_name(first, answer=True), probability_text(float(probabilities[first]))
    if not others:
        return tr("The network reads {one} with {share}.", one=one, share=share)
    other, others_share = class_name(others[0], answer=True), probability_text(float(probabilities[others[0]]))
    sentence = mark("The network reads {one} with {share}; next comes {other} with {others_share}.")
    return tr(sentence, one=one, share=share, other=other, others_share=others_share)
