"""What a command refuses: its words, and a part of the sentence. Nothing is made, and what is there stays as it is."""

import pytest

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError

REFUSED = """
activations --dataset sample --image 1000 | There is no test image 1,000; the last is 999.
code warmup --set rate=3 | “rate=3” is not a setting of warmup
code warmup --set size | “size” is not a setting of warmup
code warmup --set size=1 | Size must be between
code ideal --set neurons=a | are not neurons
code draw --set neurons=1 | is not a setting of draw
code mistakes --dataset {stripes} | is not what this network reads
compare A B --dataset sample --match | different layers
compare A B --dataset sample --road | different layers
compare A Z --dataset sample | There is no run Z
data --dataset {stripes} --classes 9 | “9” is not a class
export --session {made} --keras model.h5 | does not end in .keras
export --session {made} --savedmodel . | is there already
export --session {made} --savedmodel gone/model | there is no folder
export --session {made} --weights model.safetensors | another kind of file than .npz
film ideal --out a.avi | a.avi does not end in .webp, .gif or .mp4.
film ideal --from last --out a.webp | A film needs two snapshots at least
film ideal --from e9999 --out a.webp | has no snapshot e9999
film ideal --out gone/a.webp | there is no folder
fingerprints --dataset sample --run A --layer 2 --out f.npz | Run A has no hidden layer 2: there is only one
fingerprints --dataset sample --run A --layer 0 --out f.npz | Run A has no hidden layer 0
fingerprints --dataset sample --run A --picture picture.jpg | does not end in .png
fingerprints --dataset /nowhere.npz --run A --out f.npz | nowhere.npz
graph --of warmup --out graph.pdf | does not end in
ideal --objective neuron --neurons 300 | no hidden neuron 300 in layer 1
ideal --objective neuron | No neuron is chosen
ideal --steps 1 --picture out.jpg | does not end in .png
map --session {made} --dataset {stripes} --out map.csv | does not end in .npz
map --session {made} --dataset {stripes} --layer 0 --out map.npz | no layer 0
map --session {made} --dataset {stripes} --moment 8 --out map.npz | no snapshot 8
map --session {made} --dataset sample --out map.npz | is not what this network reads
notebook --dataset sample --out none/s.ipynb | there is no folder
notebook --dataset sample --out s.txt | ends in neither
reproduce descent --seeds 0 | between 1 and 20 seeds
reproduce descent --seed 1..30 | between 1 and 20 seeds
reproduce descent --seed winks | Seed must be a whole number
sweep --session s.layerlight --over seed=1..2 --on 0 | between 1 and 1024 processes
sweep --session s.layerlight --over seed=1..2 --on nowhere | no place to train
sweep --session s.layerlight --over speed=1..2 | no setting with its values
sweep --session s.layerlight --over seed=1 --over seed=2 | over seed twice
sweep --session s.layerlight --over seed=1 --dataset gone.npz | gone.npz
sweep --session s.layerlight --resume | no sweep to go on with
train --dataset {stripes} --session new.layerlight --classes x | “x” is not a class of these data
train --dataset {stripes} --session new.layerlight --resume A | There is no file
train --dataset {stripes} --session none/new.layerlight | There is no folder
train --dataset {stripes} --session . | is a folder
train --dataset {stripes} --session {stripes} | no Layerlight session
train --dataset {stripes} --session {too_long} | cannot be read: file name too long
train --dataset {stripes} --session {long} | cannot be written
train --split speed=3 | no setting with its value
train --split dropout=1 | Dropout must be between 0 and
warmup --optimizer sgd --loss squared --learning-rate 10 | no matrix of numbers any more. Choose a smaller
weights --session {made} --layer 3 --json | Run C has no layer 3
weights --session {made} --against e77 --json | has no snapshot e77
"""

WRONG_USAGE = """
classify | IMAGE
classify a.png --network blog --session a | --network
code nothing | warmup
data --wrong-labels 2 | between 0 and
export --session a.layerlight | name at least one
figure nowhere --out a.png | invalid choice
figure map --out a.png --size 9x9 | “9x9” is no size
figure map | --out
film fingerprints --penalty l2 --out a.webp | --penalty is of use only with ideal
film ideal --look dark --out a.webp | --look is of use only with a tab
film nonsense --out a.webp | invalid choice
film ideal --neurons 3 --out a.webp | only with --objective neuron
film ideal --frames 1 --out a.webp | between 2 and 1,000
fingerprints --silence 3 | --out and --picture
graph --of cat --out x.svg | invalid choice
graph --of warmup --out x.svg --open --closed | not allowed with
graph --of warmup --out x.svg --run A | it has no network
ideal --neurons 3 | --neurons is of use only with --objective neuron
ideal --neurons three | whole numbers with commas
info a.layerlight --dataset sample | of no use with a file
map | --out
mistakes --worst -1 | “-1” is not a number of images
reproduce --seeds 1 --seed 3 | not allowed with
sweep --session s.layerlight | --over is missing
sweep --session s.layerlight --resume --over seed=1..2 | --resume: the sweep goes on with its own
sweep --session s.layerlight --resume --seed 3 | --resume: the sweep goes on with its own
train --preset blog --resume A | --preset and --resume
warmup --optimizer newton | Optimiser must be one of adagrad, sgd, adam
warmup --size 1 | Size must be between 2 and 100, not 1.
weights | name at least one of --out and --json
weights --layer 0 --json | 0 is not the number of a layer
"""


def rows(table):
    return [tuple(part.strip() for part in line.split(" | ")) for line in table.strip().splitlines()]


@pytest.fixture
def words_in(made, stripes_file, tmp_path, monkeypatch):
    """Put the words of a command together, in an empty folder; nothing in it or beside it changes."""
    (here := tmp_path / "here").mkdir()
    monkeypatch.chdir(here)
    before = made.read_bytes()

    def words(line):
        return line.format(made=made, stripes=stripes_file, long="n" * 253, too_long="n" * 300).split()

    yield words
    assert made.read_bytes() == before and not list(here.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"home", "here", made.name, stripes_file.name}


@pytest.mark.parametrize(("line", "sentence"), rows(REFUSED))
def test_what_cannot_be_done_is_refused_in_a_sentence(words_in, line, sentence):
    with pytest.raises(UserError) as refused:
        run_wanted(parse(words_in(line)))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("line", "sentence"), rows(WRONG_USAGE))
def test_wrong_usage_is_status_2_and_says_what_is_wrong(words_in, line, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        run_wanted(parse(words_in(line)))
    error = capsys.readouterr().err
    assert ended.value.code == 2 and error.startswith("usage: main.py") and sentence in error
