import Foundation
import Sparrow
import SparrowFiles
import TestSupport
import Testing

@testable import SparrowTraining

struct TrainerTests {
  private func trainer(
    _ folder: TemporaryFolder, steps: Int, resume: Bool = false,
    task: RunningMeanTask = RunningMeanTask(), dropout: Double = 0.1, threads: Int = 1,
    optimization: OptimizationOptions = OptimizationOptions(),
    looks: @escaping (TrainingProgress) -> Void = { _ in }
  ) throws -> Trainer {
    let run = RunOptions(
      steps: steps, seed: 3, dropout: dropout, logEvery: 10, validateEvery: 20, checkpointEvery: 10)
    return try Trainer(
      try RunningMeanTask.network(), task: task, run: run, optimization: optimization,
      workers: Workers(count: threads), folder: folder.path, resume: resume, progress: looks)
  }

  @Test func learns() throws {
    let folder = try TemporaryFolder()
    var losses: [Double] = []
    var options = OptimizationOptions()
    options.learningRate = 0.02
    options.stateSpaceLearningRate = 0.02
    let network = try trainer(folder, steps: 400, dropout: 0, optimization: options) {
      if $0.validation == nil { losses.append($0.loss) }
    }.train()
    #expect(losses.count == 40)
    // What guessing zero costs is the target's variance, 0.04 / (1 - 0.64) = 0.11 in the long run.
    #expect(losses[0] > 0.05)
    #expect(losses[39] < 0.02)
    #expect(try Network(modelFile: Files.read("\(folder.path)/network.safetensors")) == network)
  }

  @Test func sameSeedSameRun() throws {
    let one = try TemporaryFolder()
    let other = try TemporaryFolder()
    let network = try trainer(one, steps: 15).train()
    #expect(try trainer(other, steps: 15, threads: 2).train() == network)
  }

