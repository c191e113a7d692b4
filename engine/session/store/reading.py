"""Reading the rows of a session file: damaged rows and impossible values are skipped and named.

Every value of a file is checked here (`engine.session.store.values`), so nothing else has to doubt it.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.act import MOST_ACTS, Act
from engine.core.drawing import Drawing
from engine.core.example import LONGEST_NAME, MOST_EXAMPLES, Example
from engine.core.language import mark, tr
from engine.core.layers.kinds import MAX_WIDTH, Layers, hidden_in
from engine.core.layers.plan import plan_of
from engine.core.lazy import np
from engine.core.lens import NeuronSet, Weights
from engine.core.plain import MOST_SECONDS, MOST_STEPS, flag, named, real, several, whole, word
from engine.core.text import clipped, printable
from engine.model.training.epochs import Epochs
from engine.model.training.messages import EpochDone, Member, Parent, Score
from engine.model.training.run import Run, Unread
from engine.session.store import schema, values
from engine.session.store.arrays import Arrays, DamagedError
from engine.session.store.guard import Bounds
from engine.session.store.schema import SCHEMA, Table, pragma, rows
from engine.session.store.values import from_json, hashes, measured

MOST_MISSING = 20_000_000  # steps of all runs whose losses may be lost, which are gaps in the curves
LONGEST_KEY = 40  # letters of a row's name that a message repeats
MOST_OPTIMIZERS = 10_000  # length of a chain of runs that continue from one another
MOST_TESTED = 10_000  # tested moments within the epochs of a run

# Makes a moment in the file from its run, its step, and the hashes of its weights and of the optimiser's state.
type MakeMoment = Callable[[str, int, str, str], Unread]


@dataclass(slots=True)
class Contents:
    """The contents of a session file."""

    runs: Mapping[str, Run] = field(default_factory=dict)
    view: Mapping[str, Any] = field(default_factory=dict)  # the window's state as plain values
    drawings: Mapping[str, Drawing] = field(default_factory=dict)
    sets: Mapping[str, NeuronSet] = field(default_factory=dict)  # named sets of neurons, in their order
    acts: Mapping[int, Act] = field(default_factory=dict)  # by ascending numbers
    examples: Mapping[int, Example] = field(default_factory=dict)  # of the shelf, by ascending numbers
    # The versions of Layerlight and its packages, by name, when the file was created.
    written_by: Mapping[str, str] = field(default_factory=dict)
    schema: int = SCHEMA
    damage: list[str] = field(default_factory=list)  # the skipped parts in words: `epoch 7 of run A`


def read_contents(database: sqlite3.Connection, path: Path, make_moment: MakeMoment, arrays: Arrays) -> Contents:
    """Read all but the moments' `arrays` from the file at `path`; raise `UserError` if that exceeds the bounds."""
    with Bounds(database, path) as bounds:
        return _Reading(database, bounds, make_moment, arrays).contents


