import CSparrow
import SparrowCore

/// A spotter's signal processing besides the network's step: mel bands before it,
/// probabilities and decision after it.
struct SpotterSignal: ~Copyable, StateWords {
  let frontEnd: sparrow_keyword_front_end
  private let kernels: Kernels
  private var spectrum: LogMelSpectrum
  private(set) var decision: KeywordDecision
  /// Frames since the signal began.
  private var frames: Int64 = 0
  /// Hops of digital silence up to now; at most ``restartHops``.
  private var silentHops = 0
  /// Hops of digital silence from which on the network's state is held at its beginning.
  private let restartHops: Int

  /// A plan's front end, and how a signal finds its words.
  struct Parts {
    let frontEnd: sparrow_keyword_front_end
    let bands: LogMel

    init(of plan: Plan) throws(FrontEndError) {
      guard let frontEnd = plan.keywordFrontEnd, let bands = LogMel(frontEnd, image: plan.image)
      else { throw FrontEndError(expected: .keywords, found: plan.frontEndKind) }
      self.frontEnd = frontEnd
      self.bands = bands
    }

    /// Floats that a signal works in, and any number of signals one after the other.
    var workCount: Int { (LogMelSpectrum.Workspace.byteCount(bands.shape) + 3) / 4 }
  }

  /// - Parameters:
  ///   - plan: to be kept as long as the signal: it has the tables.
  ///   - memory: ``Parts/workCount`` floats at a multiple of eight bytes.
  init(_ plan: Plan, _ parts: Parts, workingIn memory: UnsafeMutableRawPointer) {
    frontEnd = parts.frontEnd
    kernels = Kernels(plan.instructionSet)
    spectrum = LogMelSpectrum(parts.bands, owner: nil, workingIn: memory)
    decision = KeywordDecision(
      classes: Int(frontEnd.word_count) + 1, threshold: frontEnd.threshold,
      smoothingFrames: Int(frontEnd.smoothing_frames),
      settlingFrames: Int(frontEnd.settling_frames),
      refractoryFrames: Int(frontEnd.refractory_frames))
    restartHops = max(1, Int(frontEnd.sample_rate / (2 * frontEnd.hop)))
  }

  var hop: Int { Int(frontEnd.hop) }

  var threshold: Float {
    get { decision.threshold }
    set { decision.threshold = newValue }
  }

  /// A hop's frame for the network.
  ///
  /// - Returns: whether the network takes the frame at the beginning of its state.
  mutating func analyze(_ samples: Span<Float>, into frame: inout MutableSpan<Float>) -> Bool {
    precondition(samples.count == hop, "a hop has \(hop) samples")
    spectrum.push(samples, into: &frame)
    return countSilence()
  }

  mutating func analyze(_ samples: Span<Int16>, into frame: inout MutableSpan<Float>) -> Bool {
    precondition(samples.count == hop, "a hop has \(hop) samples")
    spectrum.push(samples, into: &frame)
    return countSilence()
  }

  private mutating func countSilence() -> Bool {
    silentHops = spectrum.isSilent ? min(silentHops + 1, restartHops) : 0
    return silentHops == restartHops
  }

  /// - Parameter logits: what the network gave, which become probabilities.
  mutating func decide(_ logits: UnsafeMutableBufferPointer<Float>) -> Spotter.Detection? {
    softmax(logits)
    frames += 1
    guard let (word, confidence) = decision.push(UnsafeBufferPointer(logits).span) else {
      return nil
    }
    return Spotter.Detection(time: frames * Int64(hop), word: word, confidence: confidence)
  }

  /// Logits into probabilities, in place.
  private func softmax(_ values: UnsafeMutableBufferPointer<Float>) {
    var largest = values[0]
    for value in values where value > largest { largest = value }
    for i in values.indices { values[i] -= largest }
    kernels.portableExp(values.count, values.baseAddress!)
    var sum: Float = 0
    for value in values { sum += value }
    let scale = 1 / sum
    for i in values.indices { values[i] *= scale }
  }

  mutating func reset() {
    spectrum.reset()
    decision.reset()
    frames = 0
    silentHops = 0
  }

  var stateWordCount: Int { spectrum.stateWordCount + decision.stateWordCount + 3 }

  func write(to writer: inout StateWriter) {
    spectrum.write(to: &writer)
    decision.write(to: &writer)
    writer.write(UInt32(truncatingIfNeeded: frames))
    writer.write(UInt32(truncatingIfNeeded: frames >> 32))
    writer.write(UInt32(truncatingIfNeeded: silentHops))
  }

  mutating func read(from reader: inout StateReader) {
    spectrum.read(from: &reader)
    decision.read(from: &reader)
    let low = UInt64(reader.word())
    let high = UInt64(reader.word()) & 0xff
    frames = Int64(low | high << 32)
    silentHops = Int(min(reader.word(), UInt32(truncatingIfNeeded: restartHops)))
  }
}
