import Foundation
public import Sparrow
public import SparrowFiles
public import SparrowTasks

/// The evaluation of one network, read from the JSON of `sparrow evaluate`.
public struct StudyResult: Sendable {
  /// The path of the file.
  public let path: String
  /// The network's name, family and label.
  public internal(set) var network: EvaluatedNetwork
  /// Parameters and bytes.
  public let size: NetworkSize
  /// Operations per frame.
  public let cost: FrameCost
  /// The score's measure.
  public let measure: StudyMeasure
  /// The score in the measure's unit.
  public let score: Double
  /// The point that the network is a sample of, where a study says so; nil for its own numbers.
  var point: String?
  /// Further costs, by ``StudyCost/key``; an evaluation has none.
  var costs: [String: Double] = [:]
  var costDescriptions: [StudyCost] = []
  /// The description of the test data, by the keys of the measure's conditions.
  let conditions: [String: Double]

  /// Reads an evaluation.
  ///
  /// - Throws: `FileError` if the file cannot be read, is not an evaluation, has no known score, or
  ///   has a cost of zero, which has no place on a logarithmic axis.
  public init(contentsOf path: String) throws(FileError) {
    self.path = path
    let data = Data(try Files.read(path))
    let numbers: Numbers
    do {
      let decoder = JSONDecoder()
      numbers = try decoder.decode(Numbers.self, from: data)
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      network = try decoder.decode(EvaluatedNetwork.self, from: data)
      size = try decoder.decode(NetworkSize.self, from: data)
      cost = try decoder.decode(FrameCost.self, from: data)
    } catch {
      let reason = (error as? DecodingError)?.summary ?? "\(error)"
      throw FileError(
        path: path, reason: "not the JSON of `sparrow evaluate … --json`: \(reason)")
    }
    guard
      let measure = Tasks.measures.first(where: { numbers.values[$0.key] != nil }),
      let score = numbers.values[measure.key]
    else {
      let known = Tasks.measures.map { "\"\($0.key)\"" }.joined(separator: ", ")
      throw FileError(path: path, reason: "the evaluation has no score; expected \(known)")
    }
    guard cost.effectiveMACsPerFrame > 0, size.modelBytes > 0, size.planBytes > 0 else {
      throw FileError(
        path: path, reason: "the network has no MACs or no bytes; a study compares by both")
    }
    // Larger numbers are not exact counts.
    let largest = 0x1p53
    guard (0...1).contains(size.sparsity), abs(score) < 1e9,
      cost.effectiveMACsPerFrame < largest, (0...largest).contains(Double(cost.denseMACsPerFrame)),
      Double(size.modelBytes) < largest, Double(size.planBytes) < largest
    else { throw FileError(path: path, reason: "the evaluation has numbers out of their range") }
    self.measure = measure
    self.score = score * measure.scale
    conditions = numbers.values.filter { measure.conditions.contains($0.key) }
  }

  /// The numbers among the values of an object.
  private struct Numbers: Decodable {
    var values: [String: Double] = [:]

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        if let value = try? container.decode(Double.self, forKey: key) {
          values[key.stringValue] = value
        }
      }
    }
  }
}
