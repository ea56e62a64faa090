import Foundation
import Sparrow
import SparrowTraining
import TestSupport
import Testing

@testable import SparrowTasks

@Suite struct SeriesTaskTests {
  private static let frontEnd = SeriesFrontEnd(
    rate: Pendulum.rate, classes: Pendulum.classes, smoothing: 1, threshold: 0.8)

  private static func task(
    _ recordings: [SeriesRecording], validation: [SeriesRecording] = [],
    augmentation: SeriesAugmentation = SeriesAugmentation(), batch: Int = 16
  ) throws -> SeriesTask {
    try SeriesTask(
      width: 3, training: recordings, validation: validation, frontEnd: frontEnd,
      batch: SeriesBatch(recordings: batch, maximumFrames: 80), augmentation: augmentation,
      loss: SeriesLoss(), seed: 1, workers: Workers(count: 1))
  }

  /// A network learns to tell movements apart that it has not seen, in seconds.
  @Test func learnsMovements() throws {
    let folder = try TemporaryFolder()
    let network = try Network(
      initializing: [
        .normalization, .recurrent(RecurrentLayer(.gru(), units: 16)),
        .dense(DenseLayer(outputs: 3)),
      ], inputWidth: 3, frontEnd: .series(Self.frontEnd), seed: 1)
    var optimization = OptimizationOptions()
    optimization.learningRate = 0.01
    optimization.emaDecay = 0.9
    var augmentation = SeriesAugmentation()
    augmentation.speed = 0.2
    augmentation.crop = 0.1
    let task = try Self.task(
      Pendulum.recordings(60, seed: 1), validation: Pendulum.recordings(60, seed: 2),
      augmentation: augmentation)
    let trainer = try Trainer(
      network, task: task,
      run: RunOptions(steps: 80, logEvery: 80, validateEvery: 80, checkpointEvery: 80),
      optimization: optimization, workers: Workers(count: 1), folder: folder["run"],
      resume: false, progress: { _ in })
    let trained = try trainer.train()
    let test = SeriesValidation(Pendulum.recordings(90, seed: 3), frontEnd: Self.frontEnd)
    let (scores, count) = test.run(trained, workers: Workers(count: 2))
    #expect(scores.accuracy > 0.9)
    #expect(scores.accuracyByQuarter[3] == scores.accuracy)
    #expect(scores.confusion.joined().reduce(0, +) == 90)
    #expect(count.steps == 90 * 60)
    // One that guesses is right in a third of them.
    #expect(test.run(network, workers: Workers(count: 1)).scores.accuracy < 0.7)
  }

  @Test func batchesFollowSeedAndStep() throws {
    let recordings = Pendulum.recordings(20, seed: 1)
    var augmentation = SeriesAugmentation()
    augmentation.speed = 0.3
    augmentation.warp = 0.3
    let (one, other) = (
      try Self.task(recordings, augmentation: augmentation, batch: 8),
      try Self.task(recordings, augmentation: augmentation, batch: 8)
    )
    func values(_ task: SeriesTask, _ step: Int) -> [Float] {
      let batch = task.makeBatch(step: step)
      #expect(batch.clips == 8 && batch.width == 3 && batch.steps <= 80)
      return Array(UnsafeBufferPointer(start: batch.values, count: batch.count))
    }
    // In any order, as after a resumption.
    let second = values(one, 5)
    _ = values(other, 2)
    #expect(values(other, 5) == second)
    #expect(values(other, 6) != second)
  }

  @Test func epochTakesEveryRecordingOnce() throws {
    let recordings = (0..<12).map {
      SeriesRecording(
        name: "", label: 0, frames: [Float]($0 == 0 ? [0, 0, 0] : [Float($0), 0, 0]))
    }
    let task = try Self.task(recordings, batch: 4)
    for epoch in 0..<2 {
      let seen = (0..<3).flatMap { step in
        let batch = task.makeBatch(step: 3 * epoch + step)
        return (0..<4).map { batch.values[3 * $0] }
      }
      #expect(seen.sorted() == (0..<12).map { Float($0) })
    }
  }

  /// Against differences of the loss.
  @Test func gradientOfLoss() {
    var loss = SeriesLoss()
    loss.labelSmoothing = 0.1
    loss.lateness = 2
    var random = RandomNumbers(seed: 4)
    let recordings = [(label: 1, frames: 3), (label: 0, frames: 2)]
    let start = (0..<18).map { _ in Float(random.normal()) }
    func value(_ logits: [Float]) -> (Double, [Float]) {
      var logits = logits
      return logits.withUnsafeMutableBufferPointer { values in
        let result = loss.replaceByGradient(
          Activations(values: values.baseAddress!, steps: 3, clips: 2, width: 3),
          recordings: recordings)
        return (result.loss, Array(values))
      }
    }
    let (_, gradient) = value(start)
    for i in start.indices {
      var (more, less) = (start, start)
      more[i] += 0.01
      less[i] -= 0.01
      let slope = (value(more).0 - value(less).0) / 0.02
      #expect(abs(Double(gradient[i]) - slope) < 1e-4)
    }
    // The second recording has ended by the third step.
    #expect(gradient[15...].allSatisfy { $0 == 0 })
  }

  @Test func optionsOutOfRange() throws {
    var augmentation = SeriesAugmentation()
    augmentation.crop = 0.5
    #expect(throws: TrainingError.self) {
      try Self.task(Pendulum.recordings(3, seed: 1), augmentation: augmentation)
    }
    #expect(throws: TrainingError.self) { try Self.task([]) }
    let json = #"{"points": [{"firstChannel": 1, "points": 1}]}"#
    let outside = try JSONDecoder().decode(SeriesAugmentation.self, from: Data(json.utf8))
    #expect(throws: TrainingError.self) {
      try Self.task(Pendulum.recordings(3, seed: 1), augmentation: outside)
    }
  }
}
