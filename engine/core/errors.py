"""The two expected exceptions: one is shown to a person, one to nobody."""

from engine.core.text import printable

# Topic of the notice that they do not fit, which is withdrawn as soon as there are other data or other runs.
DATA_AND_NETWORK = "data and network"  # no text


class UserError(Exception):
    """An error that a person can fix: one sentence on what happened and where, one on what to do.

    It is shown as a notice in the window or as a line on stderr. Any other exception is a bug.
    """

    def __init__(self, sentence: str, *, hint: str = "", topic: str = "") -> None:
        super().__init__(sentence)
        # A file's own words may be in them, such as the name of an array, and they go to a terminal too.
        self.sentence, self.hint = printable(sentence), printable(hint)
        self.topic = topic  # what it is about, as in `Notice`

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class NotYetError(UserError):
    """The requested thing does not exist yet, or no longer: a job that raises this ends silently.

    A run has no weights for a moment after its start, and a deleted one is about to leave the views.
    """


def reason_of(error: OSError) -> str:
    """Return what the system refused, and where, in words to follow a colon."""
    if not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
