"""Jobs that show and save the code of a tab: the script with its settings, and the files that it reads."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from engine.core.errors import UserError
from engine.core.knobs import in_sentence, knobs
from engine.core.lazy import np
from engine.core.lens import Lens
from engine.core.machine.atomic import cannot_save, is_stream
from engine.core.messages import Job, Message, Notice
from engine.core.specs import DataSpec, TrainSpec
from engine.data.download.catalogue import UNSEEN
from engine.data.formats.assembly import SET_ASIDE
from engine.data.formats.sample import SAMPLE, SAMPLE_NAME
from engine.data.formats.unseen import FIRST
from engine.export.scripts.parts.common import saved_lens
from engine.export.scripts.parts.files import cached, code_folder, copied
from engine.export.scripts.parts.scene import DataFile, Looked, Scene
from engine.export.scripts.parts.tabs import note, teller
from engine.export.scripts.parts.template import quoted
from engine.export.scripts.warmup import edited
from engine.model.network.fitting import fitting_data
from engine.model.network.lens_network import lens_network
from engine.model.network.mixture import are_alike, in_order, matching
from engine.model.training.courses import changed_on_the_way, course_of, say_setting_of
from engine.model.training.learned import ALL, chosen_classes, own_part, remark_on
from engine.session.jobs.export import keep_inputs, named_arrays, write_file
from engine.session.jobs.train import learned_from

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.model.network.lens_network import Key
    from engine.session.session import Session


DIGITS = "digits"
"""The role of the file that the data are in, in `Scene.files`."""

MOST_BYTES = 200 * 1000**2
"""A larger file of data is not copied beside a script."""

RATE, MOST_RATES = "learning_rate", 5
"""Maximum number of changes of the learning rate in a script; dragging its slider makes many more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeShown(Message):
    """The script of a tab, ready to be run, and what is different in TensorFlow 1."""

    latest_only: ClassVar[bool] = True
    tab: str
    script: str
    note: str
    files: tuple[Path, ...]
    """All that it reads; what is not a file of data lies in the cache. The script has their paths."""


def show_code(session: Session, lens: Lens | None, tab: str, settings: Mapping[str, Any]) -> Job:
    """Answer with `CodeShown`, in turns.

    `settings` are those of the tab's spec by name, and what is no setting: `picture` (rows, columns) of Draw, `matrix`
    of the warm-up, `neurons` (numbers) of ideal images; `spec` of Train, the settings of a run that is yet to come. Of
    a run that was deleted meanwhile there is nothing to tell. Raises `UserError` where there is no network or no data,
    or the settings do not fit.
    """
    scene = yield from gathered(session, lens, tab, settings)
    script, files = teller(tab).script(scene).text, tuple(map(Path, scene.files.values()))
    yield CodeShown(tab=tab, script=script, note=note(tab), files=files)


def gathered(
    session: Session, lens: Lens | None, tab: str, settings: Mapping[str, Any]
) -> Generator[None, Any, Scene]:
    """Return in turns what the script of a tab is filled with; the files that it reads lie in the cache then.

    Takes and raises what `show_code` does.
    """
    found = teller(tab)
    spec = found.SETTINGS.from_dict(_named(settings))
    return (yield from _Gathering(session, lens, settings).scene(spec, found.needs(spec)))


def save_code(session: Session, shown_code: CodeShown, path: Path) -> Job:
    """Write a script that was shown as a file, and beside it the files that it reads; tells that they are there.

    It finds them beside itself, so that the folder can be moved. Data of more than `MOST_BYTES` stay where they are,
    and the notice says so. Raises `UserError` where they cannot be written.
    """
    script, saved, left = shown_code.script, [path], ""
    try:
        keep_inputs(session, path)
        files = () if is_stream(path) else shown_code.files  # beside a pipe nobody would look for them
        for file in files:
            is_own = file.parent in (SAMPLE.parent, code_folder())
            beside = _beside(path, file.stem.partition("-")[0] if is_own else "data")
            if not file.is_file():
                raise UserError("What the script reads is gone.", hint="Show the code again.")
            if not is_own and file.stat().st_size > MOST_BYTES:
                left = f" The data are too large to lie beside it: it reads {file}."
                continue
            keep_inputs(session, beside)
            yield from copied(file, beside)
            script = script.replace(quoted(str(file)), f"Path(__file__).with_name({quoted(beside.name)})")
            saved.append(beside)
        if len(saved) > 1:
            script = script.replace(
                "import numpy as np\n", "from pathlib import Path\n\nimport numpy as np\n", 1
            )
        write_file(session, path, script.encode())
    except OSError as error:
        raise cannot_save(path, error) from error
    yield Notice(sentence=f"Saved {' and '.join(map(str, saved))}.{left}")


