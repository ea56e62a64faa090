"""ONNX: graphs of recurrent and other layers, followed from the input to the output."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from .._errors import Error
from .._model import read_file
from .._network import Network
from . import _axes, _rules  # noqa: F401 - they register operators
from ._check import check as run_check
from ._operators import Constant, Fault, Operators, Value
from ._parts import assemble
from ._protobuf import Graph, read_graph


def onnx(
    source: str | os.PathLike[str] | bytes,
    *,
    output: str | None = None,
    ignore: Sequence[str] = (),
    approximate_gelu: bool = False,
    check: tuple[Any, Any] | None = None,
) -> Network:
    """Makes a network of an ONNX model.

    source: the path of a file, or its bytes. The package onnx is not needed.
    output: the output that is wanted; the first one if it is left out. Outputs that are states,
        or parts of them, may stand beside it.
    ignore: beginnings of names of constants that are not wanted.
    approximate_gelu: whether GELU may be its tanh approximation, up to 4.7e-4 away.
    check: inputs and outputs of the source, to run the result on; see `sparrow.importers.check`.

    Axes of size 1 may move about, and states may come in and go out: here they are a stream's.
    Where the source answers to the last frame alone, that is the answer to the last frame here.

    Raises `Error` for all that would compute something else.
    """
    data = source if isinstance(source, (bytes, bytearray)) else read_file(source)
    try:
        graph = read_graph(bytes(data))
    except Error as error:
        raise Error(f"not an ONNX file that can be read: {error}") from None
    ignored = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    value, used = _follow(graph, output, approximate_gelu)
    for name, array in graph.constants.items():
        is_weight = array.dtype.kind == "f" and array.size > 1
        if is_weight and name not in used and not name.startswith(ignored):
            raise Error(
                f"the constant {name} of shape {list(array.shape)} has no part in the output; "
                "name it in ignore"
            )
    network = assemble(value.chain, None, {"source": "ONNX"})
    if check is not None:
        run_check(network, *check)
    return network


def _follow(
    graph: Graph, output: str | None, approximate_gelu: bool
) -> tuple[Value, frozenset[str]]:
    """The value of the output, and the constants that it is made of."""
    if not graph.outputs or (output is not None and output not in graph.outputs):
        raise Error(f"the outputs are {', '.join(graph.outputs) or 'none'}; {output} is not there")
    operators = Operators(approximate_gelu)
    for name, array in graph.constants.items():
        operators.values[name] = Constant(array, frozenset([name]))
    for name, sizes in graph.inputs.items():
        operators.add_input(name, sizes)
    for node in graph.nodes:
        operators.run(node)
    wanted = graph.outputs[0] if output is None else output
    result = operators.values.get(wanted)
    if isinstance(result, Fault):
        raise Error(result.reason)
    if not isinstance(result, Value):
        raise Error(f"the output {wanted} does not depend on any input")
    for name in graph.outputs:
        other = operators.values.get(name)
        is_state = isinstance(other, (Value, Fault)) and other.is_state
        if name != wanted and not is_state:
            raise Error(
                f"there are several outputs ({', '.join(graph.outputs)}), and {name} is no state; "
                "save a model with one"
            )
    consumed = {name for node in graph.nodes for name in node.inputs}
    for name in operators.inputs:
        if name in consumed and name != result.root and name not in operators.states:
            raise Error(f"the input {name} is neither the frames ({result.root}) nor a state")
    return result, operators.origins.get(wanted, frozenset())
