import SparrowTraining

/// Draws continuous speech of one voice.
struct SpeechDrawing: Sendable {
  private let voices: [SpeechAndNoiseData.Voice]
  private let choice: WeightedChoice
  private let sampleRate: Int

  init(_ voices: [SpeechAndNoiseData.Voice], sampleRate: Int) {
    self.voices = voices
    self.sampleRate = sampleRate
    choice = WeightedChoice(weights: voices.map(\.weight))
  }

  /// Recordings of a drawn voice, one after the other, with pauses of 50 to 400 ms between them.
  /// Half of the time speech begins at once, otherwise within the first eighth.
  func draw(samples count: Int, _ random: inout RandomNumbers) -> [Float] {
    drawVoice(samples: count, &random).signal
  }

  /// Besides, the frequency in Hz above which the voice has nothing, if there is one.
  func drawVoice(
    samples count: Int, _ random: inout RandomNumbers
  ) -> (signal: [Float], highestFrequency: Double?) {
    let recordings = voices[choice.draw(&random)].recordings
    let rate = Double(sampleRate)
    var output = [Float](repeating: 0, count: count)
    var position = random.uniform() < 0.5 ? random.index(below: max(1, count / 8)) : 0
    var isFirst = true
    while position < count {
      let recording = recordings[random.index(below: recordings.count)]
      // A long recording is entered anywhere, if half of the signal is still filled by it.
      let isEntered = isFirst && recording.count > count
      let start = isEntered ? random.index(below: recording.count - count / 2) : 0
      let length = min(recording.count - start, count - position)
      output.withUnsafeMutableBufferPointer {
        recording.copy(from: start, count: length, to: $0.baseAddress! + position)
      }
      position += length + Int(random.uniform(in: 0.05...0.4) * rate)
      isFirst = false
    }
    return (output, recordings.compactMap(\.highestFrequency).min())
  }
}
