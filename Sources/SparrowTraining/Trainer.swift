public import Sparrow
import SparrowFiles

/// A run of training: steps, a log, validation, checkpoints, and going on from one.
///
/// In the output folder it keeps `log.jsonl` (a line a look), `checkpoint.safetensors`,
/// `best.safetensors` (the network with the best validation score so far, of those that have all
/// the zeros that they are to have) and, at the end, `network.safetensors`.
public final class Trainer {
  private let task: any TrainingTask
  private let run: RunOptions
  private let optimization: OptimizationOptions
  private let pruning: PruningOptions?
  private let quantization: QuantizationAwareOptions?
  private let folder: String
  private let record: RunRecord
  private let lock: FileLock
  private let network: TrainableNetwork<Float>
  private let optimizer: Optimizer<Float>
  private let pruner: Pruner?
  private let quantizer: WeightQuantizer?
  private var step = 0
  private var bestScore = -Double.infinity
  private var wasScored = false
  private let progress: (TrainingProgress) -> Void
  private let isStopped: () -> Bool
  /// Seconds of training before the last record, those before an interruption included.
  private var secondsSoFar = 0.0

  /// - Parameters:
  ///   - network: where the run begins.
  ///   - task: data, loss and score.
  ///   - run: steps, seed, and how often there is a look, a score and a checkpoint.
  ///   - optimization: learning rate and its schedule, clipping, decay.
  ///   - pruning: which weights become zero, and when; nil for none.
  ///   - quantization: how weights and activations are rounded in training; nil for not at all.
  ///   - workers: threads.
  ///   - instructionSet: of the kernels.
  ///   - record: what a checkpoint has to agree in with the run that goes on from it; without
  ///     settings, the options here are compared.
  ///   - folder: the run's; made where it is missing.
  ///   - resume: whether to go on from the checkpoint in `folder`, if there is one.
  ///   - acceptsChanges: whether to go on from a checkpoint of another recipe or of other data.
  ///   - note: told of differences that are allowed.
  ///   - isStopped: Asked after every step; true ends the run with a checkpoint.
  ///   - progress: called with every record of the training log.
  public init(
    _ network: Network, task: any TrainingTask, run: RunOptions,
    optimization: OptimizationOptions, pruning: PruningOptions? = nil,
    quantization: QuantizationAwareOptions? = nil, workers: Workers,
    instructionSet: InstructionSet = .best, record: RunRecord = RunRecord(), folder: String,
    resume: Bool, acceptsChanges: Bool = false, note: (String) -> Void = { _ in },
    isStopped: @escaping () -> Bool = { false }, progress: @escaping (TrainingProgress) -> Void
  ) throws(TrainingError) {
    try run.validate()
    try optimization.validate()
    try pruning?.validate()
    try quantization?.validate()
    self.task = task
    self.run = run
    self.optimization = optimization
    self.pruning = pruning
    self.quantization = quantization
    self.folder = folder
    var record = record
    record.instructionSet = "\(instructionSet.name)"
    if record.settings.isEmpty {
      record.settings["options"] = run.fingerprint(optimization, pruning, quantization)
      record.settings["run.steps"] = "\(run.steps)"
    }
    self.record = record
    self.progress = progress
    self.isStopped = isStopped
    let context = TrainingContext<Float>(
      workers: workers, instructionSet: instructionSet, products: run.matmulPrecision ?? .float32)
    let network = try TrainableNetwork(
      network, dropout: run.dropout, recurrentDropout: run.recurrentDropout ?? RecurrentDropout(),
      quantization: quantization, context: context)
    self.network = network
    pruner = pruning.map { Pruner($0, network.parameters) }
    quantizer = quantization.map { WeightQuantizer($0, network.parameters) }
    optimizer = Optimizer(optimization, network.parameters, context: context)
    do throws(FileError) {
      try Files.makeFolder(folder)
      lock = try FileLock(path: "\(folder)/.lock", holder: "another run trains into this folder")
      if resume {
        try restore(acceptsChanges: acceptsChanges, note: note)
        try truncateLog()
      }
    } catch {
      throw .file(error.description)
    }
  }

