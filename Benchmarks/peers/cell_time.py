"""Times one step of recurrent cells: ONNX Runtime and Sparrow, taken in turns.

As in step_time.py, all variants of a shape run once in every round, and what is compared is the ratio
within a round. The operators are ONNX's own LSTM and GRU over one step, with the state handed on
through bound buffers; int8 is what onnxruntime.quantization makes of an LSTM (DynamicQuantizeLSTM: bytes
with one scale a matrix). It makes nothing of a GRU, so Sparrow's is compared with the one in fp32.

--events compares an event-based GRU of Sparrow's, most of whose weights and units are zero, with dense
LSTMs and GRUs of the same width and number of layers.
"""

import one_thread  # noqa: F401  (first: it sets what libraries read as they load)

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

import step_time
from onnx_s5 import IR_VERSION, OPSET
from onnx_session import single_thread_session
from step_time import OnnxStepper, ratio_table, sparrow_times, take_turns, time_table

# The largest cells take a millisecond: a sample has to fit between two switches of the processor.
step_time.STEPS_PER_SAMPLE = 2

GATES = {"LSTM": 4, "GRU": 3}
WEIGHTS = "single bfloat16 int8"


def cell_model(kind: str, units: int, layers: int = 1) -> onnx.ModelProto:
    """One step: frame and states in, output and states out; all inputs and units alike in number."""
    random = np.random.default_rng(1)
    rows, bound = GATES[kind] * units, units**-0.5
    state_names = ["h", "c"] if kind == "LSTM" else ["h"]
    attributes = {} if kind == "LSTM" else {"linear_before_reset": 1}
    nodes, constants, old, new = [], [], [], []

    def value(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    shape = [1, 1, units]
    frame = "x"
    constants.append(numpy_helper.from_array(np.array([1, 1, units]), "shape"))
    for layer in range(layers):
        for name, *size in [("W", 1, rows, units), ("R", 1, rows, units), ("B", 1, 2 * rows)]:
            weights = random.uniform(-bound, bound, size).astype(np.float32)
            constants.append(numpy_helper.from_array(weights, f"{name}{layer}"))
        states = [f"{name}{layer}" for name in state_names]
        old += states
        new += [f"new_{name}" for name in states]
        operands = [frame, *(f"{name}{layer}" for name in "WRB"), "", *states]
        results = [f"y{layer}", *(f"new_{name}" for name in states)]
        nodes.append(helper.make_node(kind, operands, results, hidden_size=units, **attributes))
        frame = f"x{layer + 1}"
        nodes.append(helper.make_node("Reshape", [f"y{layer}", "shape"], [frame]))
    graph = helper.make_graph(
        nodes, kind, [value("x", shape), *(value(name, shape) for name in old)],
        [value(frame, shape), *(value(name, shape) for name in new)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def quantized(model: onnx.ModelProto) -> bytes:
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        onnx.save(model, source)
        quantize_dynamic(source, target, weight_type=QuantType.QInt8, op_types_to_quantize=["LSTM"])
        return target.read_bytes()


def onnx_contestant(name: str, model: bytes, seconds: float):
    stepper = OnnxStepper(single_thread_session(model))
    return lambda: {name: stepper.microseconds(seconds)}


def dense_contestants(kind: str, units: int, seconds: float, sparrow: Path | None):
    model = cell_model(kind, units)
    result = [onnx_contestant("onnxruntime fp32", model.SerializeToString(), seconds)]
    if kind == "LSTM":
        result.append(onnx_contestant("onnxruntime int8", quantized(model), seconds))
    if sparrow:
        command = f"{sparrow} cell --cell {kind.lower()} --units {units} --weights {WEIGHTS} --rounds 100 --json"
        result.append(lambda: sparrow_times(command))
    return result


def event_contestants(units: int, arguments: argparse.Namespace):
    """Two layers each: dense LSTM and GRU, and the event-based GRU with zeros on both sides."""
    result = [
        onnx_contestant(f"onnxruntime {kind}", cell_model(kind, units, layers=2).SerializeToString(),
                        arguments.seconds)
        for kind in GATES
    ]
    result.append(onnx_contestant("onnxruntime int8 LSTM", quantized(cell_model("LSTM", units, layers=2)),
                                  arguments.seconds))
    if arguments.sparrow:
        command = (f"{arguments.sparrow} cell --cell eventGRU --units {units} --layers 2 --sparsity 0.9 "
                   f"--activity {arguments.activity} --weights single int8 --rounds 100 --json")
        result.append(lambda: sparrow_times(command))
    return result


def report(results, sparrow: Path | None) -> None:
    print(time_table(results))
    if sparrow:
        print("\n" + ratio_table(results))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--units", metavar="LIST", help="128,256,512,1024; with --events 650,1350")
    parser.add_argument("--events", action="store_true", help="event-based GRUs against dense cells")
    parser.add_argument("--activity", type=float, default=0.12, help="share of units that send")
    parser.add_argument("--sparrow", type=Path, metavar="BINARY", help="Sparrow's benchmarks, from `make bench`")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="length of one turn of ONNX Runtime")
    arguments = parser.parse_args()
    units = [int(part) for part in
             (arguments.units or ("650,1350" if arguments.events else "128,256,512,1024")).split(",")]
    if arguments.events:
        report({f"2 × {n}": take_turns(event_contestants(n, arguments), arguments.rounds) for n in units},
               arguments.sparrow)
        return
    for kind in GATES:
        report({f"{kind} {n}": take_turns(dense_contestants(kind, n, arguments.seconds, arguments.sparrow),
                                         arguments.rounds) for n in units}, arguments.sparrow)
        print()


if __name__ == "__main__":
    main()
