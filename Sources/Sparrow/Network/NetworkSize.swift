/// How large a network is, and what it takes in memory.
public struct NetworkSize: Sendable, Hashable, Codable {
  /// Values that were trained. What normalisations have measured is not counted.
  public var parameters: Int
  /// Parameters that are not zero.
  public var nonZeroParameters: Int
  /// Share of zeros among the weights of all matrices, 0 to 1; 0 without matrices.
  public var sparsity: Double
  /// Values in a frame of the widest recurrent layer; nil where there is none.
  public var width: Int?
  /// Every non-zero weight of a matrix and every value of a vector, in four bytes or, in fixed
  /// point, in its bits: what the network says, without what tells where the non-zeros are.
  public var modelBytes: Int
  /// The plan as it lies in memory: weights in the format that was chosen for the machine, with
  /// their indices and padding, vectors and records.
  public var planBytes: Int
  /// State values that are kept from frame to frame.
  public var stateBytes: Int

  /// The size of a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - plan: A plan of that network.
  public init(_ network: Network, plan: Plan) {
    let matrices = network.matrixDescriptions
    let weights = matrices.reduce(0) { $0 + $1.count }
    let nonZeroWeights = network.nonZeroWeightCount
    let trained = network.parameterDescriptions.filter { $0.role != .statistic }
    parameters = trained.reduce(0) { $0 + $1.count }
    nonZeroParameters = trained.reduce(0) { $0 + network[$1.name].nonZeroCount }
    sparsity = weights == 0 ? 0 : Double(weights - nonZeroWeights) / Double(weights)
    width = network.layers.flattened(inputWidth: network.inputWidth)
      .compactMap { $0.layer.rule.recurrentWidth(inputWidth: $0.width) }.max()
    if let scheme = network.quantization?.scheme, let groups = network.parameterGroups {
      let bits = groups.reduce(0) { sum, group in
        let counted = group.parameters.reduce(0) {
          $0 + (group.kind == .weights ? network[$1.name].nonZeroCount : $1.count)
        }
        return sum + counted * group.bits(scheme)
      }
      modelBytes = (bits + 7) / 8
    } else {
      modelBytes = 4 * (nonZeroWeights + parameters - weights)
    }
    planBytes = plan.byteCount
    stateBytes = 4 * plan.stateValueCount
  }
}
