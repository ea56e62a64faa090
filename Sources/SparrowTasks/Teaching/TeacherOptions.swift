import Sparrow
import SparrowFiles
import SparrowTraining

/// Who teaches a network besides its data, and how much of the loss that is; see ``Teacher``.
public struct TeacherOptions: Sendable, Codable, Equatable {
  /// A model file below a data root, in single precision, with the front end's words.
  public var model: String
  /// What counts of its expectations, over 0 and at most 1; the rest counts of the data's own classes.
  public var share: Double

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    model = try values.decode(String.self, forKey: .model)
    share = try values.decode(Double.self, forKey: .share)
    guard share > 0, share <= 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .share, in: values, debugDescription: "\(share); expected over 0, at most 1")
    }
  }

  /// Loads the model.
  ///
  /// - Parameter frontEnd: that of the network that learns.
  func teacher(
    for frontEnd: FrontEnd, inputWidth: Int, roots: [String], products: ProductPrecision?,
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
    // Language models take words; what stands for one is their own affair.
    guard network.languageFrontEnd != nil || network.inputWidth == inputWidth else {
      throw .data("\(file): the teacher takes \(network.inputWidth) values, not \(inputWidth)")
    }
    return try Teacher(
      network, share: share, products: products ?? .float32, workers: workers,
      instructionSet: instructionSet)
  }
}

/// Folders that a recipe's data are in.
enum DataRoots {
  /// The first file of that path below one of the folders.
  static func find(_ path: String, in roots: [String]) throws(TrainingError) -> String {
    guard let root = roots.first(where: { Files.exists("\($0)/\(path)") }) else {
      throw .data("there is no file \(path) in \(roots.joined(separator: ", "))")
    }
    return "\(root)/\(path)"
  }
}