  /// An interruption between checkpoints: the steps after the last one are done again.
  @Test func resumedRunIsTheUninterruptedOne() throws {
    let one = try TemporaryFolder()
    let other = try TemporaryFolder()
    let whole = RunningMeanTask()
    let network = try trainer(one, steps: 40, task: whole).train()
    let checkpoint = try Files.read("\(one.path)/checkpoint.safetensors")

    let interrupted = InterruptedTask(at: 27)
    #expect(throws: TrainingError.diverged(step: 27, what: "the loss is nan")) {
      try trainer(other, steps: 40, task: interrupted).train()
    }
    let resumed = RunningMeanTask()
    let again = try trainer(other, steps: 40, resume: true, task: resumed).train()
    #expect(resumed.made == Array(20..<40))
    #expect(again == network)
    #expect(try Files.read("\(other.path)/checkpoint.safetensors") == checkpoint)
    #expect(
      try Files.read("\(other.path)/best.safetensors")
        == Files.read("\(one.path)/best.safetensors"))
  }

  @Test func finishedRunHasNothingLeftToDo() throws {
    let folder = try TemporaryFolder()
    let network = try trainer(folder, steps: 10).train()
    let task = RunningMeanTask()
    #expect(try trainer(folder, steps: 10, resume: true, task: task).train() == network)
    #expect(task.made.isEmpty)
  }

  @Test func resumingNothingBegins() throws {
    let folder = try TemporaryFolder()
    let task = RunningMeanTask()
    _ = try trainer(folder, steps: 10, resume: true, task: task).train()
    #expect(task.made == Array(0..<10))
  }

  /// The best network is the one with the highest score, not the last.
  @Test func keepsTheBest() throws {
    let folder = try TemporaryFolder()
    let task = FirstIsBestTask()
    _ = try trainer(folder, steps: 60, task: task).train()
    #expect(task.candidates.count == 3)
    let best = try Network(modelFile: Files.read("\(folder.path)/best.safetensors"))
    #expect(best == task.candidates[0])
    #expect(best != task.candidates[2])
  }

  @Test func divergenceStopsAndLeavesTheCheckpoint() throws {
    let folder = try TemporaryFolder()
    var options = OptimizationOptions()
    options.learningRate = 1e30
    options.stateSpaceLearningRate = 1e30
    options.warmupFraction = 0
    let error = #expect(throws: TrainingError.self) {
      try trainer(folder, steps: 50, optimization: options).train()
    }
    guard case .diverged(let step, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(step < 10)
    #expect(error?.description.contains("diverged at step \(step)") == true)
    #expect(error?.description.contains("smaller learning rate") == true)

    // After a checkpoint, that is what is left.
    let other = try TemporaryFolder()
    #expect(throws: TrainingError.self) {
      try trainer(other, steps: 40, task: InterruptedTask(at: 14)).train()
    }
    let bytes = try Files.read("\(other.path)/checkpoint.safetensors")
    #expect(try SafeTensors(bytes: bytes).metadata["step"] == "10")
    #expect(!Files.exists("\(other.path)/network.safetensors"))
  }

  /// There would be no best network, and nobody would know.
  @Test func scoresThatAreNeverFiniteFail() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: TrainingError.self) {
      try trainer(folder, steps: 20, task: ScorelessTask()).train()
    }
    #expect(error?.description.contains("finite score") == true)
    #expect(Files.exists("\(folder.path)/network.safetensors"))
  }

  @Test func foreignCheckpointsAreRefused() throws {
    let folder = try TemporaryFolder()
    _ = try trainer(folder, steps: 10).train()
    let path = "\(folder.path)/checkpoint.safetensors"
    let bytes = try Files.read(path)
    func refusal(steps: Int = 10) -> String? {
      do {
        _ = try trainer(folder, steps: steps, resume: true)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal() == nil)
    #expect(refusal(steps: 11) == nil)
    #expect(refusal(steps: 9)?.contains("run.steps (10 before, 9 now)") == true)

    try Files.write(Array(bytes.prefix(bytes.count / 2)), to: path)
    #expect(refusal()?.contains("truncated") == true)
    try Files.write(try RunningMeanTask.network().modelFile(), to: path)
    #expect(refusal()?.contains("not a checkpoint") == true)
    var file = try SafeTensors(bytes: bytes)
    file.tensors["first/layers.0.bias"] = Tensor(shape: [2], values: [0, 0])
    try Files.write(file.sealed().encode(), to: path)
    #expect(refusal()?.contains("first/layers.0.bias") == true)
  }

  /// Any bit that flips is noticed, and so is what no training writes.
  @Test func damagedCheckpointsAreRefused() throws {
    let folder = try TemporaryFolder()
    _ = try trainer(folder, steps: 10).train()
    let path = "\(folder.path)/checkpoint.safetensors"
    let bytes = try Files.read(path)
    var random = TestNumbers(seed: 5)
    for _ in 0..<60 {
      var damaged = bytes
      let place = Int.random(in: 8..<bytes.count, using: &random)
      damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      try Files.write(damaged, to: path)
      // White space before the tensors says nothing.
      if (try? SafeTensors(bytes: damaged)) == (try SafeTensors(bytes: bytes)) { continue }
      #expect(throws: TrainingError.self) { _ = try trainer(folder, steps: 10, resume: true) }
    }
    func refuse(_ change: (inout SafeTensors) -> Void) throws {
      var file = try SafeTensors(bytes: bytes)
      change(&file)
      try Files.write(file.sealed().encode(), to: path)
      #expect(throws: TrainingError.self) { _ = try trainer(folder, steps: 10, resume: true) }
    }
    try refuse { $0.metadata["step"] = "9223372036854775807" }
    try refuse { $0.metadata["step"] = "-1" }
    try refuse { $0.metadata["bestScore"] = "nan" }
    for value in [Float.nan, .infinity] {
      try refuse { $0.tensors["layers.0.bias"]!.values[0] = value }
    }
    try refuse { $0.tensors["second/layers.0.bias"]!.values[0] = -1 }
    try Files.write(bytes, to: path)
    _ = try trainer(folder, steps: 10, resume: true)
  }

  @Test func changesAreNamed() {
    let old = RunRecord(
      settings: ["title": "\"a\"", "run.steps": "10", "optimization.learningRate": "0.1"], data: 1,
      instructionSet: "avx2")
    var new = old
    #expect(old.changes(to: new) == RunRecord.Changes())
    new.settings["title"] = "\"b\""
    new.settings["run.steps"] = "11"
    new.instructionSet = "scalar"
    #expect(old.changes(to: new).harmful == [] && old.changes(to: new).harmless.count == 3)
    new.settings["run.steps"] = "9"
    new.settings["optimization.learningRate"] = nil
    new.data = 2
    #expect(
      old.changes(to: new).harmful == [
        "optimization.learningRate (0.1 before, none now)", "run.steps (10 before, 9 now)",
        "the data, whose files or contents are others",
      ])
  }

  @Test func otherDataAreRefusedUnlessAccepted() throws {
    let folder = try TemporaryFolder()
    func trainer(data: UInt64, accepts: Bool = false, told: (String) -> Void = { _ in }) throws
      -> Trainer
    {
      try Trainer(
        try RunningMeanTask.network(), task: RunningMeanTask(), run: RunOptions(steps: 5),
        optimization: OptimizationOptions(), workers: Workers(count: 1),
        record: RunRecord(settings: ["a": "1"], data: data), folder: folder.path, resume: true,
        acceptsChanges: accepts, note: told, progress: { _ in })
    }
    _ = try trainer(data: 1).train()
    #expect(throws: TrainingError.self) { _ = try trainer(data: 2) }
    var notes: [String] = []
    _ = try trainer(data: 2, accepts: true) { notes.append($0) }
    #expect(notes.count == 1 && notes[0].contains("data"))
  }

  @Test func oneRunAFolder() throws {
    let folder = try TemporaryFolder()
    let first = try trainer(folder, steps: 10)
    let error = #expect(throws: TrainingError.self) { _ = try trainer(folder, steps: 10) }
    #expect(error?.description.contains("another run") == true)
    _ = try first.train()
    _ = try trainer(folder, steps: 10, resume: true)
  }

  /// What a killed run had logged after its last checkpoint is not there twice.
  @Test func theLogOfAResumedRunIsTheUninterruptedOne() throws {
    let one = try TemporaryFolder()
    let other = try TemporaryFolder()
    _ = try trainer(one, steps: 40).train()
    #expect(throws: TrainingError.self) {
      try trainer(other, steps: 40, task: InterruptedTask(at: 38)).train()
    }
    // Half a line, as a kill leaves it, and a look that was not to be.
    try Files.append(Array("{\"step\":40}\n{\"loss\":0.1,".utf8), to: "\(other.path)/log.jsonl")
    _ = try trainer(other, steps: 40, resume: true).train()
    func steps(_ folder: TemporaryFolder) throws -> [Substring] {
      String(decoding: try Files.read("\(folder.path)/log.jsonl"), as: UTF8.self)
        .split(separator: "\n").map { $0[$0.firstRange(of: "\"step\"")!.lowerBound...].prefix(10) }
    }
    #expect(try steps(other) == steps(one))
  }

  @Test func logHasALineALook() throws {
    let folder = try TemporaryFolder()
    var looks = 0
    _ = try trainer(folder, steps: 40) { _ in looks += 1 }.train()
    let text = String(decoding: try Files.read("\(folder.path)/log.jsonl"), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 6 && looks == 6)
    for line in lines {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["step"] is Int)
      #expect(object?["loss"] is Double || object?["validation"] is [String: Double])
    }
  }

  @Test func foldersThatCannotBeMade() throws {
    let folder = try TemporaryFolder()
    try Files.write([1], to: "\(folder.path)/log.jsonl")
    let run = RunOptions(steps: 1)
    #expect(throws: TrainingError.self) {
      try Trainer(
        try RunningMeanTask.network(), task: RunningMeanTask(), run: run,
        optimization: OptimizationOptions(), workers: Workers(count: 1),
        folder: "\(folder.path)/log.jsonl/run", resume: false, progress: { _ in }
      ).train()
    }
  }
}
private final class ScorelessTask: RunningMeanTask {
  override func validate(_ network: Network) -> [String: Double] { ["score": -.infinity] }
}

/// Every validation scores less than the one before.
private final class FirstIsBestTask: RunningMeanTask {
  private(set) var candidates: [Network] = []

  override func validate(_ network: Network) -> [String: Double] {
    candidates.append(network)
    return ["score": -Double(candidates.count)]
  }
}
