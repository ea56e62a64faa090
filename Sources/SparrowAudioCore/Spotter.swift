import CSparrow
public import SparrowCore

/// A network that hears words, hop by hop: mel bands, a step of the network, probabilities,
/// decision.
///
/// Give every signal one of its own; they share the plan.
///
/// Digital silence, as of a muted microphone, is like the time before a signal: after half a second
/// of it the network's state is held at its beginning. Training has no silence of minutes, in which
/// states would drift to where no word has ever begun.
public struct Spotter: ~Copyable {
  private let frontEnd: sparrow_keyword_front_end
  private let bands: LogMel
  private let kernels: Kernels
  private var spectrum: LogMelSpectrum
  private var stream: NetworkStream
  private var decision: KeywordDecision
  /// The network's input; then its output.
  private let memory: UnsafeMutablePointer<Float>
  /// Frames since the signal began.
  private var frames: Int64 = 0
  /// Hops of digital silence up to now; at most ``restartHops``.
  private var silentHops = 0
  /// Hops of digital silence from which on the network's state is held at its beginning.
  private let restartHops: Int

  /// A spotter at the beginning of a signal.
  ///
  /// - Parameter plan: of a keyword spotter's network, with its front end.
  /// - Throws: ``FrontEndError`` for a plan of another network.
  public init(_ plan: Plan) throws(FrontEndError) {
    guard let frontEnd = plan.keywordFrontEnd, let bands = LogMel(frontEnd, image: plan.image)
    else { throw FrontEndError(expected: .keywords, found: plan.frontEndKind) }
    self.init(plan, frontEnd, bands)
  }

  private init(_ plan: Plan, _ frontEnd: sparrow_keyword_front_end, _ bands: LogMel) {
    self.frontEnd = frontEnd
    self.bands = bands
    kernels = Kernels(plan.instructionSet)
    // The stream keeps the plan, and so the tables.
    spectrum = LogMelSpectrum(bands, owner: nil)
    stream = NetworkStream(plan)
    decision = KeywordDecision(
      classes: Int(frontEnd.word_count) + 1, threshold: frontEnd.threshold,
      smoothingFrames: Int(frontEnd.smoothing_frames),
      settlingFrames: Int(frontEnd.settling_frames),
      refractoryFrames: Int(frontEnd.refractory_frames))
    restartHops = max(1, Int(frontEnd.sample_rate / (2 * frontEnd.hop)))
    memory = .allocate(capacity: plan.inputWidth + plan.outputWidth)
    memory.initialize(repeating: 0, count: plan.inputWidth + plan.outputWidth)
  }

  deinit { memory.deallocate() }

  /// Samples in a hop.
  public var hop: Int { Int(frontEnd.hop) }
  /// The sample rate of the input, in hertz.
  public var sampleRate: Int { Int(frontEnd.sample_rate) }
  /// The averaged probability from which a word counts as heard; at first the network's.
  public var threshold: Float {
    get { decision.threshold }
    set { decision.threshold = newValue }
  }

  /// The number of words that can be heard.
  public var wordCount: Int { stream.plan.wordCount }

  /// The UTF-8 bytes of a word; see `Plan.name(ofWord:)`.
  public func name(of word: Int) -> UnsafeBufferPointer<UInt8> { stream.plan.name(ofWord: word) }

  /// A word that was heard.
  public struct Detection: Sendable, Hashable {
    /// Samples from the signal's beginning to the end of the hop in which the word was recognised.
    public var time: Int64
    /// The word's place in the front end's list.
    public var word: Int
    /// The averaged probability, 0 to 1.
    public var confidence: Float
  }

  /// Takes a hop of samples.
  ///
  /// - Parameter input: `hop` samples, between -1 and 1.
  /// - Returns: a word, if one is recognised in this hop.
  public mutating func process(_ input: Span<Float>) -> Detection? {
    analyze(input)
    step()
    return decide()
  }

  /// Takes a hop of 16-bit samples.
  ///
  /// - Parameter input: `hop` samples, 2^15 being 1.
  /// - Returns: a word, if one is recognised in this hop.
  public mutating func process(_ input: Span<Int16>) -> Detection? {
    precondition(input.count == hop, "a hop has \(hop) samples")
    var features = inputs.mutableSpan
    spectrum.push(input, into: &features)
    countSilence()
    step()
    return decide()
  }

  /// The averaged probabilities of "none" and of each word after the last hop.
  public var probabilities: [Float] { decision.averages }

  /// The first third of ``process(_:)``: the mel bands.
  package mutating func analyze(_ input: Span<Float>) {
    precondition(input.count == hop, "a hop has \(hop) samples")
    var features = inputs.mutableSpan
    spectrum.push(input, into: &features)
    countSilence()
  }

  private mutating func countSilence() {
    silentHops = spectrum.isSilent ? min(silentHops + 1, restartHops) : 0
    if silentHops == restartHops { stream.reset() }
  }

  /// The second: the network's step.
  package mutating func step() {
    var output = outputs.mutableSpan
    stream.step(inputs.span, into: &output)
  }

  /// The second, watched; see ``NetworkStream/step(_:into:counting:)``.
  package mutating func step(counting count: inout OperationCount) {
    var output = outputs.mutableSpan
    stream.step(inputs.span, into: &output, counting: &count)
  }

  private var inputs: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: memory, count: stream.plan.inputWidth)
  }

  private var outputs: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: memory + stream.plan.inputWidth, count: stream.plan.outputWidth)
  }

  /// The last: probabilities and decision.
  package mutating func decide() -> Detection? {
    let logits = outputs
    softmax(logits)
    frames += 1
    guard let (word, confidence) = decision.push(UnsafeBufferPointer(logits).span) else {
      return nil
    }
    return Detection(time: frames * Int64(hop), word: word, confidence: confidence)
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

  /// Begins a new signal.
  public mutating func reset() {
    spectrum.reset()
    stream.reset()
    decision.reset()
    frames = 0
    silentHops = 0
  }

  /// A second spotter that goes on from the same point, on its own.
  public func copy() -> Spotter {
    var other = Spotter(stream.plan, frontEnd, bands)
    other.state = state
    other.threshold = threshold
    return other
  }
}

extension Spotter: SignalRunner, StateBytesCarrying {
  public var stateByteCount: Int { framedByteCount }
  public func writeState(to bytes: UnsafeMutableRawBufferPointer) { writeFramed(to: bytes) }
  public mutating func readState(from bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try readFramed(from: bytes)
  }
  public func checkState(_ bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try checkFrame(of: bytes)
  }

  package static var stateLetters: StaticString { "SPRK" }
  package var stateIdentity: UInt64 { stream.plan.fingerprint }
  package var stateWordCount: Int {
    stream.stateWordCount + spectrum.stateWordCount + decision.stateWordCount + 3
  }

  package func write(to writer: inout StateWriter) {
    stream.write(to: &writer)
    spectrum.write(to: &writer)
    decision.write(to: &writer)
    writer.write(UInt32(truncatingIfNeeded: frames))
    writer.write(UInt32(truncatingIfNeeded: frames >> 32))
    writer.write(UInt32(truncatingIfNeeded: silentHops))
  }

  package mutating func read(from reader: inout StateReader) {
    stream.read(from: &reader)
    spectrum.read(from: &reader)
    decision.read(from: &reader)
    let low = UInt64(reader.word())
    let high = UInt64(reader.word()) & 0xff
    frames = Int64(low | high << 32)
    silentHops = Int(min(reader.word(), UInt32(truncatingIfNeeded: restartHops)))
  }
}
