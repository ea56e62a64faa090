extension Network {
  /// The network with the thresholds of its event-based units multiplied by `factor`: units send
  /// more often with lower ones, and more seldom with higher ones. Training goes on best from a
  /// network whose thresholds are about right.
  ///
  /// - Throws: ``NetworkError`` where there is no such unit, or `factor` is negative or not finite.
  public func scalingThresholds(by factor: Float) throws(NetworkError) -> Network {
    let names = parameterDescriptions.filter { $0.role == .threshold }.map(\.name)
    guard !names.isEmpty else { throw .invalid("the network has no units with thresholds") }
    guard factor.isFinite, factor >= 0 else {
      throw .invalid("thresholds times \(factor); expected a number of at least 0")
    }
    var parameters = parameters
    for name in names {
      parameters[name] = Tensor(
        shape: self[name].shape, values: self[name].values.map { $0 * factor })
    }
    return try Network(
      inputWidth: inputWidth, layers: layers, parameters: parameters, frontEnd: frontEnd,
      quantization: quantization, information: information)
  }
}
