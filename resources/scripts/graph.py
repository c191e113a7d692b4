"""Show the computation graph of {settings.step_of}."""

import tensorflow as tf

# %% settings
from types import SimpleNamespace

settings = SimpleNamespace(of="warmup", step_of="one step of the warm-up", rows=28, columns=28, l2=0.0, smoothing=0.0,
                           is_plain=True)

# %%
if settings.of == "warmup":
    x = tf.Variable(tf.zeros((10, 10), tf.float64), name="x")
    squares = tf.Variable(tf.fill((10, 10), tf.constant(0.1, tf.float64)), name="memory")  # Adagrad's


    @tf.function
    def step(A):
        """Take one step of Adagrad towards the inverse of A."""
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.abs(x @ A - tf.eye(10, dtype=tf.float64)))
        gradient = tape.gradient(loss, x)
        squares.assign(squares + gradient * gradient)
        x.assign_add(-0.01 * gradient / tf.sqrt(squares))
        return loss


    # %%
    traced = step.get_concrete_function(tf.TensorSpec((10, 10), tf.float64))
elif settings.of == "network":
    # %% model
    from shared import model


    # %%
    @tf.function
    def answer(images):
        """Return the probabilities of the classes."""
        return tf.nn.softmax(model(images))


    # %%
    traced = answer.get_concrete_function(tf.TensorSpec((None, settings.rows, settings.columns)))
elif settings.of == "training":
    # %% model
    from shared import model
    # %% optimizer
    from shared import optimizer


    # %% loss_of
    from shared import loss_of


    # %%
    @tf.function
    def step(images, labels):
        """Take one step of training; return the loss of before."""
        settings.kernels = model.trainable_variables[::2]  # %% settings
        if settings.is_plain:
            variables = model.trainable_variables
        with tf.GradientTape() as tape:
            if settings.smoothing:
                logits = model(images, training=True)
                loss = tf.reduce_mean(loss_of(labels, logits))
                objective = tf.reduce_mean(loss_of(labels, logits, settings.smoothing))
            else:
                loss = objective = tf.reduce_mean(loss_of(labels, model(images, training=True)))
            if settings.l2:
                objective += settings.l2 * sum(tf.reduce_sum(tf.square(v)) for v in settings.kernels)
        gradients = tape.gradient(objective, variables)
        optimizer.apply(gradients, variables)  # the application leaves out the sum over replicas: IdentityN
        return loss


    # %%
    traced = step.get_concrete_function(tf.TensorSpec((None, settings.rows, settings.columns)), tf.TensorSpec((None,), tf.int32))
operations = traced.graph.get_operations()
for operation in operations:  # in the order in which they run
    inputs = ", ".join(f"{tensor.name} {tensor.shape}" for tensor in operation.inputs)
    print(f"{operation.type:24} {operation.name}  <-  {inputs or 'nothing'}")
edges = sum(len(operation.inputs) + len(operation.control_inputs) for operation in operations)
print(f"{len(operations)} operations, {edges} edges")

# %% drawing
import matplotlib.pyplot as plt

columns, places = {}, {}
for operation in operations:  # a column further to the right than all that it waits for
    column = 1 + max((places[tensor.op.name][0] for tensor in operation.inputs), default=-1)
    columns[column] = columns.get(column, 0) + 1
    places[operation.name] = column, -columns[column]
wide, high = len(columns), max(columns.values())
figure, place = plt.subplots(figsize=(2 + 1.6 * wide, 2 + 0.4 * high), layout="constrained")
for operation in operations:
    for tensor in operation.inputs:
        (x, y), (end_x, end_y) = places[tensor.op.name], places[operation.name]
        place.annotate("", (end_x, end_y), (x, y), arrowprops={"arrowstyle": "->", "color": "silver"})
    place.text(*places[operation.name], operation.type, ha="center", va="center", fontsize=7)
place.set(xlim=(-0.7, wide - 0.3), ylim=(-high - 0.7, -0.3))
place.axis("off")
plt.savefig("graph-result.png", dpi=150)
plt.show()
