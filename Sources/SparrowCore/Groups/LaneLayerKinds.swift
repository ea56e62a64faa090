import CSparrow

/// The kinds of layers that have kernels for many streams; those are in `Layers`.
extension sparrow_layer {
  /// Whether a layer in fixed point has them.
  var stepsInLanes: Bool {
    switch sparrow_layer_kind(rawValue: kind) {
    case SPARROW_LAYER_DENSE, SPARROW_LAYER_LINEAR_RECURRENCE: writesElsewhere
    case SPARROW_LAYER_RECURRENT, SPARROW_LAYER_ACTIVATION, SPARROW_LAYER_GATE,
      SPARROW_LAYER_ADD, SPARROW_LAYER_AFFINE:
      true
    default: false
    }
  }

  /// Whether a layer's output lies apart from its input, so that rows can be written while others
  /// still have to read. Packing sees to it; images from elsewhere need not.
  private var writesElsewhere: Bool {
    let first = UInt64(input)
    let other = UInt64(output)
    return first + UInt64((matrices.0.columns + 1) / 2) <= other
      || other + UInt64(width / 2) <= first
  }
}

extension LaneLayer {
  /// A step of a block of streams, as ``sparrow_layer/stepInIntegers(_:observer:)`` does for each.
  @inline(__always)
  func step(_ memory: LaneMemory) {
    switch sparrow_layer_kind(rawValue: record.kind) {
    case SPARROW_LAYER_DENSE: Dense.step(self, memory)
    case SPARROW_LAYER_LINEAR_RECURRENCE: LinearRecurrence.step(self, memory)
    case SPARROW_LAYER_RECURRENT: Recurrent.step(self, memory)
    case SPARROW_LAYER_ACTIVATION: Activation.step(self, memory)
    case SPARROW_LAYER_GATE: Gate.step(self, memory)
    case SPARROW_LAYER_ADD: Residual.step(self, memory)
    default: Normalization.step(self, memory)
    }
  }
}