def _beside(path: Path, name: str) -> Path:
    """Return a place beside the script. Only where that replaces a script of this name its file is replaced as well."""
    stem = f"{path.stem}-{name}"
    names = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    places = [path.with_name(f"{each}.npz").absolute() for each in names]
    return next((each for each in places if path.exists() or not each.exists()), places[-1])


def _named(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings by name: of Train those of the run that is yet to come."""
    planned = settings.get("spec")
    return planned.as_dict() if isinstance(planned, TrainSpec) else settings


class _Gathering:
    """What a script is filled with, gathered from session, lens and tab."""

    def __init__(self, session: Session, lens: Lens | None, settings: Mapping[str, Any]) -> None:
        self._session, self._lens, self._settings = session, lens, settings
        self._files: dict[str, Path] = {}

    def scene(self, spec: Any, needs: frozenset[str]) -> Generator[None, Any, Scene]:
        network, data, given = None, None, dict(self._settings)
        if "run" in needs and (self._lens is not None or not isinstance(spec, TrainSpec)):
            network = self._looked(is_training=isinstance(spec, TrainSpec))
            spec = network.spec if isinstance(spec, TrainSpec) else spec
        if "data" in needs:
            dataset = self._dataset(spec)
            data, given = (yield from data_file(dataset)), given | {"test_images": len(dataset.test_images)}
            if isinstance(spec, TrainSpec):
                network = network or Looked("", 0, spec, dataset.shape, len(dataset.classes), ())
                network = network._replace(remarks=self._remarks(), rates=self._rates())
                if start := self._start():
                    yield from self._keep("start", start)
                    network = network._replace(steps=self._session.run(self._required().run).steps_per_epoch)
            if network is not None and (remark := self._remark(dataset)):
                network = network._replace(spec=network.spec.but(**ALL), remarks=[remark, *network.remarks])
            chooser = spec if isinstance(spec, DataSpec) else network and network.spec
            if chooser is not None:
                given["learned_classes"] = chosen_classes(chooser.classes, dataset.classes)
        if network is not None and "weights" in needs:
            yield from self._keep("weights", self._weights() | saved_lens(network))
        if network is not None and "before" in needs:
            given["against_step"] = self._session.run(self._required().run).step_at(spec.against)
            yield from self._keep("before", self._weights(spec.against) | saved_lens(network))
        if "other" in needs:
            given |= yield from self._other(spec)
        if (picture := given.get("picture")) is not None:
            yield from self._keep("picture", {"picture": np.asarray(picture, np.float32)})
        if (matrix := given.get("matrix")) is not None and edited(spec, matrix) is None:
            yield from self._keep("matrix", {"A": np.asarray(matrix, np.float64)})
        if data is not None:
            self._files[DIGITS] = Path(data.path)
        names = {name: str(path) for name, path in self._files.items()}
        return Scene(settings=spec, network=network, data=data, files=names, given=given)

    def _keep(self, name: str, arrays: Mapping[str, Any]) -> Generator[None, Any, None]:
        self._files[name] = yield from cached(name, arrays)

    def _looked(self, *, is_training: bool) -> Looked:
        lens = self._required()
        run, network = self._session.run(lens.run), lens_network(self._session, lens)
        begin = run.parent.step if run.parent else 0
        return Looked(
            run.label,
            network.key.step,
            run.spec_at(begin if is_training else network.key.step),
            network.architecture.shape,
            network.architecture.classes,
            network.passed,
            mixed="" if is_training else self._mixed(network.key),
        )

    def _other(self, spec: Any) -> Generator[None, Any, dict[str, Any]]:
        """Keep the weights of the network that is compared with, in the order of neurons that is wanted; return its
        `other_looked`, and whether it `is_alike`.
        """
        lens = self._required()
        run, other = self._session.run(lens.run), self._session.run(spec.other or lens.run)
        there = Lens(other.name, other.step_at(spec.other_step))
        is_alike = are_alike(run, other)
        weights = lens_network(self._session, there).weights
        if is_alike and spec.neurons == "matched":
            own = lens_network(self._session, lens).weights
            weights = in_order(other.spec.hidden, weights, matching(run.spec.hidden, own, weights))
        yield from self._keep("other", named_arrays(weights))
        looked = _Gathering(self._session, there, {})._looked(is_training=False)
        return {"other_looked": looked, "is_alike": is_alike}

    def _mixed(self, key: Key) -> str:
        """Return what is mixed into a network, in words."""
        parts = []
        for name, _, share in key.mixed:
            matched = ", its neurons matched" if share.matched else ""
            run = self._session.run(name).label
            parts.append(f"{share.weight:.4%} of run {run} after {share.moment:,} steps{matched}")
        return " and ".join(parts).replace(".0000%", "%")

    def _remark(self, data: Dataset) -> str:
        """Return a sentence that says that the run learned from other data; empty where it learned from these."""
        run = self._session.run(self._lens.run) if self._lens else None
        return remark_on(data, run) if run is not None else ""

    def _required(self) -> Lens:
        if self._lens is None:
            raise UserError("There is no network yet.", hint="Train one, or open a session.")
        return self._lens

    def _dataset(self, spec: Any) -> Dataset:
        """Return the data that are open; the part of them that the run learned from, where that is a part."""
        session, lens = self._session, self._lens
        if session.dataset is None:
            raise UserError("No data set is loaded.", hint="Open one, or use the embedded sample.")
        if lens is None or isinstance(spec, DataSpec):
            return session.data()
        run = session.run(lens.run)
        if isinstance(spec, TrainSpec) and run.examples:
            with contextlib.suppress(UserError):
                return learned_from(session, run)
        data = fitting_data(session.data(), lens_network(session, lens).architecture)
        return own_part(data, run) or data

    def _remarks(self) -> list[str]:
        """Return what happened to the run that its settings do not say."""
        if self._lens is None:
            return []
        run, remarks = self._session.run(self._lens.run), list[str]()
        if run.parent is not None:
            parent = self._session.runs.get(run.parent.run)
            begun = f"run {parent.label if parent else run.parent.run} after {run.parent.step:,} steps"
            remarks.append(f"The run went on from {begun}; this begins at its start.")
        if run.taught_from is not None:
            origin = self._session.runs.get(run.taught_from.run)
            label = origin.label if origin else run.taught_from.run
            among = f"; its {len(run.examples):,} examples are among the data" if run.examples else ""
            after = f"after {run.taught_from.step:,} steps"
            remarks.append(f"The run begins with the network of run {label} {after}{among}.")
        left_out = [name for name in changed_on_the_way(run) if name != RATE or not self._rates()]
        if left_out:
            titles = knobs(TrainSpec)
            told = "; ".join(
                f"{in_sentence(titles[name].title)} {say_setting_of(run, name)}" for name in left_out
            )
            remarks.append(f"Left out here: settings that were changed on the way ({told}).")
        return remarks

    def _rates(self) -> list[tuple[int, float]]:
        """Return the learning rates that were set while the run went on; none where they are too many to be told."""
        if self._lens is None:
            return []
        _, *rates = course_of(self._session.run(self._lens.run), RATE)
        return [(step, float(value)) for step, value in rates] if len(rates) <= MOST_RATES else []

    def _start(self) -> dict[str, Any]:
        """Return the first network of a run that was taught, and its optimiser's state; nothing of any other."""
        run = self._session.run(self._lens.run) if self._lens else None
        if run is None or run.taught_from is None or 0 not in run.moments:
            return {}
        first = run.moments[0]
        state = {f"optimizer/{number}": np.asarray(each) for number, each in enumerate(first.optimizer)}
        return named_arrays(first.weights) | state

    def _weights(self, moment: int | None = None) -> dict[str, Any]:
        lens = self._required()
        looked = lens if moment is None else lens.at(moment)
        return named_arrays(lens_network(self._session, looked).weights)


def data_file(data: Dataset) -> Generator[None, Any, DataFile]:
    """Return where a data set lies, and how it is read in plain NumPy; raises `UserError` for data without a file.

    What does not lie in an .npz file in Keras' layout, with pixels from 0 to 255, is written into one.
    """
    if data.examples:
        return (yield from _written(DataFile("", data.shape, len(data.classes)), data))
    if data.source is None and not data.wanted and data.name != SAMPLE_NAME:
        raise UserError("These data have no file that a script could read.", hint="Open a file of data.")
    path = data.source or SAMPLE
    made = DataFile(str(path), data.shape, len(data.classes))
    if data.name == SAMPLE_NAME:
        return made
    if path.suffix.lower() != ".npz" or data.remark or data.train_colours is not None:
        return (yield from _written(made, data))
    images, labels = _shape(path, "x_train"), _shape(path, "y_train")
    aside = FIRST if data.called == UNSEEN else SET_ASIDE if images[0] == 60_000 else 0
    is_plain = len(images) == 3 and len(labels) == 1
    return made._replace(first=aside, is_plain=is_plain)


def _written(made: DataFile, data: Dataset) -> Generator[None, Any, DataFile]:
    arrays = {"x_train": data.train_images, "y_train": data.train_labels}
    arrays |= {"x_test": data.test_images, "y_test": data.test_labels}
    return made._replace(path=str((yield from cached("data", arrays))))


def _shape(path: Path, name: str) -> tuple[int, ...]:
    """Return the shape of an array without reading it."""
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
        is_old = np.lib.format.read_magic(file) == (1, 0)
        read = np.lib.format.read_array_header_1_0 if is_old else np.lib.format.read_array_header_2_0
        shape: tuple[int, ...] = read(file)[0]
    return shape
