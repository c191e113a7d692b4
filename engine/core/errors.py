"""The exceptions that are meant: one for a person, one for nobody."""


class UserError(Exception):
    """Something a person can mend: one sentence on what happened and where, one on what to do.

    It is shown as a notice in the window and as a line on stderr; any other exception is a bug.
    """

    def __init__(self, sentence: str, *, hint: str = "", topic: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.topic = topic
        """What it is about, as in `Notice`."""

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class NotYetError(UserError):
    """What was asked for does not exist yet, or no longer: a job that raises it ends silently.

    A run that has just begun has no weights for a moment, one that was deleted is about to leave the views, and neither
    need be told.
    """


def reason_of(error: OSError) -> str:
    """Return what the system refused, and where, to follow a colon."""
    if not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
