"""Builds the S5 network as an ONNX graph of one step, the way ONNX Runtime runs it fastest.

Inputs are a frame [1, inputs] and one state [2, P] a layer (rows: real, imaginary part); outputs
are a frame [1, outputs] and the new states. BatchNorm is folded away, the complex matrices are
single real ones, and the diagonal recurrence is three elementwise operations and one addition.
Every graph is compared with the same step in NumPy before it is written.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

import s5_parameters
from onnx_session import single_thread_session
from s5_parameters import Parameters, Shape

OPSET = 20
IR_VERSION = 10
TOLERANCE = 1e-4


class GraphBuilder:
    """Collects nodes and constants; every method gives the name of its result."""

    def __init__(self):
        self._nodes = []
        self._constants = []

    def constant(self, array: np.ndarray) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator: str, *inputs: str, name: str | None = None, **attributes) -> str:
        name = name or f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def dense(self, x: str, weight: np.ndarray, bias: np.ndarray, name: str | None = None) -> str:
        """x Wᵀ + b, W stored transposed so that the product reads its rows in order."""
        return self.node("Gemm", x, self.constant(weight.T), self.constant(bias), name=name)

    def model(self, inputs: dict[str, list[int]], outputs: dict[str, list[int]]) -> onnx.ModelProto:
        def values(shapes):
            return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                    for name, shape in shapes.items()]

        graph = helper.make_graph(
            self._nodes, "s5_step", values(inputs), values(outputs), self._constants
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        onnx.checker.check_model(model, full_check=True)
        return model


def build_model(folded: Parameters, shape: Shape, relufied: bool = False) -> onnx.ModelProto:
    """The graph of one step with the given folded parameters (see s5_parameters)."""
    graph = GraphBuilder()
    inputs = {"frame": [1, shape.inputs]}
    outputs = {"output": [1, shape.outputs]}

    x = graph.dense("frame", folded["encoder.weight"], folded["encoder.bias"])
    if relufied:
        x = graph.node("Relu", x)
    for layer in range(shape.layers):
        inputs[f"state_{layer}"] = outputs[f"new_state_{layer}"] = [2, shape.states]
        prefix = f"layers.{layer}."
        array = {name.removeprefix(prefix): value
                 for name, value in folded.items() if name.startswith(prefix)}
        x = add_layer(graph, x, layer, array, relufied)
    graph.dense(x, folded["decoder.weight"], folded["decoder.bias"], name="output")
    return graph.model(inputs, outputs)


def add_layer(graph: GraphBuilder, x: str, layer: int, array: Parameters, relufied: bool) -> str:
    """Recurrence, activation, gate and residual sum of one layer."""
    state = add_recurrence(graph, x, layer, array)
    if relufied:
        state = gate_by_real_part(graph, state)
    stacked = graph.node("Reshape", state, graph.constant(np.array([1, -1])))
    y = graph.dense(stacked, array["C"], array["C.bias"])
    y = graph.node("Add", y, graph.node("Mul", x, graph.constant(array["D"])))
    y = graph.node("Relu", y) if relufied else graph.node("Gelu", y, approximate="tanh")

    gate = graph.node("Sigmoid", graph.dense(y, array["gate.weight"], array["gate.bias"]))
    x = graph.node("Add", graph.node("Mul", y, gate), x)
    return graph.node("Relu", x) if relufied else x


def add_recurrence(graph: GraphBuilder, x: str, layer: int, array: Parameters) -> str:
    """state' = A · state + B x, the complex product as [re, im]·Re A + [im, re]·[-Im A, Im A]."""
    a_re, a_im = array["A"]
    old = f"state_{layer}"
    swapped = graph.node("Gather", old, graph.constant(np.array([1, 0])), axis=0)
    kept = graph.node(
        "Add",
        graph.node("Mul", old, graph.constant(a_re)),
        graph.node("Mul", swapped, graph.constant(np.stack([-a_im, a_im]))),
    )
    driven = graph.dense(x, array["B"], array["B.bias"])
    driven = graph.node("Reshape", driven, graph.constant(np.array([2, -1])))
    return graph.node("Add", kept, driven, name=f"new_state_{layer}")


