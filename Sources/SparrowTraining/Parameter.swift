public import Sparrow

/// A parameter in training: its value, its gradient and the state of the optimiser.
public final class Parameter<Scalar: TrainingScalar>: @unchecked Sendable {
  /// The name, shape and role.
  public let description: ParameterDescription
  /// The number of elements.
  public let count: Int
  /// The value in forward and backward passes, `count` elements.
  public let value: UnsafeMutablePointer<Scalar>
  /// The gradient of the loss, `count` elements.
  public let gradient: UnsafeMutablePointer<Scalar>
  /// AdamW's running means of the gradient and of its square.
  let firstMoment: UnsafeMutablePointer<Scalar>
  let secondMoment: UnsafeMutablePointer<Scalar>
  /// The exponential moving average of the parameter.
  let average: UnsafeMutablePointer<Scalar>

  init(_ description: ParameterDescription, _ tensor: Tensor) {
    self.description = description
    count = tensor.count
    let memory = UnsafeMutablePointer<Scalar>.allocate(capacity: 5 * max(count, 1))
    memory.initialize(repeating: 0, count: 5 * max(count, 1))
    value = memory
    gradient = memory + count
    firstMoment = memory + 2 * count
    secondMoment = memory + 3 * count
    average = memory + 4 * count
    assign(tensor.values)
    assign(tensor.values, to: average)
  }

  deinit {
    value.deallocate()
    denseCopy?.deallocate()
  }

  /// The elements that the optimiser updates: the value itself or, for pruning and
  /// quantisation-aware training, a dense copy in full precision.
  var moved: UnsafeMutablePointer<Scalar> { denseCopy ?? value }
  private(set) var denseCopy: UnsafeMutablePointer<Scalar>?

  /// Makes the optimiser update a copy; the pruner or quantiser sets the value.
  func keepDenseCopy() {
    guard denseCopy == nil else { return }
    let copy = UnsafeMutablePointer<Scalar>.allocate(capacity: max(count, 1))
    copy.initialize(from: value, count: count)
    denseCopy = copy
  }

  /// The name, as in the model file.
  public var name: String { description.name }

  /// Whether the optimiser updates it.
  var isLearned: Bool { description.isTrained }

  /// The contents of a checkpoint, by name.
  var memories: [(name: String, memory: UnsafeMutablePointer<Scalar>)] {
    [
      (name, moved), ("first/\(name)", firstMoment), ("second/\(name)", secondMoment),
      ("average/\(name)", average),
    ]
  }

  func assign(_ values: [Float], to memory: UnsafeMutablePointer<Scalar>? = nil) {
    let memory = memory ?? value
    for i in 0..<count { memory[i] = Scalar(values[i]) }
  }

  func tensor(of memory: UnsafeMutablePointer<Scalar>? = nil) -> Tensor {
    let memory = memory ?? value
    return Tensor(shape: description.shape, values: (0..<count).map { Float(memory[$0]) })
  }
}
