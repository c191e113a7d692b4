"""A run's network as a file of another program: Keras, TensorFlow, ONNX, NumPy, safetensors.

Each takes images (n, rows, columns) of float32, 0 to 1, and gives logits (n, classes).
"""
