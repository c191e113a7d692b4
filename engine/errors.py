"""The one exception that is meant for a person."""


class UserError(Exception):
    """Something a person can mend: one sentence on what happened and where, one on what to do.

    It is shown as a notice in the window and as a line on stderr; any other exception is a bug.
    """

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()
