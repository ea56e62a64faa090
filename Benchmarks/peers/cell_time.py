"""Times one step of an LSTM and a GRU: ONNX Runtime (fp32) and Sparrow, taken in turns.

As in step_time.py, all variants of a shape run once in every round, and what is compared is the ratio
within a round. The operators are ONNX's own LSTM and GRU over one step, with the state handed on
through bound buffers.
"""

import one_thread  # noqa: F401  (first: it sets what libraries read as they load)

import argparse
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from onnx_s5 import IR_VERSION, OPSET
from onnx_session import single_thread_session
from step_time import OnnxStepper, ratio_table, sparrow_times, take_turns, time_table

GATES = {"LSTM": 4, "GRU": 3}


def cell_model(kind: str, units: int) -> onnx.ModelProto:
    """One step: frame and states in, output and states out; all inputs and units alike in number."""
    random = np.random.default_rng(1)
    rows, bound = GATES[kind] * units, units**-0.5

    def weights(name, *shape):
        return numpy_helper.from_array(random.uniform(-bound, bound, shape).astype(np.float32), name)

    states = ["h", "c"] if kind == "LSTM" else ["h"]
    shape = [1, 1, units]

    def value(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    attributes = {} if kind == "LSTM" else {"linear_before_reset": 1}
    node = helper.make_node(kind, ["x", "W", "R", "B", "", *states], ["y", *(f"new_{s}" for s in states)],
                            hidden_size=units, **attributes)
    graph = helper.make_graph(
        [node], kind, [value("x", shape), *(value(s, shape) for s in states)],
        [value("y", [1, *shape]), *(value(f"new_{s}", shape) for s in states)],
        [weights("W", 1, rows, units), weights("R", 1, rows, units), weights("B", 1, 2 * rows)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def contestants(kind: str, units: int, seconds: float, sparrow: Path | None):
    stepper = OnnxStepper(single_thread_session(cell_model(kind, units).SerializeToString()))
    result = [lambda: {"onnxruntime fp32": stepper.microseconds(seconds)}]
    if sparrow:
        command = f"{sparrow} cell --cell {kind.lower()} --units {units} --json"
        result.append(lambda: sparrow_times(command))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--units", default="128,256,512,1024", metavar="LIST")
    parser.add_argument("--sparrow", type=Path, metavar="BINARY", help="Sparrow's benchmarks, from `make bench`")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="length of one turn of ONNX Runtime")
    arguments = parser.parse_args()
    results = {}
    for kind in GATES:
        for units in map(int, arguments.units.split(",")):
            turns = contestants(kind, units, arguments.seconds, arguments.sparrow)
            results[f"{kind} {units}"] = take_turns(turns, arguments.rounds)
    print(time_table(results))
    if arguments.sparrow:
        print("\n" + ratio_table(results))


if __name__ == "__main__":
    main()
