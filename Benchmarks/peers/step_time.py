"""Times one step of the S5 network: ONNX Runtime (fp32, dynamic int8) and Sparrow, taken in turns.

A machine's clock and its neighbours change from minute to minute, so all variants of a shape run
once in every round, one after the other, and what is compared is the ratio within a round. ONNX
Runtime gets one thread, all graph optimisations, and bound buffers: the state goes from one step to
the next without a copy.
"""

import argparse
import json
import shlex
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnxruntime import InferenceSession, IOBinding, OrtValue

from markdown_table import markdown
from onnx_s5 import IR_VERSION, OPSET, checked_model, quantize
from onnx_session import single_thread_session
from s5_parameters import Shape, random_parameters

SPARROW_COMMAND = (
    "{sparrow} step --width {width} --states {states} --layers {layers} "
    "--inputs {inputs} --outputs {outputs} --json"
)
STEPS_PER_SAMPLE = 8
"""Few, so that another process seldom cuts into a sample and the median is of samples it did not."""

Times = dict[str, float]
"""Median microseconds a step, by the name of the variant."""


class OnnxStepper:
    """A session whose states alternate between two sets of buffers: read one, write the other."""

    def __init__(self, session: InferenceSession):
        self._session = session
        frame, *states = session.get_inputs()
        output, *new_states = session.get_outputs()
        random = np.random.default_rng(0)
        self._frame = OrtValue.ortvalue_from_numpy(random.random(frame.shape, dtype=np.float32))
        self._output = zeros(output.shape)
        even = [zeros(state.shape) for state in states]
        odd = [zeros(state.shape) for state in states]
        self._bindings = [
            self._bind(frame, output, states, new_states, even, odd),
            self._bind(frame, output, states, new_states, odd, even),
        ]

    def _bind(self, frame, output, states, new_states, read, written) -> IOBinding:
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(frame.name, self._frame)
        binding.bind_ortvalue_output(output.name, self._output)
        for state, buffer in zip(states, read, strict=True):
            binding.bind_ortvalue_input(state.name, buffer)
        for state, buffer in zip(new_states, written, strict=True):
            binding.bind_ortvalue_output(state.name, buffer)
        return binding

    def run(self, step_count: int) -> None:
        run, (first, second) = self._session.run_with_iobinding, self._bindings
        for _ in range(step_count // 2):
            run(first)
            run(second)

    def microseconds(self, seconds: float) -> float:
        """Median over samples taken for `seconds`, after warming the caches for a tenth of that."""
        self._samples(seconds / 10)
        return median(self._samples(seconds))

    def _samples(self, seconds: float) -> list[float]:
        samples = []
        end = perf_counter() + seconds
        while not samples or perf_counter() < end:
            start = perf_counter()
            self.run(STEPS_PER_SAMPLE)
            samples.append((perf_counter() - start) * 1e6 / STEPS_PER_SAMPLE)
        return samples


def zeros(shape: list[int]) -> OrtValue:
    return OrtValue.ortvalue_from_numpy(np.zeros(shape, dtype=np.float32))


def empty_model() -> onnx.ModelProto:
    """Copies one number: what is left of its time is the cost of a call."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "empty", *([end] for end in ends))
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


def sparrow_times(command: str) -> Times:
    """Runs Sparrow's benchmark, which prints {"microseconds": {"VARIANT": median of a step, …}}."""
    run = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True, check=True)
    return {f"sparrow {name}": value for name, value in json.loads(run.stdout)["microseconds"].items()}


def onnx_contestant(name: str, model: bytes, seconds: float) -> Callable[[], Times]:
    stepper = OnnxStepper(single_thread_session(model))
    return lambda: {name: stepper.microseconds(seconds)}


