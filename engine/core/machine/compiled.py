"""Functions that TensorFlow traces once for each kind of arguments, and that XLA may compile."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from engine.core.lazy import tf

# The number of functions after which the programs of XLA are released. They take 2 to 3 MB each.
MOST_KEPT = 16

# TensorFlow keeps every program that XLA has compiled for the CPU until the process ends, also those of functions that
# are gone, and offers nothing to remove one (its issue 64170). They belong to one resource, which can be destroyed by
# its name and its C++ type: the mangled name, and the 64-bit hash that TensorFlow computes of it. Where a compiler
# mangles otherwise, on Windows, there is no such resource, and all programs stay.
PLACE, CONTAINER, NAME = "/job:localhost/replica:0/task:0/device:CPU:0", "localhost", "xla_device_compiler"
TYPE = "N10tensorflow14DeviceCompilerIN3xla15LocalExecutableENS1_11LocalClientEEE"
TYPE_HASH = 0x6B406BD7CBE180FF

_numbers = itertools.count(1)


def compiled(
    function: Callable[..., Any], signature: Sequence[Any] | None = None, *, xla: bool = True, **options: Any
) -> Any:
    """Return a `tf.function` without AutoGraph, compiled by XLA or not, at its first call.

    Each `MOST_KEPT`th one for XLA first releases the programs of all earlier ones: those that are still in use are
    compiled again at their next call.
    """
    if xla and not next(_numbers) % MOST_KEPT:
        release_programs()
    return tf.function(function, signature, jit_compile=xla, autograph=False, **options)


def release_programs() -> None:
    """Release what XLA has compiled for the CPU so far."""
    tf.raw_ops.DestroyResourceOp(resource=programs(), ignore_lookup_error=True)


def programs() -> Any:
    """Return a tensor that refers to what XLA has compiled for the CPU."""
    reference = tf.compat.v1.AttrValue().tensor  # an empty message of this type, which has no public name
    reference.dtype = tf.resource.as_datatype_enum
    reference.tensor_shape.SetInParent()
    reference.resource_handle_val.add(
        device=PLACE, container=CONTAINER, name=NAME, hash_code=TYPE_HASH, maybe_type_name=TYPE
    )
    return tf.raw_ops.ParseTensor(serialized=reference.SerializeToString(), out_type=tf.resource)
