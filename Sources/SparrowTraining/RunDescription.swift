import Sparrow

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A run as reports show it: the file `run.json` in its folder.
public struct RunDescription: Sendable, Codable, Equatable {
  /// The number of steps.
  public var steps: Int
  /// Settings by their paths, such as `optimization.learningRate`, as JSON.
  public var settings: [String: String]
  /// The fingerprint of the data, in hexadecimal.
  public var data: String
  /// The instruction set that it is computed with.
  public var instructionSet: String
  /// The unit of data, as "audio-seconds".
  public var unit: String
  /// The size of a batch in ``unit``.
  public var unitsPerBatch: Double
  /// The size of an epoch in ``unit``.
  public var unitsPerEpoch: Double
  /// The number of parameters.
  public var parameters: Int

  /// The description as a JSON object with keys in snake case.
  var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    guard let data = try? encoder.encode(self) else { return [] }
    return Array(data) + [10]
  }
}

extension Network {
  /// The fraction of zeros of each matrix, by its name.
  var sparsityByMatrix: [String: Double] {
    Dictionary(matrixDescriptions.map { ($0.name, sparsity(of: $0)) }) { first, _ in first }
  }
}
