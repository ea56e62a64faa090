import Foundation
import Sparrow
import SparrowSoundFiles
public import SparrowTraining
import Synchronization

/// The recordings that mixtures of speech and noise are made from, decoded and in memory: one
/// channel at one rate.
public struct SpeechAndNoiseData: Sendable {
  /// Samples a second.
  public let sampleRate: Int
  /// Voices to train on; at least one.
  let voices: [Voice]
  /// Noises to train on; at least one.
  let noises: [Recording]
  /// Voices to validate on, with only the recordings that are not trained on.
  let heldOutVoices: [Voice]
  let heldOutNoises: [Recording]

  /// Seconds of speech to train on.
  public var speechSeconds: Double { voices.reduce(0) { $0 + seconds(of: $1.recordings) } }
  /// Seconds of noise to train on.
  public var noiseSeconds: Double { seconds(of: noises) }

  /// Tells the recordings apart from others, by their names and samples.
  var fingerprint: UInt64 {
    var hash = FNV1a()
    for voice in voices + heldOutVoices {
      for recording in voice.recordings { recording.add(to: &hash) }
      hash.add(1 << 32)
    }
    for recording in noises + heldOutNoises { recording.add(to: &hash) }
    return hash.value
  }

  private func seconds(of recordings: [Recording]) -> Double {
    Double(recordings.reduce(0) { $0 + $1.count }) / Double(sampleRate)
  }

  /// Recordings of one person, or of several who are not told apart.
  struct Voice: Sendable {
    var name: String
    var recordings: [Recording]
    /// Proportional to the probability of being drawn.
    var weight: Double
    /// Whether there are recordings of the voice to train on.
    var isTrainedOn: Bool

    func minutes(sampleRate: Int) -> Double {
      Double(recordings.reduce(0) { $0 + $1.count }) / Double(sampleRate) / 60
    }
  }

  /// Finds and decodes the files that a description selects; takes seconds for hours of sound.
  ///
  /// - Parameters:
  ///   - description: which files.
  ///   - roots: folders that hold the description's folders. A folder that is in several roots is
  ///     taken from all of them. A root's `manifest.tsv`, if there is one, gives the files' splits,
  ///     speakers and licences.
  ///   - sampleRate: the rate that everything is resampled to.
  ///   - workers: how many files are decoded at once.
  ///   - unreadable: told of files that cannot be listed or decoded, which are left out then;
  ///     without it, the first of them is an error.
  ///   - progress: called now and then, from any thread, with the files done and all.
  /// - Throws: `TrainingError.recipe` for a description that makes no sense,
  ///   and `TrainingError.data` for what is missing or cannot be decoded.
  public init(
    _ description: SpeechAndNoiseDescription, roots: [String], sampleRate: Int,
    workers: Workers = .allCores, unreadable: ((String) -> Void)? = nil,
    progress: @Sendable (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) throws(TrainingError) {
    let files = try SoundFileSelection(description, roots: roots, unreadable: unreadable).files
    let decoded = Self.decode(
      files, sampleRate: sampleRate, workers: workers, progress: progress)
    var collection = Collection(description: description, sampleRate: sampleRate)
    for (file, result) in zip(files, decoded) {
      if case .failure(let error) = result, let unreadable {
        unreadable("\(error)")
        continue
      }
      if let recording = try result.get() { collection.add(recording, from: file) }
    }
    self.init(
      sampleRate: sampleRate, voices: collection.voices(heldOut: false),
      noises: collection.noises, heldOutVoices: collection.voices(heldOut: true),
      heldOutNoises: collection.heldOutNoises)
    guard !voices.isEmpty else { throw .data("there is no speech to train on") }
    guard !noises.isEmpty else { throw .data("there is no noise to train on") }
  }

  init(
    sampleRate: Int, voices: [Voice], noises: [Recording], heldOutVoices: [Voice] = [],
    heldOutNoises: [Recording] = []
  ) {
    self.sampleRate = sampleRate
    self.voices = voices
    self.noises = noises
    self.heldOutVoices = heldOutVoices
    self.heldOutNoises = heldOutNoises
  }

  private static func decode(
    _ files: [SelectedFile], sampleRate: Int, workers: Workers,
    progress: @Sendable (_ done: Int, _ count: Int) -> Void
  ) -> [Result<Recording?, TrainingError>] {
    let done = Mutex(0)
    return workers.map(files.count) { index in
      let file = files[index]
      let result: Result<Recording?, TrainingError>
      do {
        let sound = try Sound(contentsOf: file.path).mono()
        let highest = sound.sampleRate < sampleRate ? Double(sound.sampleRate) / 2 : nil
        result = .success(
          Recording(
            name: file.name, samples: try sound.resampled(to: sampleRate).channels[0],
            highestFrequency: highest))
      } catch {
        result = .failure(.data("\(error)"))
      }
      let count = done.withLock { done in
        done += 1
        return done
      }
      if count % 64 == 0 || count == files.count { progress(count, files.count) }
      return result
    }
  }
}

extension SpeechAndNoiseData: CustomStringConvertible {
  public var description: String {
    func minutes(_ seconds: Double) -> String { String(format: "%.1f min", seconds / 60) }
    let recordings = voices.reduce(0) { $0 + $1.recordings.count }
    return "\(voices.count) voices (\(recordings) recordings, \(minutes(speechSeconds))), "
      + "\(noises.count) noises (\(minutes(noiseSeconds))); "
      + "held out: \(heldOutVoices.count) voices, \(heldOutNoises.count) noises"
  }
}

extension Workers {
  /// One for each core.
  public static var allCores: Workers {
    Workers(count: ProcessInfo.processInfo.activeProcessorCount)
  }
}

/// Sorts recordings into voices and noises, for training and for validation.
private struct Collection {
  private struct Key: Hashable {
    var source: SelectedFile.Source
    var voice: String
  }

