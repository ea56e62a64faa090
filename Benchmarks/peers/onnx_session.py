"""ONNX Runtime as every script here runs it: one thread, all graph optimisations."""

from pathlib import Path

import onnxruntime


def single_thread_session(model: Path | bytes) -> onnxruntime.InferenceSession:
    """Opens a model, from a file or from its serialised bytes, on one CPU thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
