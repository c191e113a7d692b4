"""TensorFlow's device, and its set-up, once, before the first computation."""

import functools
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from engine.core.language import tr_plural
from engine.core.layers.kinds import Layers, is_convolutional
from engine.core.lazy import tf

type Choice = Literal["auto", "cpu"]  # `auto`: the first GPU that TensorFlow can use, otherwise the CPU

# NVIDIA's driver on Linux has a folder for each card here, with a file `information`.
NVIDIA_CARDS = Path("/proc/driver/nvidia/gpus")


class Device(NamedTuple):
    """The processor that networks run on. Its name is `CPU, 2 threads` or `GPU, NVIDIA H100`."""

    name: str
    is_gpu: bool
    place: str  # TensorFlow's name of it: `/device:GPU:0`

    def say(self) -> str:
        """Return the name in the language."""
        return self.name if self.is_gpu else tr_plural("CPU, {count:,} thread", "CPU, {count:,} threads", cores())

    def pays_xla(self, layers: Layers) -> bool:
        """Whether XLA makes training faster."""
        # On a CPU, it doubles the speed of dense networks and makes convolutions many times slower.
        return self.is_gpu or not is_convolutional(layers)

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which tensors, variables and compiled functions are placed on this device."""
        return tf.device(self.place)


def device(choice: Choice = "auto") -> Device:
    """Return the device for `choice`; the first call imports TensorFlow and sets it up."""
    gpu, processor = devices()
    return processor if choice == "cpu" or gpu is None else gpu


@functools.cache
def devices() -> tuple[Device | None, Device]:
    """Set up TensorFlow (deterministic, GPU memory on demand); return the GPU, if there is one, and the CPU."""
    gpus = tf.config.list_physical_devices("GPU")
    for card in gpus:
        tf.config.experimental.set_memory_growth(card, enable=True)
    tf.config.experimental.enable_op_determinism()
    gpu = None
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        gpu = Device(f"GPU, {details.get('device_name', 'unknown')}", is_gpu=True, place="/device:GPU:0")  # no text
    threads = "1 thread" if cores() == 1 else f"{cores():,} threads"  # no text
    return gpu, Device(f"CPU, {threads}", is_gpu=False, place="/device:CPU:0")  # no text


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def unused_card() -> str:
    """Return the name of an NVIDIA card that TensorFlow cannot use and that nobody has hidden; empty without one."""
    if device().is_gpu or os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return ""
    for information in sorted(NVIDIA_CARDS.glob("*/information")):
        for line in information.read_text("utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "Model":
                return value.strip()
    return ""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether TensorFlow or XLA failed to allocate memory on the device."""
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return True
    words = str(error).lower()
    return isinstance(error, tf.errors.OpError) and ("resource_exhausted" in words or "out of memory" in words)
