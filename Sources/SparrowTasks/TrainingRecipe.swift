import Foundation
public import Sparrow
public import SparrowTraining

/// The recipe of a training run: its network, its options and its task. The same recipe and data
/// give the same network.
public protocol TrainingRecipe: Sendable, Codable {
  /// The title in model files and reports.
  var title: String { get }
  /// The values of an input frame.
  var inputWidth: Int { get }
  /// The layers of the network.
  var layers: [Layer] { get }
  /// The length of the run, its dropout and its intervals.
  var run: RunOptions { get set }
  /// The optimiser and its hyperparameters.
  var optimization: OptimizationOptions { get }
  /// Pruning; nil for a dense network.
  var pruning: PruningOptions? { get }
  /// Quantisation-aware training; nil for single precision.
  var quantization: QuantizationAwareOptions? { get }

  /// The number of frames in a batch, for estimates of time and memory.
  var framesPerBatch: Double { get }

  /// Checks the options of the task.
  ///
  /// - Throws: `TrainingError.recipe` if one is out of its range.
  func validateBatch() throws(TrainingError)

  /// The front end of the network, which may depend on the data.
  ///
  /// - Parameter roots: Folders with the data.
  /// - Throws: `TrainingError` if data are missing.
  func networkFrontEnd(roots: [String]) throws(TrainingError) -> FrontEnd

  /// Loads the data.
  ///
  /// - Parameters:
  ///   - frontEnd: The result of ``networkFrontEnd(roots:)``.
  ///   - roots: Folders with the data.
  ///   - workers: The threads.
  ///   - instructionSet: An instruction set of this processor.
  ///   - unreadable: Called for each file that cannot be read, which is skipped; nil makes the
  ///     first an error.
  ///   - loading: Called with the number of loaded files.
  /// - Throws: `TrainingError` if data are missing or invalid.
  func makeTask(
    for frontEnd: FrontEnd, roots: [String], workers: Workers, instructionSet: InstructionSet,
    unreadable: ((String) -> Void)?,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask
}

extension TrainingRecipe {
  /// Checks everything that does not depend on the data.
  func validate(_ frontEnd: FrontEnd) throws(TrainingError) {
    try run.validate()
    try optimization.validate()
    try pruning?.validate()
    try quantization?.validate()
    try validateBatch()
    do throws(NetworkError) {
      try Network.validate(inputWidth: inputWidth, layers: layers, frontEnd: frontEnd)
    } catch {
      throw .recipe("\(error)")
    }
  }

  /// Loads the data and prepares the run, which `Trainer.train()` starts.
  ///
  /// - Parameters:
  ///   - initial: The initialisation.
  ///   - roots: Folders with the data.
  ///   - output: The folder of the run's files.
  ///   - resume: Whether to continue from the checkpoint in `output`.
  ///   - acceptsChanges: Whether to continue from a checkpoint of another recipe or of other data.
  ///   - workers: The threads.
  ///   - instructionSet: An instruction set of this processor.
  ///   - unreadable: Called for each file that cannot be read, which is skipped; nil makes the
  ///     first an error.
  ///   - note: Called for each difference from the checkpoint that is allowed.
  ///   - loading: Called with the number of loaded files.
  ///   - isStopped: Asked after every step; true ends the run with a checkpoint.
  ///   - progress: Called with every record of the training log.
  /// - Throws: `TrainingError` if the recipe, the data or the checkpoint is
  ///   invalid.
  public func trainer(
    from initial: InitialParameters = .random, roots: [String], output: String, resume: Bool,
    acceptsChanges: Bool = false, workers: Workers, instructionSet: InstructionSet = .best,
    unreadable: ((String) -> Void)? = nil, note: (String) -> Void = { _ in },
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void,
    isStopped: @escaping () -> Bool = { false }, progress: @escaping (TrainingProgress) -> Void
  ) throws(TrainingError) -> Trainer {
    let frontEnd = try networkFrontEnd(roots: roots)
    try validate(frontEnd)
    let network = try initialNetwork(initial, frontEnd)
    let task = try makeTask(
      for: frontEnd, roots: roots, workers: workers, instructionSet: instructionSet,
      unreadable: unreadable, loading: loading)
    return try Trainer(
      network, task: task, run: run, optimization: optimization, pruning: pruning,
      quantization: quantization, workers: workers, instructionSet: instructionSet,
      record: RunRecord(settings: try settings(frontEnd), data: task.dataFingerprint),
      folder: output, resume: resume, acceptsChanges: acceptsChanges, note: note,
      isStopped: isStopped, progress: progress)
  }
}

extension TrainingRecipe {
  /// Everything that the recipe says, by paths such as `optimization.learningRate`, and the front
  /// end as it follows from the data.
  private func settings(_ frontEnd: FrontEnd) throws(TrainingError) -> [String: String] {
    do {
      var settings = try JSONValue(of: self).leaves()
      // All words of a language, in one number.
      var hash = FNV1a()
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      for byte in try encoder.encode(frontEnd) { hash.add(UInt64(byte)) }
      settings["the front end as the data make it"] = String(hash.value, radix: 16)
      return settings
    } catch {
      throw .recipe("\(error)")
    }
  }
}
