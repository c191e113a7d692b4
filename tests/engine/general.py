"""Networks of every kind of layers, with drawn weights, and pictures of them."""

from engine.session.session import Session
from tests.engine.trained import with_run

GENERAL = {
    "residual": "conv 16 5x5 stride 2, batchnorm, relu, maxpool, residual(conv 16, conv 16), global average, "
    "dense 64, dropout 0.3",
    "branches": "conv 8 3x3 valid dilation 2, depthwise 16 stride 2, layernorm, gelu, "
    "branches(conv 4 1x1 | conv 4 1x1, conv 8 5x5 | maxpool 3x3 stride 1 | identity), 32 elu, batchnorm, 16",
    "coloured": "resize 32x32, colour, conv 8 7x7 stride 2, batchnorm, relu, maxpool 3x3, "
    "residual(conv 16 stride 2, batchnorm, relu, conv 16, batchnorm | conv 16 1x1 stride 2), global max",
    "dense": "64, batchnorm, relu, 32, layernorm",
    "groups": "rescale 2 -1, conv 6 3x2 stride 2x1 valid silu, conv 4 1x1 groups 2 selu, avgpool 3x3 stride 2, "
    "relu6, 6 softplus, residual(6, 6 tanh) linear, 5",
    "none": "",
}  # fmt: skip


def with_general(session: Session, kind: str) -> Session:
    """Give the session a run of such a network."""
    return with_run(session, GENERAL[kind])
