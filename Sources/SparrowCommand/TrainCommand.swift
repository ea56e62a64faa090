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
      best on what is held out of training) and, at the end, network.safetensors. A run that \
      was interrupted goes on with --resume and ends with the network it would have had.

      A recipe may say "base": "PATH" of another recipe, from its own folder on, and then holds only what \
      differs, as a JSON Merge Patch (RFC 7396).
      """)

  @Argument(help: "The recipe, a JSON file.")
  var recipe: String

  @Option(help: "A folder that the recipe's data are in; may be given more than once.")
  var data: [String]

  @Option(help: "Where the run's files go.")
  var output: String

  @Option(help: "Warm start: a model file with the initial parameters.")
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Initialise the embedding from this language model; the other layers start random.",
      discussion: "The model has the words of the recipe's text and the recipe's embeddingWidth."))
  var embeddingFrom: String?

  @Option(help: "A seed in place of the recipe's.")
  var seed: UInt64?

  @Flag(help: "Go on from the checkpoint in the output folder.")
  var resume = false

  @Option(help: "Threads. The result does not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads takes 1 or more") }
    guard !data.isEmpty else { throw ValidationError("--data is missing") }
    guard from == nil || embeddingFrom == nil else {
      throw ValidationError("--from sets every parameter; --embedding-from has no effect")
    }
  }

  func run() throws {
    var recipe = try RecipeFile.read(recipe, as: AnyTrainingRecipe.self).recipe
    if let seed { recipe.run.seed = seed }
    if !resume, Files.exists("\(output)/checkpoint.safetensors") {
      throw ValidationError(
        "\(output) has a run already: --resume goes on with it; a new one needs a folder of its own"
      )
    }
    let initial: InitialParameters =
      if let from {
        .network(try LoadedModel(path: from).network)
      } else if let embeddingFrom {
        .embedding(of: try LoadedModel(path: embeddingFrom).network)
      } else {
        .random
      }
    let trainer = try recipe.trainer(
      from: initial, roots: data, output: output, resume: resume,
      workers: Workers(count: threads), instructionSet: try InstructionSet.chosen(),
      loading: { done, count in note("loading \(done)/\(count) files") },
      progress: { note($0.line) })
    _ = try trainer.train()
    note("wrote \(output)/network.safetensors")
  }
}
