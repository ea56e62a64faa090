import Sparrow

/// A decoded sound: one channel at the rate of the front end.
struct Recording: Sendable {
  /// The file's name, without its folders.
  var name: String
  /// Hz above which there is nothing, as the file had a lower rate; nil for nothing of the kind.
  var highestFrequency: Double?
  /// Peak-normalised: the loudest sample is ±``peak``. 16 bits keep hours of sound in memory, and
  /// quieter sounds lose nothing by it, since they are scaled first.
  private var samples: [Int16]

  static let peak: Float = 0.9

  /// nil if the samples are silence.
  init?(name: String, samples: [Float], highestFrequency: Double? = nil) {
    let peak = samples.withUnsafeBufferPointer { Levels.peak($0) }
    // Below half a step of 16-bit sound there is nothing but rounding.
    guard peak > 0x1p-16, peak < 1e30 else { return nil }
    self.name = name
    self.highestFrequency = highestFrequency
    let scale = Self.peak * 32_768 / peak
    self.samples = samples.map { Int16(($0 * scale).rounded()) }
  }

  var count: Int { samples.count }

  /// Adds name and samples to what tells data apart.
  func add(to hash: inout FNV1a) {
    for byte in name.utf8 { hash.add(UInt64(byte)) }
    hash.add(UInt64(samples.count))
    for sample in samples { hash.add(UInt64(UInt16(bitPattern: sample))) }
  }

  /// Writes `count` samples from `start` on to `output`; the range must be inside the recording.
  func copy(from start: Int, count: Int, to output: UnsafeMutablePointer<Float>) {
    precondition(start >= 0 && count >= 0 && start + count <= samples.count)
    samples.withUnsafeBufferPointer { source in
      for i in 0..<count { output[i] = Float(source[start + i]) * 0x1p-15 }
    }
  }

  /// `count` samples from `start` on, beginning again when the recording ends.
  func cycle(from start: Int, count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: max(1, count)) { output, initialized in
      var from = start % samples.count
      while initialized < count {
        let part = min(samples.count - from, count - initialized)
        copy(from: from, count: part, to: output.baseAddress! + initialized)
        initialized += part
        from = 0
      }
    }
  }

  /// The 90th minus the 10th percentile of the levels of 20 ms frames, 10 ms apart, in dB.
  func levelRange(sampleRate: Int) -> Double {
    let frame = max(1, sampleRate / 50)
    let hop = max(1, sampleRate / 100)
    var levels: [Double] = []
    var start = 0
    repeat {
      let end = min(start + frame, samples.count)
      var sum = 0.0
      for sample in samples[start..<end] {
        let value = Double(sample) * 0x1p-15
        sum += value * value
      }
      // The offset stands for silence, -120 dB.
      levels.append(Levels.decibels(power: sum / Double(end - start) + 1e-12))
      start += hop
    } while start + frame < samples.count
    levels.sort()
    func percentile(_ share: Double) -> Double {
      levels[Int((share * Double(levels.count - 1)).rounded())]
    }
    return percentile(0.9) - percentile(0.1)
  }
}