  /// Trains to the end; returns the network.
  ///
  /// - Throws: ``TrainingError/diverged(step:what:)`` where the loss or the gradient stops being
  ///   finite, and the last checkpoint stays as it was; or where no score was finite to the end.
  ///   ``TrainingError/interrupted(step:)`` where the run was asked to end.
  public func train() throws(TrainingError) -> Network {
    defer { lock.release() }
    do throws(FileError) { try writeDescription() } catch { throw .file(error.description) }
    var clock = Clock()
    var lossSum = 0.0
    var measureSum = 0.0
    var looked = step
    /// Seconds since the last look, up to where the clock was read last.
    var trained = 0.0
    while step < run.steps {
      let input = task.makeBatch(step: step)
      setValues()
      let pass = TrainingPass(
        isTraining: true, seed: run.seed &+ UInt64(step) &* 0x9e37_79b9,
        continues: task.continues(step: step))
      let (loss, gradient) = task.loss(of: network.forward(input, pass))
      guard loss.value.isFinite else {
        throw .diverged(step: step, what: "the loss is \(loss.value)")
      }
      network.clearGradients()
      network.backward(gradient)
      pruner?.keepZeros()
      let length = try optimizer.update(
        step: step, of: run.steps, rateFactor: task.rateFactor(step: step))
      step += 1
      lossSum += loss.value
      measureSum += loss.measure

      if step % run.logEvery == 0 || step == run.steps {
        let count = Double(step - looked)
        let seconds = trained + clock.lap()
        trained = 0
        secondsSoFar += seconds
        let unitsPerSecond = count * task.unitsPerBatch / seconds
        try report(
          TrainingProgress(
            step: step, steps: run.steps,
            epoch: Double(step) * task.unitsPerBatch / task.unitsPerEpoch, loss: lossSum / count,
            measure: measureSum / count, measureUnit: loss.measureUnit, gradientNorm: length,
            learningRate: optimization.rate(step: step - 1, of: run.steps)
              * task.rateFactor(step: step - 1), seconds: secondsSoFar,
            unitsPerSecond: unitsPerSecond, unit: task.unit,
            secondsLeft: Double(run.steps - step) * seconds / count, validation: nil))
        (lossSum, measureSum, looked) = (0, 0, step)
      }
      if step % run.validateEvery == 0 || step == run.steps {
        // Validation does not count as training time.
        trained += clock.lap()
        try validate()
        _ = clock.lap()
      }
      if step % run.checkpointEvery == 0 || step == run.steps {
        do throws(FileError) { try checkpoint() } catch { throw .file(error.description) }
      }
      if step < run.steps, isStopped() {
        do throws(FileError) { try checkpoint() } catch { throw .file(error.description) }
        throw .interrupted(step: step)
      }
    }
    let result = try snapshot()
    try write(result, to: "network.safetensors")
    if wasScored, bestScore == -.infinity {
      throw .diverged(step: step, what: "no validation gave a finite score")
    }
    return result
  }

  /// Makes the values that the network runs with, out of what the optimiser moves or its running
  /// mean: first zeros, then numbers on a grid, where these are asked for.
  private func setValues(toAverages: Bool = false) {
    let workers = network.context.workers
    pruner?.apply(step: step, of: run.steps, toAverages: toAverages, workers: workers)
    quantizer?.apply(toAverages: toAverages, workers: workers)
  }

  /// The network as training has it now: the running mean of its parameters where one is kept, with
  /// the zeros that pruning has come to, rounded.
  private func snapshot() throws(TrainingError) -> Network {
    let isAveraged = optimization.emaDecay > 0
    setValues(toAverages: isAveraged)
    do throws(NetworkError) {
      return try isAveraged ? network.averagedNetwork : network.network
    } catch {
      throw .diverged(step: step, what: "\(error)")
    }
  }

  private func validate() throws(TrainingError) {
    let candidate = try snapshot()
    let scores = task.validate(candidate)
    try report(
      TrainingProgress(
        step: step, steps: run.steps, validation: scores, sparsity: candidate.sparsityByMatrix))
    // A network that is still to lose weights would win against what becomes of it.
    let isPruned = pruning.map { $0.progress(step: step, of: run.steps) == 1 } ?? true
    guard isPruned, let score = scores["score"] else { return }
    wasScored = true
    if score > bestScore {
      bestScore = score
      try write(candidate, to: "best.safetensors")
    }
  }

  private func write(_ network: Network, to name: String) throws(TrainingError) {
    do throws(FileError) {
      try Files.write(network.modelFile(), to: "\(folder)/\(name)")
    } catch {
      throw .file(error.description)
    }
  }

  private func report(_ look: TrainingProgress) throws(TrainingError) {
    progress(look)
    do throws(FileError) {
      try Files.append(Array((look.json + "\n").utf8), to: "\(folder)/log.jsonl")
    } catch {
      throw .file(error.description)
    }
  }

  private func writeDescription() throws(FileError) {
    let description = RunDescription(
      steps: run.steps, settings: record.settings, data: String(record.data, radix: 16),
      instructionSet: record.instructionSet, unit: task.unit, unitsPerBatch: task.unitsPerBatch,
      unitsPerEpoch: task.unitsPerEpoch,
      parameters: network.parameters.reduce(0) { $0 + $1.count })
    try Files.write(description.json, to: "\(folder)/run.json")
  }

  // MARK: Checkpoints

  private var checkpointPath: String { "\(folder)/checkpoint.safetensors" }

