"""Layerlight's engine: everything that trains, measures and answers. It imports no Qt and nothing of `gui`."""

import os

VERSION = "0.2.0"

PACKAGE = __name__.removesuffix("engine")  # begins the names of all modules: "layerlight." where installed, or nothing
COMMAND = PACKAGE.rstrip(".") or "main.py"  # what a person types
CHILD = "--child"  # begins the arguments of a child process, see engine/core/machine/beside.py

# What tells the libraries behind NumPy's and SciPy's products how many threads to take: always one, in this process and
# in its children. Which sums they form depends on that number, so the same seed would give another map when a person or
# a machine sets another one. TensorFlow has threads of its own. They read it when NumPy is imported, so it is set here,
# before any other module of the engine.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

for _name in ONE_THREAD:
    os.environ[_name] = "1"
