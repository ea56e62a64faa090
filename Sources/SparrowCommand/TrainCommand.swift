import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowTasks
import SparrowTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network by a recipe.",
    discussion: """
      The output folder gets log.jsonl, checkpoint.safetensors, best.safetensors (the network that did \
      best on voices and noises held out of training) and, at the end, network.safetensors. A run that \
      was interrupted goes on with --resume and ends with the network it would have had.
      """)

  @Argument(help: "The recipe, a JSON file.")
  var recipe: String

  @Option(help: "A folder that the recipe's data are in; may be given more than once.")
  var data: [String]

  @Option(help: "Where the run's files go.")
  var output: String

  @Flag(help: "Go on from the checkpoint in the output folder.")
  var resume = false

  @Option(help: "Threads. The result does not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads takes 1 or more") }
    guard !data.isEmpty else { throw ValidationError("--data is missing") }
  }

  func run() throws {
    let bytes = try Files.read(recipe)
    let recipe: DenoisingRecipe
    do {
      recipe = try JSONDecoder().decode(DenoisingRecipe.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw FileError(path: self.recipe, reason: "the recipe is not valid: \(error.summary)")
    }
    let trainer = try recipe.trainer(
      roots: data, output: output, resume: resume, workers: Workers(count: threads),
      instructionSet: try InstructionSet.chosen(),
      loading: { done, count in note("loading \(done)/\(count) files") },
      progress: { note($0.line) })
    _ = try trainer.train()
    note("wrote \(output)/network.safetensors")
  }
}
