"""Layerlight's engine: everything that trains, measures and answers. It imports no Qt and nothing of `gui`."""

VERSION = "0.1.0"
