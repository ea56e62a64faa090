// Trains a small network, prunes it while it trains, turns it into fixed point and packs it for a
// device: TrainPrunePack FOLDER
//
// The task is made up: of three noisy signals, say the running mean of each. It takes seconds.

import Foundation
import Sparrow
import SparrowTraining

/// Batches of noise, and the running means that are to come out.
final class RunningMeans: TrainingTask {
  static let width = 3
  private let (steps, clips) = (24, 16)
  private let input: UnsafeMutableBufferPointer<Float>
  private let gradient: UnsafeMutableBufferPointer<Float>
  private var target: [Float] = []

  init() {
    let count = steps * clips * Self.width
    input = .allocate(capacity: count)
    gradient = .allocate(capacity: count)
  }

  deinit {
    input.deallocate()
    gradient.deallocate()
  }

  let unit = "frames"
  var unitsPerBatch: Double { Double(steps * clips) }
  var unitsPerEpoch: Double { 100 * unitsPerBatch }

  /// The same batch for the same step, so that a run that is resumed is the same run.
  func makeBatch(step: Int) -> Activations<Float> {
    var seed = UInt32(truncatingIfNeeded: step &* 747_796_405 &+ 1)
    for i in input.indices {
      seed = seed &* 1_664_525 &+ 1_013_904_223
      input[i] = Float(seed >> 8) / 8_388_608 - 1
    }
    target = Self.means(Array(input), row: clips * Self.width)
    return Activations(values: input.baseAddress!, steps: steps, clips: clips, width: Self.width)
  }

  static func means(_ values: [Float], row: Int) -> [Float] {
    var means = values
    for i in values.indices { means[i] = (i < row ? 0 : 0.8 * means[i - row]) + 0.2 * values[i] }
    return means
  }

  func loss(of output: Activations<Float>) -> (loss: Loss, gradient: Activations<Float>) {
    var sum = 0.0
    for i in target.indices {
      let error = output.values[i] - target[i]
      sum += Double(error * error)
      gradient[i] = 2 * error / Float(target.count)
    }
    let value = sum / Double(target.count)
    return (
      Loss(value: value, measure: value.squareRoot(), measureUnit: "RMS error"),
      Activations(
        values: gradient.baseAddress!, steps: steps, clips: clips, width: Self.width)
    )
  }

  /// How far the network is off on signals of its own, run frame by frame.
  func validate(_ network: Network) -> [String: Double] { ["score": -Self.error(of: network)] }

  static func error(of network: Network) -> Double {
    let frames = (0..<600).map { Float(sin(Double($0) * 0.7) * cos(Double($0) * 0.011)) }
    var output = [Float](repeating: 0, count: frames.count)
    var stream = NetworkStream(Plan(network))
    var span = output.mutableSpan
    stream.run(frames.span, into: &span)
    let squares = zip(output, means(frames, row: width)).map { ($0 - $1) * ($0 - $1) }
    return Double(squares.reduce(0, +) / Float(frames.count)).squareRoot()
  }
}

guard CommandLine.arguments.count == 2 else { fatalError("usage: TrainPrunePack FOLDER") }
let folder = CommandLine.arguments[1]
let start = try Network(
  initializing: Layer.s5(
    width: 32, states: 16, blocks: 1, outputs: RunningMeans.width, relufied: true),
  inputWidth: RunningMeans.width, seed: 1)
var optimization = OptimizationOptions()
optimization.learningRate = 0.01
optimization.stateSpaceLearningRate = 0.005
let trainer = try Trainer(
  start, task: RunningMeans(),
  run: RunOptions(
    steps: 600, seed: 1, dropout: 0, logEvery: 100, validateEvery: 200, checkpointEvery: 200),
  optimization: optimization,
  // Four weights of five are gone at the end, the smallest first.
  pruning: PruningOptions(sparsity: 0.8, begin: 0.1, end: 0.6),
  workers: Workers(count: 1), folder: folder, resume: true
) { progress in
  if progress.validation == nil { print("step \(progress.step): loss \(progress.loss)") }
}
let trained = try trainer.train()

// Fixed point: ranges of activations are measured on frames like those in use.
var calibration = try Calibration(trained)
calibration.add((0..<3000).map { Float(sin(Double($0) * 0.7)) })
let quantized = try calibration.quantized(.w8a16).orderedForLookups()
print(
  "RMS error: \(RunningMeans.error(of: trained)) in floats, "
    + "\(RunningMeans.error(of: quantized)) in fixed point")

// The model file to keep, and an image that a device runs where it lies.
let file = quantized.modelFile()
try Data(file).write(to: URL(fileURLWithPath: "\(folder)/small.safetensors"))
let image = Plan(quantized, instructionSet: .scalar).withImage { Data($0) }
try image.write(to: URL(fileURLWithPath: "\(folder)/small.plan"))
print("\(file.count) bytes of model, \(image.count) bytes of plan")
