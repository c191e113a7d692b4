"""The command `info FILE`: all that a session holds, and nothing done to it."""

import json
import threading

import pytest
from made_sessions import files_in, is_sealed, made_run

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.machine.bundled import BUNDLED
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.session.store import reading
from engine.session.store.opening import open_store
from engine.session.store.reading import Contents
from engine.session.store.schema import SCHEMA
from engine.session.store.seal import unseal


def test_info_has_every_run_as_json_and_in_a_table_and_where_nothing_can_be_put_beside_the_file(terminal, made):
    made.with_name(f"{made.name}-shm").mkdir()  # SQLite cannot make its file, as on a read-only disk
    before = made.read_bytes()
    facts = terminal.json("info", made)
    assert set(facts) == {"file", "schema", "written_by", "runs", "damage"}
    assert (facts["schema"], facts["damage"]) == (SCHEMA, [])
    assert [run["name"] for run in facts["runs"]] == ["A", "B", "C"]
    run = facts["runs"][1]
    assert (run["title"], run["epochs"], run["moments"]) == ("me@home", 10, list(range(0, 551, 55)))
    assert run["bookmarks"] == {"110": "before the fall", "165": "7"}
    assert (run["test_accuracy"], run["best_test_accuracy"], run["test_loss"]) == (0.5, 0.9, None)
    assert (run["parent"], run["network"], run["started"][10]) == ({"run": "A", "step": 110}, "3", "T")
    assert run["settings"] == TrainSpec(layers="3", epochs=10).as_dict()
    lines = terminal.lines("info", made)
    assert [line[:1] for line in lines[-4:-1]] == ["A", "B", "C"]
    assert lines[-3].endswith("3, from A at step 110")
    assert lines[-1] == "best: chosen on the test images, or on the validation images where a run holds some out"
    assert made.read_bytes() == before


def test_info_names_the_settings_that_were_changed_on_the_way(terminal):
    changes = {run["name"]: run["changes"] for run in terminal.json("info", BUNDLED)["runs"]}
    steps = [step for step, _ in changes["B"]["learning_rate"][1:]]
    assert changes["A"] == {} and len(steps) == 2
    words = f"learning rate 0.001 → 0.0004 (step {steps[0]:,}) → 0.0001 (step {steps[1]:,})"
    lines = [line.strip() for line in terminal.lines("info", BUNDLED)]
    assert lines[lines.index(words) - 1].startswith("B ")


def test_what_another_process_adds_while_it_is_read_is_not_seen_by_halves(made, monkeypatch):
    writer = run_through(open_store(made)).store
    runs = writer.load().runs
    reader = run_through(open_store(made, look_only=True)).store
    read = reading.rows

    def rows(database, table, spoilt, bounds):
        if table.name == "epochs" and "D" not in runs:
            runs["D"] = made_run("D")
            while not writer.write(Contents(runs)):
                pass
        return read(database, table, spoilt, bounds)

    monkeypatch.setattr(reading, "rows", rows)
    contents, again = reader.load(), reader.load()
    assert (list(contents.runs), contents.damage) == (["A", "B", "C"], [])
    assert (list(again.runs), again.damage) == (["A", "B", "C", "D"], [])
    reader.close()
    writer.close()
    assert is_sealed(made)


def test_who_only_reads_keeps_nobody_from_writing(made, monkeypatch):
    """Whoever tidies up behind reading has the lock meanwhile; a writer waits that long."""
    monkeypatch.setattr("engine.session.store.watch.PATIENCE", 1.0)  # the timer may be late
    reader = run_through(open_store(made, look_only=True)).store
    release = threading.Timer(0.03, reader.lock.release)
    assert reader.lock.take()
    release.start()
    opened = run_through(open_store(made))
    assert opened.read_only == ""
    release.join()
    opened.store.close()
    reader.close()
    assert files_in(made.parent) == {"home", made.name}


@pytest.mark.parametrize("sealed", [True, False])
def test_info_of_a_damaged_file_tells_what_can_be_read_a_sentence_and_status_1(made, sealed, capsys):
    content = bytearray(made.read_bytes())
    content[content.index(made_run("A", "no dropout").moments[110].weights[0].tobytes()) + 100] ^= 1
    made.write_bytes(content)
    if not sealed:
        unseal(made)
    assert run_wanted(parse(["info", str(made), "--json"])) == 1
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert len(facts["runs"]) == 3 and "the weights of run A at step 110" in facts["damage"]
    assert err.startswith(f"layerlight: {made.name} is damaged: ") and err.count("\n") == 1
