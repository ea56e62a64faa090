import CSparrow

/// The kinds of layers that a plan may have; each is an enum in `Layers`.
extension sparrow_layer {
  /// A step in single precision.
  @inline(__always)
  func step(_ memory: StepMemory, observer: inout some StepObserver) {
    switch sparrow_layer_kind(rawValue: kind) {
    case SPARROW_LAYER_DENSE: Dense.step(self, memory, observer: &observer)
    case SPARROW_LAYER_LINEAR_RECURRENCE:
      LinearRecurrence.step(self, memory, observer: &observer)
    case SPARROW_LAYER_ACTIVATION: Activation.step(self, memory, observer: &observer)
    case SPARROW_LAYER_GATE: Gate.step(self, memory, observer: &observer)
    case SPARROW_LAYER_ADD: Residual.step(self, memory, observer: &observer)
    case SPARROW_LAYER_RECURRENT: Recurrent.step(self, memory, observer: &observer)
    case SPARROW_LAYER_AFFINE: Normalization.step(self, memory, observer: &observer)
    case SPARROW_LAYER_LAYER_NORMALIZATION:
      LayerNormalization.step(self, memory, observer: &observer)
    case SPARROW_LAYER_CONVOLUTION: Convolution.step(self, memory, observer: &observer)
    default: break  // refused by the validator
    }
  }

  /// A step in integers, as Documentation/FixedPoint.md describes it. Returns how many values had
  /// to be clipped.
  @inline(__always)
  func stepInIntegers(_ memory: IntegerMemory, observer: inout some StepObserver) -> UInt32 {
    switch sparrow_layer_kind(rawValue: kind) {
    case SPARROW_LAYER_DENSE: Dense.stepInIntegers(self, memory, observer: &observer)
    case SPARROW_LAYER_LINEAR_RECURRENCE:
      LinearRecurrence.stepInIntegers(self, memory, observer: &observer)
    case SPARROW_LAYER_ACTIVATION: Activation.stepInIntegers(self, memory, observer: &observer)
    case SPARROW_LAYER_GATE: Gate.stepInIntegers(self, memory, observer: &observer)
    case SPARROW_LAYER_ADD: Residual.stepInIntegers(self, memory, observer: &observer)
    #if !SPARROW_WITHOUT_CELLS
      case SPARROW_LAYER_RECURRENT: Recurrent.stepInIntegers(self, memory, observer: &observer)
    #endif
    case SPARROW_LAYER_AFFINE: Normalization.stepInIntegers(self, memory, observer: &observer)
    case SPARROW_LAYER_LAYER_NORMALIZATION:
      LayerNormalization.stepInIntegers(self, memory, observer: &observer)
    case SPARROW_LAYER_CONVOLUTION: Convolution.stepInIntegers(self, memory, observer: &observer)
    default: 0  // refused by the validator
    }
  }

  /// Checks everything that a step will trust; nil where the record refers to something that is not
  /// there.
  func check(_ plan: inout PlanValidator) -> LayerDemand? {
    switch sparrow_layer_kind(rawValue: kind) {
    case SPARROW_LAYER_DENSE: Dense.check(self, &plan)
    case SPARROW_LAYER_LINEAR_RECURRENCE: LinearRecurrence.check(self, &plan)
    case SPARROW_LAYER_ACTIVATION: Activation.check(self, &plan)
    case SPARROW_LAYER_GATE: Gate.check(self, &plan)
    case SPARROW_LAYER_ADD: Residual.check(self, &plan)
    case SPARROW_LAYER_RECURRENT: Recurrent.check(self, &plan)
    case SPARROW_LAYER_AFFINE: Normalization.check(self, &plan)
    case SPARROW_LAYER_LAYER_NORMALIZATION: LayerNormalization.check(self, &plan)
    case SPARROW_LAYER_CONVOLUTION: Convolution.check(self, &plan)
    default: nil
    }
  }

  /// The same for a plan of integers.
  func checkIntegers(_ plan: inout PlanValidator) -> LayerDemand? {
    switch sparrow_layer_kind(rawValue: kind) {
    case SPARROW_LAYER_DENSE: Dense.checkIntegers(self, &plan)
    case SPARROW_LAYER_LINEAR_RECURRENCE: LinearRecurrence.checkIntegers(self, &plan)
    case SPARROW_LAYER_ACTIVATION: Activation.checkIntegers(self, &plan)
    case SPARROW_LAYER_GATE: Gate.checkIntegers(self, &plan)
    case SPARROW_LAYER_ADD: Residual.checkIntegers(self, &plan)
    #if !SPARROW_WITHOUT_CELLS
      case SPARROW_LAYER_RECURRENT: Recurrent.checkIntegers(self, &plan)
    #endif
    case SPARROW_LAYER_AFFINE: Normalization.checkIntegers(self, &plan)
    case SPARROW_LAYER_LAYER_NORMALIZATION: LayerNormalization.checkIntegers(self, &plan)
    case SPARROW_LAYER_CONVOLUTION: Convolution.checkIntegers(self, &plan)
    default: nil
    }
  }
}

/// Words of a stream's memory that a layer has a use for: a stream allocates no more on an image's
/// word.
struct LayerDemand {
  var scratch: UInt32 = 0
  var state: UInt32 = 0
}

extension sparrow_layer {
  /// Matrices that a step of the layer multiplies.
  var matrixCount: Int {
    if matrices.0.stored_rows == 0 { return 0 }
    if matrices.1.stored_rows == 0 { return 1 }
    return matrices.2.stored_rows == 0 ? 2 : 3
  }

  @inline(__always)
  var rectifies: Bool { function == SPARROW_ACTIVATION_RELU.rawValue }
}