class _Reading:
    """One pass over the tables, each with a method that takes a row, and a function that names a damaged row."""

    def __init__(self, database: sqlite3.Connection, bounds: Bounds, make_moment: MakeMoment, arrays: Arrays) -> None:
        self._database, self._bounds, self._make_moment, self._arrays = database, bounds, make_moment, arrays
        self.contents = Contents(schema=pragma(database, "user_version"))
        self._drawn: dict[str, tuple[int, Drawing]] = {}
        self._pictures: dict[str, Weights] = {}
        self._sets: dict[str, tuple[int, NeuronSet]] = {}
        self._runs: dict[str, Run] = {}
        self._layers: dict[str, Layers] = {}  # of each run, parsed once
        self._read(schema.FACTS, self._take_fact, lambda name: tr("what is noted as {name}", name=name))
        self._read(schema.RUNS, self._take_run, lambda run: tr("the settings of run {run}", run=run))
        names = sorted(self._runs, key=lambda name: (len(name), name))
        self.contents.runs = {name: self._runs[name] for name in names}
        for run in self.contents.runs.values():  # older versions did not store the optimisers of a run's parent
            if run.parent and not run.optimizers and (before := self._runs.get(run.parent.run)):
                run.optimizers = before.optimizers_up_to(run.parent.step)
        self._read_history()
        self._read(schema.MOMENTS, self._take_moment, _say_moment)
        self._read(schema.DRAWINGS, self._take_drawing, lambda name: tr("the drawing “{name}”", name=name))
        self._read(
            schema.PICTURES, self._take_picture, lambda name: tr("the picture below the drawing “{name}”", name=name)
        )
        self._read(schema.SETS, self._take_set, lambda name: tr("the set of neurons “{name}”", name=name))
        self._acts: dict[int, Act] = {}
        self._read(schema.ACTS, self._take_act, lambda number: tr("act {number}", number=number))
        self.contents.acts = dict(sorted(self._acts.items()))
        self._examples: defaultdict[str, dict[int, Example]] = defaultdict(dict)
        self._read(schema.EXAMPLES, self._take_example, _say_example)
        self.contents.examples = dict(sorted(self._examples.pop("", {}).items()))
        for name, examples in self._examples.items():
            self._runs[name].examples = tuple(example for _, example in sorted(examples.items()))
        self.contents.drawings, self.contents.sets = _in_order(self._drawn), _in_order(self._sets)

    def _read_history(self) -> None:
        """Read the history and sort it: around a damaged page, a table is read from both ends."""
        self._epochs: dict[str, list[EpochDone]] = defaultdict(list)
        self._chunks: dict[str, list[tuple[int, Any, Any]]] = defaultdict(list)
        self._changes: dict[str, list[tuple[int, tuple[int, str, float]]]] = defaultdict(list)
        self._read(schema.EPOCHS, self._take_epoch, _say_epoch)
        self._read(schema.STEPS, self._take_steps, _say_steps)
        self._read(schema.CHANGES, self._take_change, lambda run, _: tr("a changed setting of run {run}", run=run))
        self._missing = 0
        for name, run in self._runs.items():
            run.epochs = Epochs(sorted(self._epochs[name], key=lambda done: done.epoch))
            run.changes += [change for _, change in sorted(self._changes[name])]
            for chunk in sorted(self._chunks[name], key=lambda chunk: chunk[0]):
                try:
                    self._join(run, *chunk)
                except values.NONSENSE:
                    self.contents.damage.append(_say_steps(name, chunk[0]))

    def _read(self, table: Table, take: Callable[..., None], say: Callable[..., str]) -> None:
        def spoilt(keys: Sequence[Any]) -> None:
            where = say(*map(_said, keys)) if keys else tr("a part of the table {table}", table=table.name)
            self.contents.damage.append(where)

        if table.since > self.contents.schema:  # an older file that is only read, and so not migrated
            return
        for row in rows(self._database, table, spoilt, self._bounds):
            try:
                take(*row)
            except (*values.NONSENSE, DamagedError):
                spoilt(row[: table.keys])

    def _take_fact(self, name: Any, value: Any) -> None:
        if word(name) == "view":
            self.contents.view = named(from_json(value))
        elif name == schema.SETS_ONCE:
            for number, pair in enumerate(from_json(value)):
                called, plain = several(pair, 2, 2)
                self._sets[word(called)] = number, NeuronSet.from_plain(plain)
        elif name == "written_by":
            known = named(from_json(value))
            self.contents.written_by = {word(key, 100): word(known[key], 100) for key in known}

    def _take_run(self, name: Any, about: Any) -> None:
        fields = from_json(about)
        spec, shape = values.spec(fields["spec"]), values.image_shape(fields["shape"])
        room = whole(fields["moment_bytes"], 0, values.MOST_BYTES)
        steps_per_epoch = whole(fields["steps_per_epoch"], 1, values.MOST_STEPS_PER_EPOCH)
        self._layers[name] = spec.network
        self._runs[values.run_name(name)] = Run(
            name=name,
            spec=spec,
            steps_per_epoch=steps_per_epoch,
            title=word(fields["title"]),
            color=whole(fields["color"], 0, 999),
            pinned=flag(fields["pinned"]),
            dataset=word(fields["dataset"]),
            fingerprint=word(fields["fingerprint"]),
            source=word(fields["source"]),
            shape=shape,
            classes=values.class_names(fields.get("classes", [])),
            parent=_parent(name, fields["parent"]),
            base=word(fields.get("base", "")),
            taught_from=_parent(name, fields.get("taught_from")),
            optimizers=_optimizers(fields.get("optimizers", [])),
            tested=_tested(fields.get("tested", []), steps_per_epoch),
            started=real(fields["started"], 0.0, MOST_SECONDS),
            moment_bytes=min(room, values.most_bytes(spec.network, shape)),
            deleted=flag(fields["deleted"]),
            member=_member(fields.get("member")),
        )

    def _take_epoch(self, run: Any, number: Any, figures: Any) -> None:
        fields = from_json(figures)
        epoch, layers = whole(number, 1, values.MOST_EPOCHS), len([*hidden_in(self._layers[run])])
        end = epoch * self._runs[run].steps_per_epoch
        is_validated = fields.get("validation_accuracy") is not None  # whether the run holds out images
        done = EpochDone(
            run=run,
            epoch=epoch,
            step=whole(fields["step"], end, end),
            train_loss=measured(fields["train_loss"]),
            test_loss=measured(fields["test_loss"]),
            test_accuracy=real(fields["test_accuracy"], 0.0, 1.0),
            images_per_second=real(fields["images_per_second"], 0.0),
            seconds=real(fields["seconds"], 0.0, MOST_SECONDS),
            gradient_norms=tuple(map(measured, several(fields["gradient_norms"], 0, layers + 1))),
            dead=_counts(fields["dead"], layers),
            widths=_counts(fields["widths"], layers),
            finite=flag(fields["finite"]),
            validation_loss=measured(fields["validation_loss"]) if is_validated else None,
            validation_accuracy=real(fields["validation_accuracy"], 0.0, 1.0) if is_validated else None,
        )
        if len(done.gradient_norms) not in (0, layers + 1):
            raise ValueError("Each layer has a gradient.")
        self._epochs[run].append(done)

    def _take_steps(self, run: Any, first_step: Any, losses: Any, norms: Any) -> None:
        most = values.most_steps(self._runs[run].steps_per_epoch)
        width = len([*hidden_in(self._layers[run])]) + 1
        chunk = np.frombuffer(_bytes(losses), "<f4"), np.frombuffer(_bytes(norms), "<f4").reshape(-1, width)
        if not len(chunk[1]) <= len(chunk[0]) <= most:
            raise ValueError("A run has no such steps.")
        self._chunks[run].append((whole(first_step, 1, most), *chunk))

    def _join(self, run: Run, first_step: int, losses: Any, norms: Any) -> None:
        missing = first_step - 1 - len(run.losses)
        if missing < 0 or first_step - 1 + len(losses) > values.most_steps(run.steps_per_epoch):
            raise ValueError("A run has each of its steps once.")
        if missing:  # a damaged row: the curve has a gap there
            self._missing += whole(missing, 0, MOST_MISSING - self._missing)
            run.losses.extend(np.full(missing, np.nan))
        run.losses.extend(losses)
        run.norms.extend(norms)

    def _take_change(self, run: Any, number: Any, step: Any, setting: Any, value: Any) -> None:
        when = whole(step, 0, values.most_steps(self._runs[run].steps_per_epoch))
        to = float(values.setting(setting, value, is_live=True))
        self._changes[run].append((whole(number, 0, MOST_STEPS), (when, setting, to)))

    def _take_moment(self, run: Any, step: Any, name: Any, weights: Any, optimizer: Any) -> None:
        owner = self._runs[run]
        whole(step, 0, values.most_steps(owner.steps_per_epoch))
        self._check_arrays(owner, weights, optimizer)
        title = None if name is None else word(name)
        owner.moments[step] = self._make_moment(run, step, weights, optimizer)
        if title is not None:
            owner.bookmarks[step] = title

    def _check_arrays(self, run: Run, weights: Any, optimizer: Any) -> None:
        """Check the shapes of a moment's arrays; missing ones are reported when the moment is read."""
        layers = self._layers[run.name]
        count = len(plan_of(layers, run.shape, 1).weights)
        slots = values.most_of_optimizer(count)
        shapes = [self._arrays.shape(key) for key in hashes(weights, count).split()]
        others = [self._arrays.shape(key) for key in hashes(optimizer, slots).split()]
        known = [shape for shape in shapes if shape is not None]
        if len(known) == len(shapes):
            values.check_fit(known, layers, run.shape)
            if not {shape for shape in others if shape} <= set(known):
                raise ValueError("An optimiser has something for each weight.")

    def _take_drawing(self, name: Any, number: Any, strokes: Any) -> None:
        self._drawn[word(name)] = whole(number, 0, MOST_STEPS), Drawing.from_plain(from_json(strokes))

    def _take_picture(self, name: Any, caption: Any, picture: Any) -> None:
        number, drawing = self._drawn[name]
        (array,) = self._pictures_of(picture)
        self._drawn[name] = number, drawing.over(array, word(caption))

    def _pictures_of(self, key: Any) -> Weights:
        """Return the array with that hash, or none for an empty one. Each is read once, to bound the memory."""
        if key not in self._pictures:
            self._pictures[key] = self._arrays.get(hashes(key, 1))
        return self._pictures[key]

    def _take_set(self, name: Any, number: Any, neurons: Any) -> None:
        self._sets[word(name)] = whole(number, 0, MOST_STEPS), NeuronSet.from_plain(from_json(neurons))

    def _take_act(self, number: Any, about: Any, array: Any) -> None:
        whole(number, 0, MOST_STEPS)
        if len(self._acts) == MOST_ACTS:
            raise ValueError("Nobody did as much.")
        (given,) = self._pictures_of(array) or (None,)
        self._acts[number] = Act.from_plain(from_json(about), given)

    def _take_example(self, run: Any, number: Any, about: Any, array: Any) -> None:
        whole(number, 0, MOST_STEPS)
        if word(run) and run not in self._runs:
            raise ValueError("There is no such run.")
        if len(self._examples[run]) == MOST_EXAMPLES:
            raise ValueError("Nobody taught as many.")
        fields = from_json(about)
        if fields["canvas"] is not None:
            values.canvas(named(fields["canvas"]))
        values.image_shape(list(self._arrays.shape(hashes(array, 1)) or ()))
        (image,) = self._pictures_of(array)
        if image.dtype != np.uint8:
            raise ValueError("That is no picture.")
        label, source = word(fields["label"], LONGEST_NAME), word(fields["source"])
        if not label:
            raise ValueError("A class has a name.")
        self._examples[run][number] = Example(image=image, label=label, canvas=fields["canvas"], source=source)


