/// A dense array of numbers with a shape, row-major.
public struct Tensor: Sendable, Hashable {
  /// The sizes of the axes.
  public let shape: [Int]
  /// The values, row-major.
  public var values: [Float]

  /// A tensor of values in row-major order.
  ///
  /// - Precondition: The number of values is the product of the shape.
  public init(shape: [Int], values: [Float]) {
    precondition(shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == values.count)
    self.shape = shape
    self.values = values
  }

  /// A tensor of equal values.
  public init(shape: [Int], repeating value: Float) {
    self.init(shape: shape, values: Array(repeating: value, count: shape.reduce(1, *)))
  }

  /// The number of values.
  public var count: Int { values.count }
  /// The number of non-zero values.
  public var nonZeroCount: Int { values.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } }
}
