"""Two logical CPUs, of which the second passes for a GPU: prints where things lie there, and what runs give."""

import json

import numpy as np
from conftest import stripes
from made_sessions import dataset_of

import engine.core.machine.device
from engine.core.lazy import tf
from engine.core.machine.device import Device, device
from engine.core.specs import TrainSpec
from engine.model.training.learner import Learner
from engine.model.training.messages import EpochDone
from engine.model.training.tensors import tensors_of
from engine.session.jobs.train import train
from engine.session.session import Session

SPEC = TrainSpec(layers="12", batch=20, epochs=1, optimizer="adam")


def main():
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    first, second = device("cpu"), Device("second", is_gpu=True, place="/device:CPU:1")
    engine.core.machine.device.devices = lambda: (second, first)
    Device.pays_xla = lambda *_: False  # it would compile for seconds
    results = {"places": {}, "histories": {}, "kinds": []}
    data = dataset_of("Stripes", *stripes(240, seed=1), *stripes(90, seed=2), "abcd")
    for choice in ("auto", "cpu"):
        done = [each for each in train(Session(data), SPEC, on=choice) if isinstance(each, EpochDone)]
        results["histories"][choice] = [(each.train_loss, each.test_loss) for each in done]
        tensors = tensors_of(data, device(choice))
        learner = Learner(SPEC, tensors, 4, device(choice))
        given = [tensor for tensor in tensors if tensor is not None]  # no validation images
        given.append(learner.order(np.arange(240).reshape(12, 20)))
        learned = [*learner.model.variables, *learner.optimizer.variables]
        results["places"][choice] = sorted({each.device[-5:] for each in [*given, *(each.value for each in learned)]})
        results["kinds"] = sorted({each.dtype.name for each in given})
    print(json.dumps(results))


main()