  let description: SpeechAndNoiseDescription
  let sampleRate: Int
  private(set) var noises: [Recording] = []
  private(set) var heldOutNoises: [Recording] = []
  /// In the order of their first recordings.
  private var keys: [Key] = []
  private var training: [Key: [Recording]] = [:]
  private var heldOut: [Key: [Recording]] = [:]

  init(description: SpeechAndNoiseDescription, sampleRate: Int) {
    self.description = description
    self.sampleRate = sampleRate
  }

  mutating func add(_ recording: Recording, from file: SelectedFile) {
    let source = self.source(file.source)
    if let minimum = source.minimumRange, recording.levelRange(sampleRate: sampleRate) <= minimum {
      return
    }
    guard file.source.purpose != .noise else {
      if file.isHeldOut { heldOutNoises.append(recording) } else { noises.append(recording) }
      return
    }
    let key = Key(source: file.source, voice: file.voice)
    if training[key] == nil && heldOut[key] == nil { keys.append(key) }
    if file.isHeldOut || file.source.purpose == .validation {
      heldOut[key, default: []].append(recording)
    } else {
      training[key, default: []].append(recording)
    }
  }

  /// A voice's weight is its source's times the root of its minutes: proportional to the minutes, a
  /// few long recordings would hide the other voices; equal for all, three sentences would be drawn
  /// until they are known by heart. n unnamed speakers count as n voices of an nth of the minutes.
  func voices(heldOut isHeldOut: Bool) -> [SpeechAndNoiseData.Voice] {
    keys.compactMap { key in
      guard let recordings = (isHeldOut ? heldOut : training)[key] else { return nil }
      var voice = SpeechAndNoiseData.Voice(
        name: key.voice, recordings: recordings, weight: 0, isTrainedOn: training[key] != nil)
      let source = self.source(key.source)
      let minutes = voice.minutes(sampleRate: sampleRate)
      voice.weight = source.weight * (Double(source.speakers) * minutes).squareRoot()
      return voice
    }
  }

  private func source(_ identity: SelectedFile.Source) -> SoundSource {
    switch identity.purpose {
    case .speech: description.speech[identity.index]
    case .noise: description.noise[identity.index]
    case .validation: description.validation[identity.index]
    }
  }
}
