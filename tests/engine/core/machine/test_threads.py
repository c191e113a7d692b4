"""What NumPy computes is the same to the last bit, whatever number of threads the surroundings ask for."""

import os
import subprocess
import sys
from pathlib import Path

from made_sessions import ROOT

RESULTS = """
from engine.analysis.mapping.pca import principal
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.mapping.tsne import nearest, tsne
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.model.network.model import initial_weights
from engine.model.network.plain import plain_forward
import numpy as np  # to which the engine gives one thread

generator = np.random.default_rng(1)
vectors = generator.normal(size=(1000, 300)).astype(np.float32)
wide = generator.normal(size=(600, 700)).astype(np.float32)
plan = TrainSpec(layers="conv 8, conv 16, 64").plan((28, 28), 10)
weights = initial_weights(plan.weights, "he", 1)
*_, last = tsne(vectors[:120, :40], MapSpec(method="tsne", iterations=60, perplexity=15))
print(last.points.tobytes().hex())
print(*(array.tobytes().hex() for array in run_through(nearest(vectors, 30))))
for each, rows in ((run_through(principal(rows)), rows) for rows in (vectors, wide)):
    print(each.axes.tobytes().hex(), each.place(rows).tobytes().hex())
hidden, logits = plain_forward(plan, weights, wide[:28, :28])
print(*(array.tobytes().hex() for array in (*hidden, logits)))

import scipy.linalg
from threadpoolctl import threadpool_info
print("threads:", *{each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"})
"""


def surroundings(threads):
    """An environment that asks for this number of threads, and where OpenBLAS can for the code that shares out most.

    With that of Haswell the sums of nearly every product depend on the number of threads; with newer ones of few.
    """
    asked = {name: str(threads) for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")}
    cpu = Path("/proc/cpuinfo")
    if cpu.exists() and " avx2 " in cpu.read_text():
        asked["OPENBLAS_CORETYPE"] = "Haswell"
    return {**os.environ, **asked}


def printed(environment):
    return subprocess.run(
        [sys.executable, "-c", RESULTS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_the_number_of_threads_changes_no_bit_and_every_product_takes_one():
    alone, eight = (printed(surroundings(threads)) for threads in (1, 8))
    assert len(alone) == 6
    assert alone == eight, "more threads change a bit"
    assert {*alone[-1].split()[1:]} <= {"1"}, "nor does another program's number of threads take effect"
