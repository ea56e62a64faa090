import Sparrow
import SparrowFiles
import SparrowTraining

/// Knowledge distillation in a recipe: the teacher and its weight in the loss; see ``Teacher``.
public struct TeacherOptions: Sendable, Codable, Equatable {
  /// A model file below a data root, in single precision, with the same words as the front end.
  public var model: String
  /// The teacher weight: the share of the loss that is cross-entropy with the teacher's
  /// distribution, over 0 and at most 1. The rest is cross-entropy with the data's classes.
  public var weight: Double

  /// Reads an object; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    model = try values.decode(String.self, forKey: .model)
    weight = try values.decode(Double.self, forKey: .weight)
    guard weight > 0, weight <= 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .weight, in: values, debugDescription: "\(weight); expected over 0, at most 1")
    }
  }

  /// Loads the model.
  ///
  /// - Parameter frontEnd: The front end of the student.
  func teacher(
    for frontEnd: FrontEnd, roots: [String], products: ProductPrecision?,
    workers: Workers, instructionSet: InstructionSet
  ) throws(TrainingError) -> Teacher {
    let file = try DataRoots.find(model, in: roots)
    let network: Network
    do {
      network = try Network(modelFile: Files.read(file))
    } catch {
      throw .data("\(file): \(error)")
    }
    try frontEnd.requireWords(of: network, called: "the teacher \(file)")
    guard let other = network.frontEnd, frontEnd.hasFrames(of: other) else {
      throw .data("\(file): the teacher's front end gives other frames than the recipe's")
    }
    return try Teacher(
      network, weight: weight, products: products ?? .float32, workers: workers,
      instructionSet: instructionSet)
  }
}

/// Folders with the data of a recipe.
enum DataRoots {
  /// The first file with a relative path in one of the folders.
  static func find(_ path: String, in roots: [String]) throws(TrainingError) -> String {
    guard let root = roots.first(where: { Files.exists("\($0)/\(path)") }) else {
      throw .data("there is no file \(path) in \(roots.joined(separator: ", "))")
    }
    return "\(root)/\(path)"
  }
}
