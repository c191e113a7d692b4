"""The command `gpu-report`: what a graphics card does for Layerlight, measured by the owner of one."""

from engine.cli.bench import bench_command
from engine.cli.parts.command import command
from engine.cli.parts.which import Dataset
from engine.core.language import mark


@command(150, mark("what a graphics card does for it, as a file gpu-report.md to send"))
def gpu_report_command(*, dataset: Dataset = None, rounds: int = 5) -> int:
    """Measure a graphics card beside the CPU and keras.fit, and write gpu-report.md: half an hour.

    rounds N: how often each is timed
    """
    return bench_command.function(benches=("card",), dataset=dataset, rounds=rounds)  # type: ignore[return-value]
