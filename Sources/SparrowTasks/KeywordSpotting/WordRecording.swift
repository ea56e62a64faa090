import Foundation
import SparrowSoundFiles
import SparrowTraining

/// A recording of one word, with where in it the word is.
struct WordRecording: Sendable {
  /// The word's place among the front end's; the class is one more.
  var word: Int
  var samples: [Float]
  /// From the word's first sound to its last.
  var extent: Range<Int>

  /// - Parameter samples: at `sampleRate`, one channel.
  init(word: Int, samples: [Float], sampleRate: Int) {
    self.word = word
    self.samples = samples
    extent = Self.extent(of: samples, sampleRate: sampleRate)
  }

  /// Frames of 10 ms that are within 25 dB of the loudest one: from the first of them to the last. What is
  /// quieter is breath, room and the end of a fading vowel.
  static func extent(of samples: [Float], sampleRate: Int) -> Range<Int> {
    let length = max(1, sampleRate / 100)
    let powers = stride(from: 0, to: samples.count, by: length).map { start in
      samples[start..<min(start + length, samples.count)].reduce(0) { $0 + Double($1 * $1) }
    }
    let least = (powers.max() ?? 0) * exp(-2.5 * log(10.0))
    guard least > 0, let first = powers.firstIndex(where: { $0 >= least }),
      let last = powers.lastIndex(where: { $0 >= least })
    else { return 0..<samples.count }
    return first * length..<min((last + 1) * length, samples.count)
  }

  /// Root mean square of the word itself.
  var amplitude: Float {
    guard !extent.isEmpty else { return 0 }
    let sum = samples[extent].reduce(0) { $0 + Double($1 * $1) }
    return Float((sum / Double(extent.count)).squareRoot())
  }

  /// Decodes the recordings of a folder.
  ///
  /// - Parameter words: the front end's; recordings of others are left out.
  static func load(
    _ folder: WordFolder, words: [String], sampleRate: Int, workers: Workers,
    progress: @escaping @Sendable (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) throws(TrainingError) -> [WordRecording] {
    let places = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
    let files = folder.files.filter { places[$0.word] != nil }
    let results = workers.map(files.count) { index -> Result<WordRecording, TrainingError> in
      let file = files[index]
      if index % 256 == 255 { progress(index + 1, files.count) }
      do {
        let sound = try Sound(contentsOf: "\(folder.folder)/\(file.path)").mono()
        let samples = try sound.resampled(to: sampleRate).channels[0]
        return .success(
          WordRecording(word: places[file.word]!, samples: samples, sampleRate: sampleRate))
      } catch {
        return .failure(.data("\(error)"))
      }
    }
    var recordings: [WordRecording] = []
    for result in results { recordings.append(try result.get()) }
    return recordings
  }
}
