import Foundation
import Sparrow
import SparrowTasks
import SparrowTraining

/// Recipes: what is accepted trains a small network for two steps.
enum RecipeTarget {
  static func run(_ bytes: [UInt8]) throws {
    let path = "\(Scratch.folder)/recipe.json"
    try Scratch.write(bytes, to: path)
    let recipe = try RecipeFile.read(path, as: AnyTrainingRecipe.self).recipe
    try recipe.validateBatch()
    let frontEnd = try recipe.networkFrontEnd(roots: [])
    try Network.validate(inputWidth: recipe.inputWidth, layers: recipe.layers, frontEnd: frontEnd)
    let network = try Network(
      initializing: recipe.layers, inputWidth: recipe.inputWidth, frontEnd: frontEnd, seed: 1)
    let count = network.parameterDescriptions.reduce(0) { $0 + network[$1.name].values.count }
    guard count < 100_000 else { return }
    var run = recipe.run
    run.steps = 2
    let folder = "\(Scratch.folder)/run"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let trainer = try Trainer(
      network, task: NoiseTask(width: recipe.inputWidth), run: run,
      optimization: recipe.optimization,
      pruning: recipe.pruning, workers: Workers(count: 1), folder: folder, resume: false,
      progress: { _ in })
    _ = try trainer.train()
  }

  static func seeds() throws -> [[UInt8]] {
    [
      Array(
        """
        {"title": "a", "frontEnd": {"sampleRate": 16000, "window": 128, "hop": 64, "exponent": 0.5,
        "floor": 1e-10, "maskGain": 1, "features": [{"kind": "magnitude"}]}, "layers":
        [{"kind": "dense", "outputs": 65}], "batch": {"clips": 2, "seconds": 1}, "run":
        {"steps": 10, "seed": 1, "dropout": 0, "logEvery": 1, "validateEvery": 1,
        "checkpointEvery": 1},
        "optimization": {}, "data": {}, "mixtures": {}, "validation": {}}
        """.utf8)
    ]
  }
}

/// Checkpoints: a run goes on from any bytes, or refuses them.
enum CheckpointTarget {
  private static func trainer(_ folder: String, resume: Bool) throws -> Trainer {
    try Trainer(
      try SmallNetworks.bare()[1], task: NoiseTask(width: 3),
      run: RunOptions(steps: 2, logEvery: 1, validateEvery: 2, checkpointEvery: 1),
      optimization: OptimizationOptions(), workers: Workers(count: 1), folder: folder,
      resume: resume, acceptsChanges: true, progress: { _ in })
  }

  static func run(_ bytes: [UInt8]) throws {
    let folder = "\(Scratch.folder)/resumed"
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Scratch.write(bytes, to: "\(folder)/checkpoint.safetensors")
    _ = try trainer(folder, resume: true).train()
  }

  static func seeds() throws -> [[UInt8]] {
    let folder = "\(Scratch.folder)/seed"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try trainer(folder, resume: false).train()
    return [try FileCoder.read("\(folder)/checkpoint.safetensors")]
  }
}

/// Noise goes in, and any output costs its square.
private final class NoiseTask: TrainingTask {
  private let width: Int
  private let frames = 4
  private let input: UnsafeMutablePointer<Float>
  private var gradient: UnsafeMutablePointer<Float>?

  init(width: Int) {
    self.width = width
    input = .allocate(capacity: max(1, 4 * width))
    for i in 0..<4 * width { input[i] = Float(i % 7) / 7 - 0.5 }
  }

  deinit {
    input.deallocate()
    gradient?.deallocate()
  }

  var unitsPerBatch: Double { 4 }
  var unit: String { "frames" }
  var unitsPerEpoch: Double { 8 }

  func makeBatch(step: Int) -> Activations<Float> {
    Activations(values: input, steps: frames, clips: 1, width: width)
  }

  func loss(of output: Activations<Float>) -> (loss: Loss, gradient: Activations<Float>) {
    gradient?.deallocate()
    let slope = UnsafeMutablePointer<Float>.allocate(capacity: max(1, output.count))
    gradient = slope
    var sum = 0.0
    for i in 0..<output.count {
      sum += Double(output.values[i] * output.values[i])
      slope[i] = 2 * output.values[i]
    }
    let result = Activations(
      values: slope, steps: frames, clips: 1, width: output.count / frames)
    return (Loss(value: sum, measure: sum, measureUnit: ""), result)
  }

  func validate(_ network: Network) -> [String: Double] { ["score": 0] }
}
