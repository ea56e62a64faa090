public import Sparrow
import SparrowFiles
public import SparrowTraining

/// Everything that the commands ask of a task, apart from its training. A task is a folder with a
/// conformance, and a line in ``Tasks/all``.
public protocol TaskRule: Sendable {
  /// The kind of front end of the task's networks and recipes.
  static var kind: String { get }
  /// The task's networks, as "denoisers".
  static var networks: String { get }
  /// The type of the task's recipes.
  static var recipe: any TrainingRecipe.Type { get }
  /// The options of an evaluation that the task knows, apart from its data.
  static var options: [EvaluationOption] { get }
  /// The score by which networks are compared.
  static var measure: StudyMeasure { get }

  /// Scores a network of the task.
  ///
  /// - Throws: An error if data are missing or invalid.
  static func evaluate(
    _ network: Network, on data: EvaluationData
  ) throws -> TaskEvaluation

  /// Input frames of a network by which exponents are chosen in fixed point: sequences that begin
  /// with a fresh state.
  ///
  /// - Returns: nil if the task has no such data.
  /// - Throws: An error if data are missing or invalid.
  static func calibrationFrames(
    of network: Network, from data: CalibrationData
  ) throws -> [[Float]]?
}

extension TaskRule {
  /// There are none by default.
  public static func calibrationFrames(
    of network: Network, from data: CalibrationData
  ) throws -> [[Float]]? { nil }
}

/// The result of an evaluation.
public struct TaskEvaluation {
  /// The network as it was run.
  public var plan: Plan
  /// The scores, for the JSON of `sparrow evaluate`.
  public var scores: any Codable & Sendable
  /// The scores as text.
  public var text: String
  /// The operations of the network.
  public var count: OperationCount
  /// Further results of the task, for pages; nil for none.
  public var details: (any Sendable)?

  /// A result.
  public init(
    plan: Plan, scores: any Codable & Sendable, text: String, count: OperationCount,
    details: (any Sendable)? = nil
  ) {
    self.plan = plan
    self.scores = scores
    self.text = text
    self.count = count
    self.details = details
  }
}

/// An option of `sparrow evaluate` that only some tasks have; in studies, its key.
public enum EvaluationOption: String, Sendable, CaseIterable {
  /// Join the recordings into one stream.
  case stream
  /// Seconds of digital silence before each recording of the stream.
  case gap
  /// The choice of recordings.
  case split
  /// A folder of noises.
  case noise
  /// The signal-to-noise ratio with ``noise``, in dB.
  case snr
  /// Remove noise first.
  case denoise
  /// The column of a manifest that has the frames.
  case column
  /// The values that columns of a manifest have.
  case rows = "where"
  /// A list of the words that may be recognised.
  case words
  /// Sentences that the probabilities of words are counted in.
  case sentences
  /// The number of texts that a decoder follows.
  case beam
  /// Write a page.
  case html

  /// Whether the value of the option is the path of data.
  package var isPath: Bool {
    [.split, .noise, .words, .sentences].contains(self)
  }
}

/// The data and the conditions of an evaluation.
public struct EvaluationData {
  /// The folder of recordings, the text, or the manifest.
  public var path: String
  /// Whether all recordings are one stream.
  public var isStream = false
  /// Seconds of digital silence before each recording of the stream.
  public var gap = 0.0
  /// The choice of recordings: a file with their names, or the value of the column `split`.
  public var split: String?
  /// The columns of a manifest.
  public var columns = ManifestColumns()
  /// A folder of noises, and the signal-to-noise ratio in dB; nil for no noise.
  public var noise: (folder: String, snr: Double)?
  /// The decoder of recognised speech.
  public var decoding = SpeechDecoding()
  /// A denoiser before the network, at its sample rate; nil for none.
  public var denoiser: Plan?
  /// The threads.
  public var workers: Workers
  /// An instruction set of this processor.
  public var instructionSet: InstructionSet
  /// Called now and then with the fraction that is done, and a label.
  public var progress: (_ share: Double, _ label: String) -> Void = { _, _ in }

  /// Data without further conditions.
  public init(path: String, workers: Workers, instructionSet: InstructionSet = .best) {
    self.path = path
    self.workers = workers
    self.instructionSet = instructionSet
  }
}

/// The data that exponents are chosen by.
public struct CalibrationData {
  /// Folders of recordings, or manifests.
  public var paths: [String]
  /// The maximum duration that is used of a recording, in seconds.
  public var seconds = Double.infinity
  /// The columns of manifests.
  public var columns = ManifestColumns()
  /// Called now and then with the fraction that is done, and a label.
  public var progress: (_ share: Double, _ label: String) -> Void = { _, _ in }

  /// Data.
  public init(paths: [String]) { self.paths = paths }
}

/// The columns of a manifest that are used.
public struct ManifestColumns: Sendable {
  /// The column with the frames; nil for "frames".
  public var frames: String?
  /// The values that columns may have, of rows that are used.
  public var choice: [String: [String]] = [:]

  /// All rows, with the usual column of frames.
  public init() {}
}
