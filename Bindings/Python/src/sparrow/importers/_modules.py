"""Layers of PyTorch out of modules of torch.nn. torch itself is not needed: a module brings it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import Error
from . import _parts, _state
from ._parts import Array, Part


def parts_of_module(
    module: Any, name: str, options: dict[str, Any], approximate_gelu: bool
) -> list[Part]:
    """The layers of a module."""
    source = name or type(module).__name__
    options = dict(options)
    parts = _parts_of(module, source, options, approximate_gelu)
    if options:
        raise Error(f"{source}: no option {', '.join(options)}")
    return parts


def _torch_class(module: Any, source: str) -> str:
    """The class of torch.nn's whose `forward` the module has."""
    for base in type(module).__mro__:
        is_own = base.__module__.startswith("torch.nn.")
        if is_own and base.__name__ != "Module" and not base.__name__.startswith("Param"):
            hooks = [*module._forward_hooks.values(), *module._forward_pre_hooks.values()]
            if hooks:
                raise Error(f"{source} has hooks, which may change what it computes")
            return base.__name__
        if "forward" in vars(base):
            break
    raise Error(
        f"{source} is a {type(module).__name__}, whose forward is not looked at; give its parts in "
        f"order, as in layers={[child for child, _ in module.named_children()]!r} with functions "
        f"where they belong ({', '.join(_parts.FUNCTIONS)})"
    )


def _parts_of(
    module: Any, source: str, options: dict[str, Any], approximate_gelu: bool
) -> list[Part]:
    kind = _torch_class(module, source)
    if kind == "Sequential":
        return _sequence(module, source, approximate_gelu)
    if kind in ("LSTM", "GRU", "RNN"):
        return _recurrent(module, kind, source)
    if kind in ("LSTMCell", "GRUCell", "RNNCell"):
        return [_cell(module, kind.removesuffix("Cell"), "", source)]
    if kind == "GELU":
        return _parts.gelu(source, module.approximate != "tanh", approximate_gelu)
    simple = {
        "ReLU": "relu",
        "Sigmoid": "sigmoid",
        "Tanh": "tanh",
        "SiLU": "silu",
        "Identity": "identity",
        "Dropout": "identity",
        "Dropout1d": "identity",
        "AlphaDropout": "identity",
    }.get(kind)
    if simple is not None:
        return _parts.function(source, simple)
    rule = _RULES.get(kind)
    if rule is None:
        raise Error(f"{source}: {kind} is not supported here")
    return [rule(module, source, options)]


def _sequence(module: Any, source: str, approximate_gelu: bool) -> list[Part]:
    parts: list[Part] = []
    left = 0
    for child, inner in module.named_children():
        name = f"{source}.{child}" if source != "Sequential" else child
        kind = type(inner).__name__
        if kind in ("ConstantPad1d", "ZeroPad1d"):
            padding = tuple(inner.padding)
            if len(padding) != 2 or padding[1] != 0 or getattr(inner, "value", 0) != 0 or left:
                raise Error(f"{name} pads by {padding}; expected zeros on the left alone")
            left = padding[0]
            continue
        options = {"left": left} if left else {}
        left = 0
        if kind in ("LeakyReLU", "PReLU"):
            parts += _leaky(inner, kind, name, parts)
        else:
            parts += parts_of_module(inner, name, options, approximate_gelu)
    if left:
        raise Error(f"{source} ends with padding")
    return parts


def _leaky(module: Any, kind: str, source: str, before: list[Part]) -> list[Part]:
    width = next(filter(None, map(_parts.width, reversed(before))), None)
    if width is None:
        raise Error(f"{source}: no layer before it says how wide it is")
    slopes = _array(module.weight) if kind == "PReLU" else np.array(module.negative_slope)
    if slopes.ndim and len(slopes) not in (1, width):
        raise Error(f"{source} has {len(slopes)} slopes for {width} values")
    return _parts.leaky_relu(source, slopes, width)


