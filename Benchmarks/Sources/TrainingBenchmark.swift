import ArgumentParser
import Sparrow
import SparrowTasks
import SparrowTraining

/// How much sound a second of training takes in.
struct TrainingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training",
    abstract: "Audio-seconds a second of training the S5 denoiser, mixtures already made.")

  @Option(help: "Width of the blocks, H.") var width = 192
  @Option(help: "Complex states of a block, P.") var states = 128
  @Option(help: "Clips in a batch.") var clips = 8
  @Option(help: "Seconds of a clip.") var seconds = 3.0
  @Option(help: "Steps that are timed.") var steps = 30
  @Option(help: "Threads.") var threads = 1

  func run() throws {
    let frontEnd = SpectralFrontEnd()
    let network = try Network(
      initializing: [.normalization]
        + Layer.s5(width: width, states: states, blocks: 3, outputs: frontEnd.bins),
      inputWidth: frontEnd.inputWidth, frontEnd: .spectral(frontEnd), seed: 1)
    let task = DenoisingTask(
      frontEnd: frontEnd, mixtures: NoiseMixtures(),
      validation: nil, clips: clips, seconds: seconds,
      unitsPerEpoch: 1, seed: 1, workers: Workers(count: threads))
    var options = RunOptions(steps: steps + 1)
    options.logEvery = 1
    var speeds: [Double] = []
    let trainer = try Trainer(
      network, task: task, run: options, optimization: OptimizationOptions(),
      workers: Workers(count: threads), folder: ".build/training-benchmark", resume: false
    ) { look in
      if look.validation == nil && look.step > 1 { speeds.append(look.unitsPerSecond) }
    }
    _ = try trainer.train()
    print(
      "\(threads) thread(s): \(formatted(speeds.sorted()[speeds.count / 2], 0)) audio-seconds/s "
        + "(\(clips) clips of \(seconds) s, H \(width), P \(states))")
  }
}

/// White noise on white noise: as much work as speech, and nothing to load.
private struct NoiseMixtures: MixtureSource {
  private let noise: [Float]

  init() {
    var random = RandomNumbers(seed: 3)
    noise = (0..<(1 << 18)).map { _ in Float(random.uniform() - 0.5) * 0.1 }
  }

  func stream(samples: Int, random: inout RandomNumbers) -> MixtureStream {
    let start = random.index(below: noise.count - 2 * samples)
    let clean = Array(noise[start..<start + samples])
    let other = noise[start + samples..<start + 2 * samples]
    return MixtureStream(
      noisy: zip(clean, other).map { $0 + $1 }, clean: clean, scenes: [0..<samples])
  }
}
