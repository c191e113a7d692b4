"""What fails: the first, the second ... call of all that something makes, so that each is tried once; a full disk."""

import contextlib
import errno
import resource


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


def refusing(error):
    """Return a function that raises this error, whatever it is called with."""

    def refuse(*_, **__):
        raise error

    return refuse


@contextlib.contextmanager
def files_of_at_most(size):
    """Inside, nothing is written beyond that size of a file, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
