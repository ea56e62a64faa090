public import Sparrow
public import SparrowTraining

/// The data of a keyword spotter in a recipe.
public struct KeywordDataDescription: Codable, Equatable, Sendable {
  /// A folder of word folders, below a data root whose manifest assigns recordings to training
  /// (`train`) and validation (`valid`).
  public var words: String
  /// Speech without the words, and noise.
  public var background: SpeechAndNoiseDescription

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    words = try values.decode(String.self, forKey: .words)
    background = try values.decode(SpeechAndNoiseDescription.self, forKey: .background)
  }
}

/// Recordings of words and of background, decoded and in memory.
public struct KeywordData: Sendable {
  let words: [WordRecording]
  let validation: [WordRecording]
  let background: SpeechAndNoiseData

  init(words: [WordRecording], validation: [WordRecording], background: SpeechAndNoiseData) {
    self.words = words
    self.validation = validation
    self.background = background
  }

  /// Loads the data.
  ///
  /// - Throws: `TrainingError` if files are missing or cannot be decoded.
  public init(
    _ description: KeywordDataDescription, frontEnd: KeywordFrontEnd, roots: [String],
    workers: Workers, unreadable: ((String) -> Void)? = nil,
    progress: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) {
    guard
      let root = roots.first(where: { SoundFileSelection.isFolder("\($0)/\(description.words)") })
    else {
      throw .data("there is no folder \(description.words) in \(roots.joined(separator: ", "))")
    }
    let manifest = try DataManifest(contentsOf: "\(root)/manifest.tsv")
    func load(_ split: String) throws(TrainingError) -> [WordRecording] {
      var folder: WordFolder
      do { folder = try WordFolder("\(root)/\(description.words)") } catch {
        throw .data("\(error)")
      }
      folder.keep(split: split, of: manifest, below: description.words)
      let recordings = try WordRecording.load(
        folder, words: frontEnd.words, sampleRate: frontEnd.sampleRate, workers: workers,
        unreadable: unreadable, progress: progress)
      let found = Set(recordings.map(\.word))
      if let missing = frontEnd.words.indices.first(where: { !found.contains($0) }) {
        throw .data(
          "there are no recordings of \"\(frontEnd.words[missing])\" in the part \"\(split)\" of "
            + description.words)
      }
      return recordings
    }
    words = try load("train")
    validation = try load("valid")
    background = try SpeechAndNoiseData(
      description.background, roots: roots, sampleRate: frontEnd.sampleRate, workers: workers,
      unreadable: unreadable, progress: progress)
  }

  /// Tells the recordings apart from others, by their words and samples.
  var fingerprint: UInt64 {
    var hash = FNV1a()
    for recording in words + validation {
      hash.add(UInt64(recording.word))
      for sample in recording.samples { hash.add(UInt64(sample.bitPattern)) }
    }
    hash.add(background.fingerprint)
    return hash.value
  }
}
