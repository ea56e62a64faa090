/// A dense array of numbers with a shape, row-major.
public struct Tensor: Sendable, Hashable {
  public let shape: [Int]
  public var values: [Float]

  /// - Precondition: there are as many values as the shape says.
  public init(shape: [Int], values: [Float]) {
    precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count)
    self.shape = shape
    self.values = values
  }

  public init(shape: [Int], repeating value: Float) {
    self.init(shape: shape, values: Array(repeating: value, count: shape.reduce(1, *)))
  }

  public var count: Int { values.count }
  public var nonZeroCount: Int { values.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } }
}