def gate_by_real_part(graph: GraphBuilder, state: str) -> str:
    """The complex ReLU: both parts pass where the real one is positive."""
    real = graph.node("Gather", state, graph.constant(np.array([0])), axis=0)
    positive = graph.node("Greater", real, graph.constant(np.float32(0)))
    return graph.node("Mul", state, graph.node("Cast", positive, to=TensorProto.FLOAT))


def quantize(model: onnx.ModelProto) -> bytes:
    """ONNX Runtime's dynamic int8: weights once, activations anew in every step.

    One scale a matrix: a scale a row is slower here.
    """
    with TemporaryDirectory() as folder:
        source, prepared, target = (Path(folder, name) for name in ("source", "prepared", "target"))
        onnx.save(model, source)
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        quantize_dynamic(prepared, target, weight_type=QuantType.QInt8)
        return target.read_bytes()


def largest_error(
    model: onnx.ModelProto, folded: Parameters, shape: Shape, relufied: bool, step_count: int = 50
) -> float:
    """Runs graph and NumPy step side by side; the largest difference, relative to the largest output."""
    session = single_thread_session(model.SerializeToString())
    random = np.random.default_rng(1)
    states = [np.zeros((2, shape.states), np.float32) for _ in range(shape.layers)]
    expected_states = states
    error = peak = 0.0
    for _ in range(step_count):
        frame = random.standard_normal(shape.inputs).astype(np.float32)
        feed = {"frame": frame[None]} | {f"state_{i}": state for i, state in enumerate(states)}
        output, *states = session.run(None, feed)
        expected, expected_states = s5_parameters.step(folded, frame, expected_states, relufied)
        error = max(error, float(np.abs(output[0] - expected).max()))
        peak = max(peak, float(np.abs(expected).max()))
    return error / peak


def checked_model(trained: Parameters, relufied: bool = False) -> onnx.ModelProto:
    """Folds, builds and compares with NumPy; raises if the two differ."""
    shape, folded = Shape.of(trained), s5_parameters.fold(trained)
    model = build_model(folded, shape, relufied)
    error = largest_error(model, folded, shape, relufied)
    if error > TOLERANCE:
        raise RuntimeError(f"the graph differs from NumPy by {error:.2g}; expected at most {TOLERANCE:g}")
    return model


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", type=Path, metavar="FILE",
                        help="safetensors file with trained parameters, named as in s5_parameters.py; "
                             "without it, random ones of the shape below")
    parser.add_argument("--k", type=float, help="width scale, in place of --width and --states")
    parser.add_argument("--width", type=int, default=192, metavar="H")
    parser.add_argument("--states", type=int, default=128, metavar="P", help="complex states")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--inputs", type=int, default=257)
    parser.add_argument("--outputs", type=int, default=257)
    parser.add_argument("--relufied", action="store_true", help="ReLU at the four sites of the sparse network")
    parser.add_argument("--int8", type=Path, metavar="FILE", help="also write the dynamically quantised model")
    parser.add_argument("output", type=Path, metavar="OUTPUT.onnx")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if arguments.model:
        trained = s5_parameters.read_parameters(arguments.model)
    else:
        shape = Shape.scaled(arguments.k) if arguments.k else Shape(arguments.width, arguments.states)
        shape = replace(
            shape, layers=arguments.layers, inputs=arguments.inputs, outputs=arguments.outputs
        )
        trained = s5_parameters.random_parameters(shape)
    model = checked_model(trained, arguments.relufied)
    onnx.save(model, arguments.output)
    if arguments.int8:
        arguments.int8.write_bytes(quantize(model))


if __name__ == "__main__":
    main()
