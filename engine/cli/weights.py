"""The command `weights`: each neuron's incoming weights as a picture, for NumPy, and in figures."""

from typing import Annotated

from engine.cli.parts.command import Answer, Place, Row, UsageError, attributes, command, saved
from engine.cli.parts.which import Layer, OfMoment, which
from engine.core.language import mark, tr
from engine.core.lens import Lens
from engine.core.messages import answer, run_through


@command(70, mark("each neuron's incoming weights as a picture"))
def weights_command(
    *,
    of: OfMoment,
    layer: Layer = 1,
    inputs: bool = False,
    against: str | None = None,
    out: Place | None = None,
    json: Annotated[bool, "print one JSON object per neuron"] = False,
) -> Answer:
    """Write what leads into each neuron of a layer as pictures: a dense layer's weights over the pixels, behind other
    dense layers their product through to the pixels; a convolution's kernels, averaged over the feature maps that it
    reads. Where a normalisation or a block lies between, they are the weights over what the layer reads.

    layer N: which layer, from 1; the last are the classes (default: 1)
    inputs: of a dense layer behind another: its weights over the neurons before, instead of the product; of a
        convolution behind another: each of its kernels, instead of their mean
    against SNAPSHOT: less the weights of this snapshot of the run
    out OUT.npz: arrays pictures (neurons, rows, columns), biases, outgoing (neurons, classes), norms for numpy.load
    """
    if not out and not json:
        raise UsageError(tr("weights: name at least one of --out and --json"))
    from engine.analysis.probes.weight_pictures import WeightPictures, neuron_figures, weight_pictures
    from engine.session.jobs.export import export_arrays
    from engine.session.named import step_called

    with which(of) as (session, run, step):
        before = None if against is None else step_called(run, against)
        job = weight_pictures(session, Lens(run.name, step), layer - 1, "inputs" if inputs else "pixels", before)
        pictures = answer(job, WeightPictures)
        if out:
            names = ("pictures", "biases", "outgoing", "norms", "layer", "step", "meaning")
            run_through(export_arrays(session, attributes(pictures, *names) | {"layer": pictures.layer + 1}, out))
            yield saved(out)
        yield from (Row(facts, None) for facts in neuron_figures(pictures))