def _recurrent(module: Any, kind: str, source: str) -> list[Part]:
    if module.bidirectional:
        raise Error(f"{source} runs in both directions, and the second one needs the future")
    if getattr(module, "proj_size", 0):
        raise Error(f"{source} projects its state (proj_size), which is not supported here")
    return [
        _cell(module, kind, f"_l{index}", f"{source}, layer {index}")
        for index in range(module.num_layers)
    ]


def _cell(module: Any, kind: str, suffix: str, source: str) -> Part:
    function = module.nonlinearity if kind == "RNN" else None
    layer = _state.cell_layer(kind.lower(), module.hidden_size, function, source)
    weights = [_array(getattr(module, f"weight_{which}{suffix}")) for which in ("ih", "hh")]
    biases: list[Array | None] = [None, None]
    if module.bias:
        biases = [_array(getattr(module, f"bias_{which}{suffix}")) for which in ("ih", "hh")]
    return _parts.cell(source, layer, (weights[0], weights[1]), (biases[0], biases[1]))


def _linear(module: Any, source: str, options: dict[str, Any]) -> Part:
    return _parts.dense(source, _array(module.weight), _optional(module.bias))


def _conv1d(module: Any, source: str, options: dict[str, Any]) -> Part:
    kernel, dilation = module.kernel_size[0], module.dilation[0]
    history = (kernel - 1) * dilation
    causal = options.pop("causal", None)
    left = options.pop("left", None)
    if module.stride[0] != 1:
        raise Error(f"{source} has a stride of {module.stride[0]}; expected 1")
    if history and module.padding_mode != "zeros":
        raise Error(f"{source} pads by {module.padding_mode}; expected zeros")
    padding = module.padding if isinstance(module.padding, str) else module.padding[0]
    is_padded = left == history and padding in (0, "valid")
    if history and not is_padded and causal is not True:
        raise Error(
            f"{source} sees {history} more frames and is padded by {padding} on both sides; "
            f"expected ConstantPad1d(({history}, 0), 0) before it and no padding. Where what is "
            f'around it makes it causal, give {{"name": "{source}", "causal": True}} in layers'
        )
    if left and left != history:
        raise Error(f"{source} is padded by {left} on the left; expected {history}")
    weight, bias = _array(module.weight), _optional(module.bias)
    return _parts.convolution(source, weight, bias, dilation, module.groups)


def _batch_norm(module: Any, source: str, options: dict[str, Any]) -> Part:
    if module.running_mean is None:
        raise Error(
            f"{source} keeps no statistics (track_running_stats), so it needs whole signals"
        )
    mean, variance = _array(module.running_mean), _array(module.running_var)
    scale, shift = _optional(module.weight), _optional(module.bias)
    return _parts.normalization(source, scale, shift, mean, variance, module.eps)


def _layer_norm(module: Any, source: str, options: dict[str, Any]) -> Part:
    return _norm(module, source, module.eps, centers=True)


def _rms_norm(module: Any, source: str, options: dict[str, Any]) -> Part:
    # torch's own default is the type's smallest step.
    epsilon = float(np.finfo(np.float32).eps) if module.eps is None else module.eps
    return _norm(module, source, epsilon, centers=False)


def _norm(module: Any, source: str, epsilon: float, centers: bool) -> Part:
    if len(module.normalized_shape) != 1:
        raise Error(f"{source} is over {len(module.normalized_shape)} axes; expected 1")
    scale = _optional(module.weight)
    if scale is None:
        scale = np.ones(module.normalized_shape[0])
    return _parts.layer_normalization(
        source, scale, _optional(getattr(module, "bias", None)), epsilon, centers
    )


_RULES: dict[str, Callable[[Any, str, dict[str, Any]], Part]] = {
    "Linear": _linear,
    "NonDynamicallyQuantizableLinear": _linear,
    "Conv1d": _conv1d,
    "BatchNorm1d": _batch_norm,
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
}


def _array(tensor: Any) -> Array:
    result: Array = tensor.detach().cpu().double().numpy()
    return result


def _optional(tensor: Any) -> Array | None:
    return None if tensor is None else _array(tensor)
