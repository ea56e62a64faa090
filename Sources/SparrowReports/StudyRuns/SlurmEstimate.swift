import Foundation
import Sparrow
import SparrowTasks

/// The time and memory that a training is expected to take, for the limits of a Slurm job.
///
/// Both are rough, and meant to be too large: three times the arithmetic at a pessimistic rate, and
/// twice the memory of parameters, activations and decoded data.
struct SlurmEstimate: Equatable {
  /// Minutes.
  var minutes: Int
  /// Megabytes.
  var megabytes: Int

  /// Multiply-accumulates a second on one processor, pessimistically.
  private static let rate = 1.5e9

  /// - Parameters:
  ///   - recipe: A valid recipe.
  ///   - dataBytes: The size of the files that the recipe names.
  ///   - cpus: Processors of the job.
  init?(_ recipe: JSONValue, dataBytes: Int, cpus: Int) {
    guard
      let any = try? JSONDecoder().decode(
        AnyTrainingRecipe.self, from: JSONEncoder().encode(recipe)),
      let network = try? Network(
        initializing: any.recipe.layers, inputWidth: any.recipe.inputWidth, seed: 1)
    else { return nil }
    let frames = any.recipe.framesPerBatch
    let parameters = network.parameterDescriptions.reduce(0.0) { $0 + Double($1.count) }
    let layers = Double(network.layers.flattened(inputWidth: network.inputWidth).count)
    let width = Double(max(network.inputWidth, network.outputWidth))
    // Forward, and backward to activations and to weights.
    let macs = 3 * parameters * frames * Double(any.recipe.run.steps)
    minutes = 10 + Int((3 * macs / (Self.rate * Double(cpus)) / 60).rounded(.up))
    let activations = frames * layers * width * 4 * 4
    // Compressed sound becomes eight times as large.
    let bytes = parameters * 4 * 6 + activations + Double(dataBytes) * 8
    megabytes = 256 + Int((2 * bytes / 1e6).rounded(.up))
  }
}
