"""Jobs that show and save the code of a tab: the script with its settings, and the files that it reads."""

import contextlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from engine.core.errors import UserError
from engine.core.knobs import in_sentence, knobs
from engine.core.language import tr, untranslated
from engine.core.layers.kinds import is_plain
from engine.core.lazy import np
from engine.core.lens import Lens
from engine.core.machine.atomic import is_stream, saving
from engine.core.messages import Job, Message, Saved, Turns
from engine.core.specs import DataSpec, TrainSpec
from engine.core.text import all_of
from engine.data.dataset import Dataset
from engine.data.download.catalogue import UNSEEN
from engine.data.formats.assembly import SET_ASIDE
from engine.data.formats.sample import FIRST, SAMPLE, SAMPLE_NAME
from engine.export.scripts.parts.common import saved_lens
from engine.export.scripts.parts.files import cached, code_folder, copied, place_beside
from engine.export.scripts.parts.tabs import note, script_module
from engine.export.scripts.parts.template import DataFile, Scene, ShownNetwork, quoted
from engine.export.scripts.warmup import edited
from engine.model.network.lens_network import Key, fitting_data, lens_network
from engine.model.network.mixture import NO_ORDERS, are_alike, in_order, matching
from engine.model.training.courses import changed_on_the_way, course_of, say_setting_of
from engine.model.training.learned import ALL, chosen_classes, own_part, remark_on
from engine.session.jobs.export import keep_inputs, named_arrays, write_file
from engine.session.jobs.train import learned_from
from engine.session.session import Session

DIGITS = "digits"  # the role of the file of the data in `Scene.files`
MOST_BYTES = 200 * 1000**2  # a larger file of data is not copied beside a script
# Changes of the rate in a script, at most; dragging its slider makes many more.
RATE, MOST_RATES = "learning_rate", 5


class CodeShown(Message):
    """The script of a tab, ready to run, and its differences in TensorFlow 1."""

    latest_only: ClassVar[bool] = True
    tab: str
    script: str
    note: str
    # The files that it reads, by their paths in the script; those other than data are in the cache.
    files: tuple[Path, ...]


def show_code(session: Session, lens: Lens | None, tab: str, settings: Mapping[str, Any]) -> Job:
    """Answer with `CodeShown`, in turns.

    `settings` are those of the tab's spec by name, and some that are not settings: `picture` (rows, columns) of Draw,
    `matrix` of the warm-up, `neurons` (numbers) of ideal images; `spec` of Train. Raises `NotYetError` for a deleted
    run, `UserError` without network or data, or if the settings do not fit.
    """
    scene = yield from gather_scene(session, lens, tab, settings)
    script, files = script_module(tab).script(scene).text, tuple(map(Path, scene.files.values()))
    yield CodeShown(tab=tab, script=script, note=note(tab), files=files)


def gather_scene(session: Session, lens: Lens | None, tab: str, settings: Mapping[str, Any]) -> Turns[Scene[Any]]:
    """Return the content of a tab's script, in turns, and write its files into the cache; otherwise as `show_code`."""
    module, planned = script_module(tab), settings.get("spec")
    spec = module.Settings.from_dict(planned.as_dict() if isinstance(planned, TrainSpec) else settings)
    return (yield from _SceneBuilder(session, lens, settings).scene(spec, module.needs(spec)))


def save_code(session: Session, shown_code: CodeShown, path: Path) -> Job:
    """Write a script that was shown as a file, and beside it the files that it reads; report them.

    Data of more than `MOST_BYTES` stay where they are. Raises `UserError` if something cannot be written.
    """
    script, saved, left = shown_code.script, [path], ""
    with saving(path):
        keep_inputs(session, path)
        files = () if is_stream(path) else shown_code.files  # beside a pipe nobody would find them
        for file in files:
            is_own = file.parent in (SAMPLE.parent, code_folder())
            beside = place_beside(path, file.stem.partition("-")[0] if is_own else "data", ".npz")
            if not file.is_file():
                raise UserError(tr("What the script reads is gone."), hint=tr("Show the code again."))
            if not is_own and file.stat().st_size > MOST_BYTES:
                left = " " + tr("The data are too large to lie beside it: it reads {file}.", file=file)
                continue
            keep_inputs(session, beside)
            yield from copied(file, beside)
            script = script.replace(quoted(str(file)), f"Path(__file__).with_name({quoted(beside.name)})")  # no text
            saved.append(beside)
        if len(saved) > 1:
            numpy = "import numpy as np\n"  # no text
            script = script.replace(numpy, f"from pathlib import Path\n\n{numpy}", 1)  # no text
        write_file(session, path, script.encode())
    yield Saved(sentence=tr("Saved {files}.", files=all_of(map(str, saved))) + left)


