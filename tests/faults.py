"""A call that fails: the first, the second ... of all that something makes, so that each of them is tried once."""

import errno


class Fault:
    """Lets call number `n` fail, whichever it is of those that are wrapped."""

    def __init__(self, n):
        self.left = n

    def wrap(self, call, error=None):
        def counted(*args, **kwargs):
            self.left -= 1
            if self.left == 0:
                raise error or OSError(errno.ENOSPC, "No space left on device")
            return call(*args, **kwargs)

        return counted