  /// Everything but the recipe that the next step depends on: parameters, what the optimiser
  /// remembers, how large activations have become, and where the run is. Random numbers are made
  /// from the step's index.
  private func checkpoint() throws(FileError) {
    var tensors: [String: Tensor] = [:]
    for parameter in network.parameters {
      for (name, memory) in parameter.memories { tensors[name] = parameter.tensor(of: memory) }
    }
    for range in network.ranges {
      tensors["range/\(range.name)"] = Tensor(shape: [1], values: [range.largest])
    }
    // A batch that begins anew needs none.
    for (index, layer) in network.statefulLayers.enumerated() where task.continues(step: step) {
      for (name, values) in layer.state?.vectors ?? [:] {
        tensors["state/\(index)/\(name)"] = Tensor(shape: [values.count], values: values)
      }
    }
    let file = SafeTensors(
      metadata: [
        "sparrow.checkpoint": "2", "step": "\(step)", "bestScore": "\(bestScore)",
        "usualLength": optimizer.meanGradientNorm.map { "\($0)" } ?? "",
        "stateSteps": network.statefulLayers.map { "\($0.state?.steps ?? 0)" }
          .joined(separator: " "),
        "data": "\(record.data)", "instructionSet": record.instructionSet,
      ].merging(record.settings.map { (Self.settingKey + $0, $1) }) { first, _ in first },
      tensors: tensors)
    try Files.write(file.sealed().encode(), to: checkpointPath)
  }

  private static let settingKey = "setting."
  /// Far more than any run has, and far from overflowing.
  private static let mostSteps = 1 << 40

  private func truncateLog() throws(FileError) {
    let path = "\(folder)/log.jsonl"
    guard Files.exists(path) else { return }
    let log = try Files.read(path)
    let kept = RunLog.truncated(log, after: step)
    if kept.count < log.count { try Files.write(kept, to: path) }
    secondsSoFar = RunLog.seconds(in: kept)
  }

  private func restore(acceptsChanges: Bool, note: (String) -> Void) throws(FileError) {
    guard Files.exists(checkpointPath) else { return }
    let bytes = try Files.read(checkpointPath)
    func refuse(_ reason: String) -> FileError {
      FileError(path: checkpointPath, reason: "cannot go on from it: \(reason)")
    }
    let file: SafeTensors
    do throws(ModelFileError) { file = try SafeTensors(bytes: bytes) } catch {
      throw refuse("\(error)")
    }
    guard let version = file.metadata["sparrow.checkpoint"] else {
      throw refuse("it is not a checkpoint")
    }
    guard version == "2" else {
      throw refuse("it has version \(version); this program reads version 2")
    }
    guard file.isIntact else { throw refuse("its checksum is wrong: the file is damaged") }
    guard let step = file.metadata["step"].flatMap({ Int($0) }), step >= 0,
      let score = file.metadata["bestScore"].flatMap({ Double($0) }), !score.isNaN
    else { throw refuse("it is not a checkpoint") }
    let old = RunRecord(
      settings: Dictionary(
        uniqueKeysWithValues: file.metadata.filter { $0.key.hasPrefix(Self.settingKey) }.map {
          (String($0.key.dropFirst(Self.settingKey.count)), $0.value)
        }), data: file.metadata["data"].flatMap { UInt64($0) } ?? 0,
      instructionSet: file.metadata["instructionSet"] ?? "")
    let changes = old.changes(to: record)
    guard changes.harmful.isEmpty || acceptsChanges else {
      throw refuse(
        "it was made by another recipe or from other data: "
          + changes.harmful.joined(separator: "; "))
    }
    for change in changes.harmful + changes.harmless {
      note("other than in the checkpoint: \(change)")
    }
    guard step <= run.steps else {
      throw refuse("it is at step \(step) of a run that is to have \(run.steps)")
    }
    for parameter in network.parameters {
      for (name, memory) in parameter.memories {
        guard let tensor = file.tensors[name], tensor.shape == parameter.description.shape else {
          throw refuse("\(name) is missing or has another shape")
        }
        let isSquare = name.hasPrefix("second/")
        guard tensor.values.allSatisfy({ $0.isFinite && (!isSquare || $0 >= 0) }) else {
          throw refuse("\(name) has values that no training gives")
        }
        parameter.assign(tensor.values, to: memory)
      }
    }
    for range in network.ranges {
      guard let tensor = file.tensors["range/\(range.name)"], tensor.shape == [1],
        tensor.values[0].isFinite, tensor.values[0] >= 0
      else { throw refuse("range/\(range.name) is missing or no range") }
      range.largest = tensor.values[0]
    }
    if task.continues(step: step) {
      let steps = (file.metadata["stateSteps"] ?? "").split(separator: " ").compactMap { Int($0) }
      guard steps.count == network.statefulLayers.count,
        steps.allSatisfy((0...Self.mostSteps).contains)
      else { throw refuse("states of layers are missing") }
      for (index, layer) in network.statefulLayers.enumerated() {
        var vectors: [String: [Float]] = [:]
        for name in type(of: layer).stateNames {
          guard let tensor = file.tensors["state/\(index)/\(name)"],
            tensor.values.allSatisfy(\.isFinite)
          else { throw refuse("state/\(index) is missing, or its \(name) is") }
          vectors[name] = tensor.values
        }
        layer.state = CarriedState(vectors: vectors, steps: steps[index])
      }
    }
    self.step = step
    bestScore = score
    let meanGradientNorm = file.metadata["usualLength"].flatMap(Double.init)
    guard meanGradientNorm.map({ $0.isFinite && $0 >= 0 }) ?? true else {
      throw refuse("the gradient norm is none")
    }
    optimizer.meanGradientNorm = meanGradientNorm
  }
}
