import Foundation
public import Sparrow
import SparrowAudio
import SparrowFiles
import SparrowSoundFiles
public import SparrowTraining

/// An evaluation of a spotter on recordings of single words.
public struct KeywordEvaluation: Sendable {
  let plan: Plan
  let frontEnd: KeywordFrontEnd

  /// The conditions of an evaluation.
  public struct Conditions: Sendable {
    /// A folder of noises, and the signal-to-noise ratio in dB; nil for no noise.
    public var noise: (folder: String, snr: Double)?
    /// The seed of the choice of noises.
    public var seed: UInt64 = 1
    /// A denoiser before the spotter, at the spotter's sample rate; nil for none.
    public var denoiser: Plan?

    /// Conditions without noise and denoiser.
    public init() {}
  }

  /// An evaluation of a network.
  public init(_ plan: Plan, frontEnd: KeywordFrontEnd) {
    self.plan = plan
    self.frontEnd = frontEnd
  }

  /// The result of an evaluation.
  public struct Outcome: Sendable {
    /// The scores.
    public var scores: KeywordScores
    /// The operations of the network.
    public var count: OperationCount
  }

  /// Scores recordings.
  ///
  /// - Throws: An error if a file cannot be read, or if no recording is of a word that the network
  ///   knows.
  public func run(
    _ folder: WordFolder, conditions: Conditions = Conditions(), workers: Workers
  ) throws -> Outcome {
    try checkWords(of: folder)
    let noises = try noises(of: conditions)
    let results = workers.map(folder.files.count) { index in
      Result { try classify(folder, index, noises, conditions) }
    }
    var scores = KeywordScores(words: frontEnd.words)
    scores.snr = conditions.noise?.snr
    var count = OperationCount(plan)
    for (file, result) in zip(folder.files, results) {
      let classification = try result.get()
      count += classification.count
      scores.add(
        classification, of: frontEnd.words.firstIndex(of: file.word),
        threshold: frontEnd.threshold)
    }
    return Outcome(scores: scores, count: count)
  }

  private func classify(
    _ folder: WordFolder, _ index: Int, _ noises: [Recording], _ conditions: Conditions
  ) throws -> ClipClassification {
    var signal = try signal(folder, index, noises, conditions)
    if let denoiser = conditions.denoiser {
      var denoiser = try Denoiser(denoiser)
      signal = denoiser.denoise(signal)
    }
    return try ClipClassification(signal, plan: plan)
  }

  func checkWords(of folder: WordFolder) throws(FileError) {
    guard folder.words.contains(where: { frontEnd.words.contains($0) }) else {
      throw FileError(
        path: folder.folder,
        reason: "it has none of the network's words: \(frontEnd.words.joined(separator: ", "))")
    }
  }

  func noises(of conditions: Conditions) throws -> [Recording] {
    try conditions.noise.map { try Self.noises($0.folder, frontEnd: frontEnd) } ?? []
  }

  /// A recording with silence around it, in noise where the conditions have some.
  func signal(
    _ folder: WordFolder, _ index: Int, _ noises: [Recording], _ conditions: Conditions
  ) throws -> [Float] {
    let path = "\(folder.folder)/\(folder.files[index].path)"
    let rate = frontEnd.sampleRate
    let samples = try Sound(contentsOf: path).mono().resampled(to: rate).channels[0]
    var random = RandomNumbers(seed: conditions.seed, stream: UInt64(index))
    var noise: (Recording, Int, Double)?
    if let snr = conditions.noise?.snr {
      let recording = noises[random.index(below: noises.count)]
      noise = (recording, random.index(below: recording.count), snr)
    }
    return ClipClassification.signal(samples, sampleRate: rate, noise: noise)
  }

  private static func noises(_ folder: String, frontEnd: KeywordFrontEnd) throws -> [Recording] {
    let recordings = try SoundFolder.files(below: folder).compactMap { path in
      Recording(
        name: path,
        samples: try Sound(contentsOf: "\(folder)/\(path)").mono()
          .resampled(to: frontEnd.sampleRate).channels[0])
    }
    guard !recordings.isEmpty else {
      throw FileError(path: folder, reason: "there are no sound files with noise")
    }
    return recordings
  }
}

/// The scores of a spotter on recordings of single words.
public struct KeywordScores: Sendable, Codable {
  /// The signal-to-noise ratio in dB; nil without noise.
  public var snr: Double?
  /// Recordings of words that the network knows.
  public var clips = 0
  /// The fraction of them whose word has the highest smoothed probability, from 0 to 1.
  public var accuracy = 0.0
  /// The fraction in which that probability also reaches the threshold, from 0 to 1.
  public var found = 0.0
  /// Recordings of other words.
  public var otherClips = 0
  /// The fraction of recordings of other words in which a word reaches the threshold, from 0 to 1.
  public var falseAlarms = 0.0
  /// The network's words, and "none".
  public var classes: [String]
  /// The confusion matrix [said][heard], in recordings. A word is heard if its smoothed probability
  /// is the highest and reaches the threshold.
  public var confusion: [[Int]]

  private var right = 0

  private enum CodingKeys: String, CodingKey {
    case snr = "snrDb"
    case clips, accuracy, found, otherClips, falseAlarms, classes, confusion
  }

  init(words: [String]) {
    classes = words + [KeywordFrontEnd.none]
    confusion = Array(repeating: Array(repeating: 0, count: classes.count), count: classes.count)
  }

  /// - Parameter word: The word that was said; nil if the network does not know it.
  mutating func add(_ clip: ClipClassification, of word: Int?, threshold: Float) {
    let none = classes.count - 1
    confusion[word ?? none][clip.confidence >= threshold ? clip.word : none] += 1
    if let word {
      clips += 1
      if clip.word == word { right += 1 }
    } else {
      otherClips += 1
    }
    accuracy = Double(right) / Double(max(clips, 1))
    let found = (0..<none).reduce(0) { $0 + confusion[$1][$1] }
    self.found = Double(found) / Double(max(clips, 1))
    falseAlarms = Double(otherClips - confusion[none][none]) / Double(max(otherClips, 1))
  }
}
