import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowReports
import SparrowTasks
import SparrowTraining

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network by a recipe.",
    discussion: """
      The output folder gets log.jsonl, checkpoint.safetensors, best.safetensors (the network \
      with the best validation score) and, at the end, network.safetensors. An interrupted run \
      continues with --resume, and ends with the same network as an uninterrupted one. A recipe or \
      data that changed in between are refused, by name; more steps are not. SIGTERM and Ctrl-C \
      end a run with a checkpoint, and with status 75.

      A recipe with "base": "PATH", relative to its own folder, is a JSON Merge Patch (RFC \
      7396) of that recipe.
      """)

  @Argument(help: "The recipe, a JSON file.")
  var recipe: String

  @Option(help: "A folder with the recipe's data; may be given more than once.")
  var data: [String]

  @Option(help: "The folder of the run's files.")
  var output: String

  @Option(help: "Warm start: a model file with the initial parameters.")
  var from: String?

  @Option(
    help: ArgumentHelp(
      "Initialise the embedding from this language model; the other layers start random.",
      discussion: "The model has the words of the recipe's text and the recipe's embeddingWidth."))
  var embeddingFrom: String?

  @Option(help: "A seed instead of the recipe's.")
  var seed: UInt64?

  @Flag(help: "Continue from the checkpoint in the output folder; begin where there is none.")
  var resume = false

  @Flag(help: "With --resume: continue although the recipe or the data changed.")
  var acceptChanges = false

  @Flag(
    help:
      "Skip recordings that cannot be read, with a line for each, instead of ending at the first.")
  var skipUnreadable = false

  @Option(help: "The number of threads, which does not change the result.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads takes 1 or more") }
    if !resume, Files.exists("\(output)/checkpoint.safetensors") {
      throw ValidationError(
        "\(output) has a run already: continue it with --resume, or use another folder"
      )
    }
    if acceptChanges && !resume { throw ValidationError("--accept-changes goes with --resume") }
    guard !data.isEmpty else { throw ValidationError("--data is missing") }
    guard from == nil || embeddingFrom == nil else {
      throw ValidationError("--from sets every parameter; --embedding-from has no effect")
    }
  }

  func run() throws {
    do { try train() } catch TrainingError.recipe(let reason) {
      throw FileError(path: recipe, reason: "the recipe is not valid: \(reason)")
    }
  }

  private func train() throws {
    if resume, !Files.exists("\(output)/checkpoint.safetensors") {
      note("\(output) has no checkpoint: the run begins")
    }
    var recipe = try RecipeFile.read(recipe, as: AnyTrainingRecipe.self).recipe
    if let seed { recipe.run.seed = seed }
    var skipped = 0
    func skip(_ reason: String) {
      skipped += 1
      note("left out: \(reason)")
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
      acceptsChanges: acceptChanges, workers: Workers(count: threads),
      instructionSet: try InstructionSet.chosen(), unreadable: skipUnreadable ? skip : nil,
      note: { note($0) },
      loading: { done, count in note("loading \(done)/\(count) files") },
      isStopped: { Interruption.isRequested || Interruption.isOrphaned },
      progress: { note($0.line) })
    if skipped > 0 { note("\(skipped) recordings were left out") }
    Interruption.handle()
    do throws(TrainingError) { _ = try trainer.train() } catch {
      guard case .interrupted = error else { throw error }
      note("\(error)")
      throw ExitCode(StudyTask.tryAgain)
    }
    note("wrote \(output)/network.safetensors")
  }
}
