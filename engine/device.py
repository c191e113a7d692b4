"""What TensorFlow computes on, and how it is set up: once, before the first computation."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

from engine.lazy import tf
from engine.specs import ConvLayer, TrainSpec


@dataclass(frozen=True, slots=True)
class Device:
    """The processor that networks live on. `name` is for people: `CPU, 2 threads` or `GPU, NVIDIA H100`."""

    name: str
    is_gpu: bool

    def pays_xla(self, spec: TrainSpec) -> bool:
        """Whether XLA makes training faster: it doubles dense networks on a CPU and ruins convolutions there."""
        return self.is_gpu or not any(isinstance(layer, ConvLayer) for layer in spec.hidden)


@functools.cache
def device() -> Device:
    """Set TensorFlow up (reproducible, no memory grabbed in advance) and return the device; imports TensorFlow."""
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, enable=True)
    tf.config.experimental.enable_op_determinism()
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return Device(f"GPU, {details.get('device_name', 'unknown')}", is_gpu=True)
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Device(f"CPU, {threads} thread{'s' if threads != 1 else ''}", is_gpu=False)