class _SceneBuilder:
    def __init__(self, session: Session, lens: Lens | None, settings: Mapping[str, Any]) -> None:
        self._session, self._lens, self._settings = session, lens, settings
        self._files: dict[str, Path] = {}

    def scene(self, spec: Any, needs: frozenset[str]) -> Turns[Scene[Any]]:
        network, data, extras = None, None, dict(self._settings)
        if "run" in needs and (self._lens is not None or not isinstance(spec, TrainSpec)):
            network = self._shown_network(is_training=isinstance(spec, TrainSpec))
            spec = network.spec if isinstance(spec, TrainSpec) else spec
        if "data" in needs:
            dataset = self._dataset(spec)
            data, extras = (yield from data_file(dataset)), extras | {"test_images": len(dataset.test_images)}
            run = self._session.run(self._lens.run) if self._lens else None
            if isinstance(spec, TrainSpec):
                network = network or ShownNetwork("", 0, spec, dataset.shape, len(dataset.classes), ())
                network = network._replace(remarks=self._remarks(), rates=self._rates())
                if run is not None and run.taught_from is not None and 0 in run.moments:
                    first = run.moments[0]
                    state = {f"optimizer/{n}": np.asarray(array) for n, array in enumerate(first.optimizer)}
                    yield from self._keep("start", named_arrays(run, first.weights) | state)
                    network = network._replace(steps=run.steps_per_epoch)
            with untranslated():
                remark = remark_on(dataset, run) if network is not None and run is not None else ""
            if network is not None and remark:
                network = network._replace(spec=network.spec.but(**ALL), remarks=[remark, *network.remarks])
            chooser = spec if isinstance(spec, DataSpec) else network and network.spec
            if chooser is not None:
                extras["learned_classes"] = chosen_classes(chooser.classes, dataset.classes)
        if network is not None and "weights" in needs:
            yield from self._keep("weights", self._weights() | saved_lens(network))
        if network is not None and "before" in needs:
            extras["against_step"] = self._session.run(self._required().run).step_at(spec.against)
            yield from self._keep("before", self._weights(spec.against) | saved_lens(network))
        if "other" in needs:
            extras |= yield from self._other(spec)
        if (picture := extras.get("picture")) is not None:
            yield from self._keep("picture", {"picture": np.asarray(picture, np.float32)})
        if (matrix := extras.get("matrix")) is not None and edited(spec, matrix) is None:
            yield from self._keep("matrix", {"A": np.asarray(matrix, np.float64)})
        if data is not None:
            self._files[DIGITS] = Path(data.path)
        names = {name: str(path) for name, path in self._files.items()}
        return Scene(settings=spec, network=network, data=data, files=names, extras=extras)

    def _keep(self, name: str, arrays: Mapping[str, Any]) -> Turns[None]:
        self._files[name] = yield from cached(name, arrays)

    def _shown_network(self, *, is_training: bool) -> ShownNetwork:
        lens = self._required()
        run, network = self._session.run(lens.run), lens_network(self._session, lens)
        begin = run.parent.step if run.parent else 0
        return ShownNetwork(
            run.label,
            network.key.step,
            run.spec_at(begin if is_training else network.key.step),
            network.architecture.shape,
            network.architecture.classes,
            network.passed,
            mixed="" if is_training else self._mixed(network.key),
        )

    def _other(self, spec: Any) -> Turns[dict[str, Any]]:
        """Write the compared network's weights, neurons in the wanted order; return `other_network` and `is_alike`."""
        lens = self._required()
        run, other = self._session.run(lens.run), self._session.run(spec.other or lens.run)
        other_lens = Lens(other.name, other.step_at(spec.other_step))
        is_alike = are_alike(run, other)
        weights = lens_network(self._session, other_lens).weights
        if is_alike and spec.neurons == "matched":
            if not is_plain(run.spec.network):
                raise UserError(tr(NO_ORDERS), hint=tr("Show the code with the neurons as they were trained."))
            own = lens_network(self._session, lens).weights
            weights = in_order(other.spec.hidden, weights, matching(run.spec.hidden, own, weights))
        yield from self._keep("other", named_arrays(other, weights))
        network = _SceneBuilder(self._session, other_lens, {})._shown_network(is_training=False)
        return {"other_network": network, "is_alike": is_alike}

    def _mixed(self, key: Key) -> str:
        """Return the networks that are mixed into a network, in words."""
        parts = []
        for name, _, share in key.mixed:
            matched = ", its neurons matched" if share.matched else ""  # no text
            run = self._session.run(name).label
            parts.append(f"{share.weight:.4%} of run {run} after {share.moment:,} steps{matched}")  # no text
        return " and ".join(parts).replace(".0000%", "%")

    def _required(self) -> Lens:
        if self._lens is None:
            raise UserError(tr("There is no network yet."), hint=tr("Train one, or open a session."))
        return self._lens

    def _dataset(self, spec: Any) -> Dataset:
        """Return the open data, or the part of them that the run learned from."""
        session, lens = self._session, self._lens
        if session.dataset is None:
            raise UserError(tr("No data set is loaded."), hint=tr("Open one, or use the embedded sample."))
        if lens is None or isinstance(spec, DataSpec):
            return session.data()
        run = session.run(lens.run)
        if isinstance(spec, TrainSpec) and run.examples:
            with contextlib.suppress(UserError):
                return learned_from(session, run)
        data = fitting_data(session.data(), lens_network(session, lens).architecture)
        return own_part(data, run) or data

    def _remarks(self) -> list[str]:
        """Return sentences on the events in the run that its settings do not show."""
        if self._lens is None:
            return []
        run, remarks = self._session.run(self._lens.run), list[str]()
        if run.parent is not None:
            parent = self._session.runs.get(run.parent.run)
            origin = f"run {parent.label if parent else run.parent.run} after {run.parent.step:,} steps"  # no text
            remarks.append(f"The run went on from {origin}; this begins at its start.")  # no text
        if run.taught_from is not None:
            teacher = self._session.runs.get(run.taught_from.run)
            label = teacher.label if teacher else run.taught_from.run
            among = f"; its {len(run.examples):,} examples are among the data" if run.examples else ""  # no text
            after = f"after {run.taught_from.step:,} steps"  # no text
            remarks.append(f"The run begins with the network of run {label} {after}{among}.")  # no text
        left_out = [name for name in changed_on_the_way(run) if name != RATE or not self._rates()]
        if left_out:
            with untranslated():
                titles = knobs(TrainSpec)
                courses = [f"{in_sentence(titles[name].title)} {say_setting_of(run, name)}" for name in left_out]
            remarks.append(f"Left out here: settings that were changed on the way ({'; '.join(courses)}).")  # no text
        return remarks

    def _rates(self) -> list[tuple[int, float]]:
        """Return the learning rates that were set during the run; none if they are too many."""
        if self._lens is None:
            return []
        _, *rates = course_of(self._session.run(self._lens.run), RATE)
        return [(step, float(value)) for step, value in rates] if len(rates) <= MOST_RATES else []

    def _weights(self, moment: int | None = None) -> dict[str, Any]:
        lens = self._required()
        network = lens_network(self._session, lens if moment is None else lens.at(moment))
        return named_arrays(self._session.run(lens.run), network.weights)