def _say_example(run: Any, number: Any) -> str:
    said = mark("example {number} of run {run}") if run else mark("example {number}")
    return tr(said, number=_said(number), run=_said(run))


def _say_moment(run: Any, step: Any) -> str:
    return tr("the snapshot at step {step} of run {run}", step=step, run=run)


def _say_epoch(run: Any, epoch: Any) -> str:
    return tr("epoch {epoch} of run {run}", epoch=epoch, run=run)


def _say_steps(run: Any, step: Any) -> str:
    return tr("the losses of run {run} from step {step} on", run=run, step=step)


def _said(key: Any) -> str:
    """Return the key of a row for a message, whatever it is."""
    return clipped(printable(str(key)), LONGEST_KEY)


def _parent(name: str, value: Any) -> Parent | None:
    if value is None:
        return None
    run, step = several(value, 2, 2)
    if run == name:
        raise ValueError("No run goes on from itself.")
    return Parent(values.run_name(run), whole(step, 0, MOST_STEPS))


def _tested(value: Any, steps_per_epoch: int) -> dict[int, Score]:
    """Return the tests of moments within an epoch, by step; older files have none."""
    most = values.most_steps(steps_per_epoch)
    triples = [several(triple, 3, 3) for triple in several(value, 0, MOST_TESTED)]
    tests = [Score(whole(step, 0, most), measured(loss), real(share, 0.0, 1.0)) for step, loss, share in triples]
    return {row.step: row for row in tests}


def _member(value: Any) -> Member | None:
    if value is None:
        return None
    sweep, number = several(value, 2, 2)
    return Member(word(sweep), whole(number, 0, MOST_STEPS))


def _optimizers(value: Any) -> tuple[tuple[int, str], ...]:
    pairs = [several(pair, 2, 2) for pair in several(value, 0, MOST_OPTIMIZERS)]
    return tuple((whole(step, 0, MOST_STEPS), values.optimizer(name)) for step, name in pairs)


def _counts(value: Any, layers: int) -> tuple[int, ...]:
    return tuple(whole(count, 0, MAX_WIDTH) for count in several(value, layers, layers))


def _bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise ValueError("Numbers are kept as bytes.")
    return value


def _in_order[T](numbered: Mapping[str, tuple[int, T]]) -> dict[str, T]:
    return {name: item for name, (_, item) in sorted(numbered.items(), key=lambda entry: entry[1][0])}
