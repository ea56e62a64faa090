import ArgumentParser
import Foundation
import Sparrow
import SparrowTasks
import SparrowTraining

/// How many words a second of training a language model takes in.
struct LanguageBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "language",
    abstract: "Words a second of training a language model of recurrent cells.",
    discussion: """
      The decoder is tied to the embedding; the text is random; there is no dropout. One thread is \
      timed in processor time, more of them in wall time.
      """)

  enum Cell: String, CaseIterable, ExpressibleByArgument {
    case lstm, gru

    var layer: RecurrentLayer.Cell { self == .lstm ? .lstm : .gru() }
  }

  @Option(help: "Cell: lstm or gru.") var cell = Cell.lstm
  @Option(help: "Units of a layer, and values of an embedding.") var units = 650
  @Option(help: "Layers.") var layers = 2
  @Option(help: "Words of the vocabulary.") var words = 10_000
  @Option(help: "Sequences in a batch.") var sequences = 32
  @Option(help: "Words of each.") var steps = 35
  @Option(help: "Batches that are timed.") var batches = 10
  @Option(help: "Threads.") var threads = 1
  @Flag(help: "Round the operands of matrix products to bfloat16.") var bfloat16 = false

  func run() throws {
    let cells = (0..<layers).map { _ in Layer.recurrent(RecurrentLayer(cell.layer, units: units)) }
    let names = [LanguageFrontEnd.endOfLine] + (1..<words).map { "w\($0)" }
    let network = try Network(
      initializing: cells + [.dense(DenseLayer(outputs: words))], inputWidth: units,
      frontEnd: .language(LanguageFrontEnd(words: names)), seed: 1)
    var random = RandomNumbers(seed: 2)
    let text = (0..<sequences * steps * 20).map { _ in Int32(random.index(below: words)) }
    let workers = Workers(count: threads)
    let task = try LanguageTask(
      training: text, validation: Array(text.prefix(100)), words: words,
      batch: LanguageBatch(sequences: sequences, steps: steps, variesSteps: false), seed: 1,
      workers: workers)
    var options = RunOptions(steps: batches + 1)
    options.logEvery = 1
    options.matmulPrecision = bfloat16 ? .bfloat16 : .float32
    var optimization = OptimizationOptions()
    optimization.emaDecay = 0
    var speeds: [Double] = []
    var last = Self.processorSeconds
    let trainer = try Trainer(
      network, task: task, run: options, optimization: optimization, workers: workers,
      folder: ".build/training-benchmark", resume: false
    ) { look in
      let now = Self.processorSeconds
      if look.validation == nil && look.step > 1 {
        speeds.append(threads == 1 ? task.unitsPerBatch / (now - last) : look.unitsPerSecond)
      }
      last = now
    }
    _ = try trainer.train()
    let median = speeds.sorted()[speeds.count / 2]
    let products = bfloat16 ? "bfloat16" : "float32"
    print("\(threads) thread(s), \(products): \(formatted(median, 0)) words/s")
  }

  /// Processor time of this process, in seconds: on a shared machine steadier than elapsed time.
  private static var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