def data_file(data: Dataset) -> Turns[DataFile]:
    """Return the file of a data set, written in Keras' layout if necessary; raise `UserError` for data without one."""
    if data.examples:
        return (yield from _written(DataFile("", data.shape, len(data.classes)), data))
    if data.source is None and not data.wanted and data.name != SAMPLE_NAME:
        raise UserError(tr("These data have no file that a script could read."), hint=tr("Open a file of data."))
    path = data.source or SAMPLE
    file = DataFile(str(path), data.shape, len(data.classes))
    if data.name == SAMPLE_NAME:
        return file
    if path.suffix.lower() != ".npz" or data.remark or data.train_colours is not None:
        return (yield from _written(file, data))
    images, labels = _shape(path, "x_train"), _shape(path, "y_train")
    aside = FIRST if data.called == UNSEEN else SET_ASIDE if images[0] == 60_000 else 0
    return file._replace(first=aside, is_plain=len(images) == 3 and len(labels) == 1)


def _written(file: DataFile, data: Dataset) -> Turns[DataFile]:
    arrays = {"x_train": data.train_images, "y_train": data.train_labels}
    arrays |= {"x_test": data.test_images, "y_test": data.test_labels}
    return file._replace(path=str((yield from cached("data", arrays))))


def _shape(path: Path, name: str) -> tuple[int, ...]:
    """Return the shape of an array without reading it."""
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as file:
        is_old = np.lib.format.read_magic(file) == (1, 0)
        read = np.lib.format.read_array_header_1_0 if is_old else np.lib.format.read_array_header_2_0
        shape: tuple[int, ...] = read(file)[0]
    return shape
