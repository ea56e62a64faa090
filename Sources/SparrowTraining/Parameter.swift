public import Sparrow

/// A parameter while it is trained: its value, its gradient, and what the optimiser remembers of it.
public final class Parameter<Scalar: TrainingScalar>: @unchecked Sendable {
  public let description: ParameterDescription
  public let count: Int
  /// What the network runs with.
  public let value: UnsafeMutablePointer<Scalar>
  public let gradient: UnsafeMutablePointer<Scalar>
  /// Adam's running means of the gradient and of its square.
  let firstMoment: UnsafeMutablePointer<Scalar>
  let secondMoment: UnsafeMutablePointer<Scalar>
  /// The parameter's running mean over steps.
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

  /// What the optimiser moves: the value itself, or a copy of it that pruning makes zeros from and
  /// quantisation rounds.
  var moved: UnsafeMutablePointer<Scalar> { denseCopy ?? value }
  private(set) var denseCopy: UnsafeMutablePointer<Scalar>?

  /// From now on, the optimiser moves a copy, and somebody else sets the value.
  func keepDenseCopy() {
    guard denseCopy == nil else { return }
    let copy = UnsafeMutablePointer<Scalar>.allocate(capacity: max(count, 1))
    copy.initialize(from: value, count: count)
    denseCopy = copy
  }

  public var name: String { description.name }

  /// Whether the optimiser moves it.
  var isLearned: Bool { description.isTrained }

  /// Everything that a checkpoint keeps, by name.
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
