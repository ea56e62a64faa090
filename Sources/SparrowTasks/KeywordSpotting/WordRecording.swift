import Foundation
import SparrowSoundFiles
import SparrowTraining

/// A recording of one word, with the range of the word.
struct WordRecording: Sendable {
  /// The index of the word in the front end; its class is one more.
  var word: Int
  var samples: [Float]
  /// The samples of the word.
  var extent: Range<Int>

  /// - Parameter samples: One channel at `sampleRate`.
  init(word: Int, samples: [Float], sampleRate: Int) {
    self.word = word
    self.samples = samples
    extent = Self.extent(of: samples, sampleRate: sampleRate)
  }

  /// The range from the first to the last frame of 10 ms within 25 dB of the loudest one. Quieter
  /// frames are breath, room noise and fading vowels.
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

  /// The root mean square of the word.
  var amplitude: Float {
    guard !extent.isEmpty else { return 0 }
    let sum = samples[extent].reduce(0) { $0 + Double($1 * $1) }
    return Float((sum / Double(extent.count)).squareRoot())
  }

  /// Decodes the recordings of a folder.
  ///
  /// - Parameters:
  ///   - words: The words of the front end; recordings of other words are left out.
  ///   - unreadable: Called for each file that cannot be decoded, which is skipped; nil makes the
  ///     first an error.
  static func load(
    _ folder: WordFolder, words: [String], sampleRate: Int, workers: Workers,
    unreadable: ((String) -> Void)? = nil,
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
    for result in results {
      if case .failure(let error) = result, let unreadable {
        unreadable("\(error)")
        continue
      }
      recordings.append(try result.get())
    }
    return recordings
  }
}
