import SparrowCore

/// Shares of inputs that are not zero.
extension Network {
  /// What is expected of the matrices' inputs before any have been seen, by the matrix's name: as
  /// much as ``EventGRU/expectedActivity`` where they are what event-based units send; all of them
  /// elsewhere, which is not said.
  public var expectedActivity: [String: Double] {
    var shares: [String: Double] = [:]
    layers.expectActivity(inputWidth: inputWidth, path: "", &shares)
    return shares
  }

  /// Counts the shares of inputs that are not zero, by the matrix's name, for a plan to choose
  /// formats by.
  ///
  /// - Parameter frames: n × `inputWidth` values, a sequence as the network will meet; none for
  ///   nothing that is known.
  public func activity(of frames: [Float]) -> [String: Double] {
    precondition(frames.count % inputWidth == 0, "frames have to be whole")
    let plan = Plan(self)
    var stream = NetworkStream(plan)
    var count = OperationCount(plan)
    var output = [Float](repeating: 0, count: outputWidth)
    for first in stride(from: 0, to: frames.count, by: inputWidth) {
      var result = output.mutableSpan
      stream.step(
        frames.span.extracting(first..<first + inputWidth), into: &result, counting: &count)
    }
    var shares: [String: Double] = [:]
    for (matrix, counted) in zip(matrixDescriptions, count.matrices) where counted.denseMACs > 0 {
      shares[matrix.name] = Double(counted.nonZeroActivationMACs) / Double(counted.denseMACs)
    }
    return shares
  }
}

extension EventGRU {
  /// Share of the units that are taken to send at a step: trained networks are between a twentieth
  /// and a fifth.
  public static let expectedActivity = 0.15
}

extension [Layer] {
  fileprivate func expectActivity(
    inputWidth: Int, path: String, _ shares: inout [String: Double]
  ) {
    /// Of the values that enter the next layer.
    var share = 1.0
    for (layer, path, width) in placed(inputWidth: inputWidth, path: path) {
      let rule = layer.rule
      for matrix in layer.parameters(inputWidth: width, path: path).matrices
      where rule.branch.isEmpty {
        let read =
          switch matrix.parameters[0].axes[1] {
          case .inputs: share
          case .block: rule.expectedActivity
          default: 1.0
          }
        if read < 1 { shares[matrix.name] = read }
      }
      rule.branch.expectActivity(inputWidth: width, path: path, &shares)
      share = rule.expectedActivity
    }
  }
}
