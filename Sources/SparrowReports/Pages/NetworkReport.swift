import Foundation
package import Sparrow
import SparrowFigures

/// The contents of a network's page without its pictures: the JSON beside it.
package struct NetworkReport: Codable, Sendable {
  package var name: String
  package var sparrowVersion: String
  package var information: [String: String]
  /// "f32", or bits of weights and activations in fixed point, as in "w8a16".
  package var arithmetic: String
  package var inputWidth: Int
  package var outputWidth: Int
  package var layers: [Layer]
  package var matrices: [Matrix]
  package var recurrences: [RunReport.Recurrence]
  package var size: NetworkSize
  package var fileBytes: Int
  package var frameMilliseconds: Double?
  package var instructionSet: String
  /// The measured time of a step on this machine, in microseconds.
  package var stepUs: Double
  package var chips: [ChipCost]
  /// The network's card; nil if it has none that can be read.
  package var card: String?

  /// A layer.
  package struct Layer: Codable, Sendable {
    package var path: String
    package var kind: String
    package var inputs: Int
    package var outputs: Int
    package var parameters: Int
    package var nonZeroParameters: Int
  }

  /// A matrix and its format in a plan on this machine.
  package struct Matrix: Codable, Sendable {
    package var name: String
    package var rows: Int
    package var columns: Int
    package var nonZeros: Int
    package var format: String
    package var bytes: Int
  }

  /// The cost of a frame on a simulated chip.
  package struct ChipCost: Codable, Sendable {
    package var chip: String
    package var latencyS: Double?
    package var energyJ: Double?
    /// The reason why it cannot run the network; nil if it can.
    package var refusal: String?

    package init(chip: String, latencyS: Double?, energyJ: Double?, refusal: String? = nil) {
      self.chip = chip
      self.latencyS = latencyS
      self.energyJ = energyJ
      self.refusal = refusal
    }
  }

  /// Describes a network, and measures it on this machine.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - name: The model file's path, or the name of an embedded network.
  ///   - fileBytes: The size of the model file.
  ///   - chips: Costs on simulated chips.
  ///   - instructionSet: An instruction set of this processor.
  ///   - card: The text of the network's card.
  package init(
    _ network: Network, name: String, fileBytes: Int, chips: [ChipCost],
    instructionSet: InstructionSet, card: String?
  ) {
    self.name = name
    self.fileBytes = fileBytes
    self.chips = chips
    self.card = card
    sparrowVersion = Sparrow.sparrowVersion
    information = network.information
    arithmetic = network.quantization?.scheme.name ?? "f32"
    inputWidth = network.inputWidth
    outputWidth = network.outputWidth
    layers = network.layers.flattened(inputWidth: network.inputWidth).compactMap { place in
      guard place.layer.rule.branch.isEmpty else { return nil }
      let parameters = place.layer.parameters(inputWidth: place.width, path: place.path)
        .filter { $0.role != .statistic }
      return Layer(
        path: place.path, kind: place.layer.rule.title, inputs: place.width,
        outputs: place.layer.outputWidth(for: place.width),
        parameters: parameters.reduce(0) { $0 + $1.count },
        nonZeroParameters: parameters.reduce(0) { $0 + network[$1.name].nonZeroCount })
    }
    matrices = network.matrixChoices(activity: [:], instructionSet: instructionSet).map {
      Matrix(
        name: $0.name, rows: $0.rows, columns: $0.columns, nonZeros: $0.nonZeroCount,
        format: $0.candidates[0].format.rawValue, bytes: $0.candidates[0].byteCount)
    }
    recurrences = network.recurrences
    let plan = Plan(network, instructionSet: instructionSet)
    size = NetworkSize(network, plan: plan)
    frameMilliseconds = network.frameMilliseconds
    self.instructionSet = "\(instructionSet.name)"
    stepUs = PlanTimes.step(of: plan) / 1000
  }
}

/// A picture of the non-zeros of a matrix.
enum MatrixPicture {
  /// The most pixels of a side.
  private static let side = 320

  /// A pixel per weight, the brighter the larger it is; in larger matrices, a pixel per block, the
  /// brighter the more of it is not zero. Zeros are black.
  static func draw(_ matrix: MatrixDescription, of network: Network) -> PixelImage {
    let (rows, columns) = (matrix.rows, matrix.columns)
    var values = [Float](repeating: 0, count: rows * columns)
    for (index, parameter) in matrix.parameters.enumerated() {
      let part = network[parameter.name].values
      let width = parameter.shape[1]
      let (row, column) =
        matrix.isSideBySide ? (0, index * width) : (index * parameter.shape[0], 0)
      for (place, value) in part.enumerated() {
        values[(row + place / width) * columns + column + place % width] = value
      }
    }
    let block = max((max(rows, columns) + side - 1) / side, 1)
    var image = PixelImage(
      width: (columns + block - 1) / block, height: (rows + block - 1) / block,
      palette: ColorScale.heat)
    let largest = values.reduce(Float.leastNormalMagnitude) { max($0, abs($1)) }
    for y in 0..<image.height {
      for x in 0..<image.width {
        var (count, nonZeros) = (0, 0)
        var sum: Float = 0
        for row in y * block..<min((y + 1) * block, rows) {
          for column in x * block..<min((x + 1) * block, columns) {
            count += 1
            let value = abs(values[row * columns + column])
            if value > 0 { nonZeros += 1 }
            sum += value
          }
        }
        guard nonZeros > 0 else { continue }
        let share = block == 1 ? (sum / largest).squareRoot() : Float(nonZeros) / Float(count)
        image[y, x] = UInt8(70 + 185 * min(share, 1))
      }
    }
    return image
  }
}