def contestants(shape: Shape, seconds: float, command: str | None) -> list[Callable[[], Times]]:
    """What takes turns: each is a function that runs once and gives its times."""
    model = checked_model(random_parameters(shape))
    result = [
        onnx_contestant("onnxruntime fp32", model.SerializeToString(), seconds),
        onnx_contestant("onnxruntime int8", quantize(model), seconds),
    ]
    if command:
        filled = command.format(**asdict(shape))
        result.append(lambda: sparrow_times(filled))
    return result


def take_turns(contestants: list[Callable[[], Times]], round_count: int) -> dict[str, list[float]]:
    """All contestants once a round; the times of each variant, round by round."""
    rounds = defaultdict(list)
    for _ in range(round_count):
        for contestant in contestants:
            for name, microseconds in contestant().items():
                rounds[name].append(microseconds)
    return rounds


def ratio(peer: list[float], own: list[float]) -> str:
    """Ratio of the medians, and the range of the ratios within a round."""
    by_round = [a / b for a, b in zip(peer, own, strict=True)]
    return f"{median(peer) / median(own):.2f} ({min(by_round):.2f}–{max(by_round):.2f})"


def time_table(results: dict[str, dict[str, list[float]]]) -> str:
    names = list(next(iter(results.values())))
    rows = [["median µs per step"] + names]
    for label, rounds in results.items():
        rows.append([label] + [f"{median(rounds[name]):.1f}" for name in names])
    return markdown(rows)


def ratio_table(results: dict[str, dict[str, list[float]]]) -> str:
    """How many times faster each variant of Sparrow is than each peer."""
    names = list(next(iter(results.values())))
    pairs = [(peer, own) for own in names if own.startswith("sparrow")
             for peer in names if not peer.startswith("sparrow")]
    rows = [["time ratio (range over rounds)"] + [f"{peer} / {own}" for peer, own in pairs]]
    for label, rounds in results.items():
        rows.append([label] + [ratio(rounds[peer], rounds[own]) for peer, own in pairs])
    return markdown(rows)


def scales(argument: str) -> list[float]:
    try:
        return [float(part) for part in argument.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{argument!r}; expected numbers, such as 0.25,0.5,1,2") from None


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--k", type=scales, default=[0.25, 0.5, 1, 2], metavar="LIST",
                        help="width scales, comma-separated (default: 0.25,0.5,1,2)")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--sparrow", type=Path, metavar="BINARY", help="path of Sparrow's own benchmarks, built with `make bench`")
    parser.add_argument("--sparrow-command", default=SPARROW_COMMAND, metavar="TEMPLATE",
                        help="what to run for Sparrow's time; {sparrow}, {width}, {states}, {layers}, {inputs} and "
                             f"{{outputs}} are filled in (default: {SPARROW_COMMAND!r})")
    parser.add_argument("--rounds", type=int, default=9, help="turns of every contestant (default: 9)")
    parser.add_argument("--seconds", type=float, default=0.3,
                        help="length of one turn of ONNX Runtime (default: 0.3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the times of every round")
    return parser.parse_args()


def sparrow_template(arguments: argparse.Namespace) -> str | None:
    """The command with the binary filled in and the shape left open; None without Sparrow."""
    if arguments.sparrow:
        return arguments.sparrow_command.replace("{sparrow}", shlex.quote(str(arguments.sparrow)))
    return None if "{sparrow}" in arguments.sparrow_command else arguments.sparrow_command


def main() -> None:
    arguments = parse_arguments()
    command = sparrow_template(arguments)
    results = {}
    for k in arguments.k:
        shape = replace(Shape.scaled(k), layers=arguments.layers)
        label = f"k = {k:g} (H {shape.width}, P {shape.states}, {shape.layers} layers)"
        print(f"timing {label}", file=sys.stderr)
        results[label] = take_turns(contestants(shape, arguments.seconds, command), arguments.rounds)

    print(time_table(results))
    if command:
        print("\n" + ratio_table(results))
    overhead = OnnxStepper(single_thread_session(empty_model().SerializeToString()))
    print(f"\nA call of ONNX Runtime on an empty graph: {overhead.microseconds(arguments.seconds):.1f} µs.")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
