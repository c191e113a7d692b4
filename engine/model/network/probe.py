"""A probe is a pure function that answers a question about networks and data. Its decorator makes a job of it.

What a probe looks at are its first arguments, which the decorator takes from the session: what the lens shows, and the
data that are open. Then comes what it is asked.

    @network_probe      def answer(network, picture)
    @images_probe         def class_means(network, data, layer)
    @runs_probe         def mistakes(network, data, runs)
    @data_probe         def some_images(data, numbers)

The job's first arguments are the session and, unless only data are looked at, the lens. It raises `NotYetError` where
the run was deleted meanwhile, has no weights yet or there are no data, and `UserError` where the network does not read
these data. The probe itself is the job's `__wrapped__`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Concatenate, Protocol

from engine.core.lens import Lens
from engine.core.messages import Job, Message
from engine.data.dataset import Dataset
from engine.model.network.fitting import fitting_data
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.model.training.run import Run, Runs

if TYPE_CHECKING:
    from collections.abc import Mapping

type Answering = Message | Generator[Message | None, Any, Message | None] | None
"""What a probe returns: its answer at once, or after some turns, in which it may give others; `None` for no answer."""


class Source(Runs, Protocol):
    """What probes look at: a session."""

    @property
    def known_runs(self) -> Mapping[str, Run]:
        """The runs by name, also those that were deleted and can be restored."""

    def data(self) -> Dataset:
        """Return the data that are open; raise `NotYetError` when there are none."""


def network_probe[**P](
    probe: Callable[Concatenate[LensNetwork, P], Answering],
) -> Callable[Concatenate[Source, Lens, P], Job]:
    """Make a job of a probe that looks at the network that the lens shows."""

    @functools.wraps(probe)
    def job(session: Source, lens: Lens, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        yield from _answers(probe(lens_network(session, lens), *args, **kwargs))

    return job


def images_probe[**P](
    probe: Callable[Concatenate[LensNetwork, Dataset, P], Answering],
) -> Callable[Concatenate[Source, Lens, P], Job]:
    """Make a job of a probe that looks at the network, and at data that it reads."""

    @functools.wraps(probe)
    def job(session: Source, lens: Lens, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        network = lens_network(session, lens)
        data = fitting_data(session.data(), network.architecture)
        yield from _answers(probe(network, data, *args, **kwargs))

    return job


def runs_probe[**P](
    probe: Callable[Concatenate[LensNetwork, Dataset, Mapping[str, Run], P], Answering],
) -> Callable[Concatenate[Source, Lens, P], Job]:
    """Make a job of a probe that looks at the network, at data that it reads, and at all runs by name."""

    @functools.wraps(probe)
    def job(session: Source, lens: Lens, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        network = lens_network(session, lens)
        data = fitting_data(session.data(), network.architecture)
        yield from _answers(probe(network, data, session.known_runs, *args, **kwargs))

    return job


def data_probe[**P](
    probe: Callable[Concatenate[Dataset, P], Answering],
) -> Callable[Concatenate[Source, P], Job]:
    """Make a job of a probe that looks at the data alone."""

    @functools.wraps(probe)
    def job(session: Source, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        yield from _answers(probe(session.data(), *args, **kwargs))

    return job


def _answers(answering: Answering) -> Job:
    if answering is None or isinstance(answering, Message):
        answer = answering
    else:
        answer = yield from answering
    if answer is not None:
        yield answer
