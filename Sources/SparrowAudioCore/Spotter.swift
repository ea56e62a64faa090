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
  private let parts: SpotterSignal.Parts
  /// It works where the stream does, between its steps.
  private var signal: SpotterSignal
  private var stream: NetworkStream
  /// The network's input; then its output.
  private let memory: UnsafeMutablePointer<Float>

  /// A spotter at the beginning of a signal.
  ///
  /// - Parameter plan: of a keyword spotter's network, with its front end.
  /// - Throws: ``FrontEndError`` for a plan of another network.
  public init(_ plan: Plan) throws(FrontEndError) {
    self.init(plan, try SpotterSignal.Parts(of: plan))
  }

  private init(_ plan: Plan, _ parts: SpotterSignal.Parts) {
    self.parts = parts
    // The stream keeps the plan, and so the tables.
    stream = NetworkStream(plan, workspaceCount: parts.workCount)
    signal = SpotterSignal(plan, parts, workingIn: stream.workspace)
    memory = .allocate(capacity: plan.inputWidth + plan.outputWidth)
    memory.initialize(repeating: 0, count: plan.inputWidth + plan.outputWidth)
  }

  deinit { memory.deallocate() }

  /// Samples in a hop.
  public var hop: Int { signal.hop }
  /// The sample rate of the input, in hertz.
  public var sampleRate: Int { Int(signal.frontEnd.sample_rate) }
  /// The averaged probability from which a word counts as heard; at first the network's.
  public var threshold: Float {
    get { signal.threshold }
    set { signal.threshold = newValue }
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
    var features = inputs.mutableSpan
    if signal.analyze(input, into: &features) { stream.reset() }
    step()
    return decide()
  }

  /// The averaged probabilities of "none" and of each word after the last hop.
  public var probabilities: [Float] { signal.decision.averages }

  /// The first third of ``process(_:)``: the mel bands.
  package mutating func analyze(_ input: Span<Float>) {
    var features = inputs.mutableSpan
    if signal.analyze(input, into: &features) { stream.reset() }
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
  package mutating func decide() -> Detection? { signal.decide(outputs) }

  /// Begins a new signal.
  public mutating func reset() {
    signal.reset()
    stream.reset()
  }

  /// A second spotter that goes on from the same point, on its own.
  public func copy() -> Spotter {
    var other = Spotter(stream.plan, parts)
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
  package var stateWordCount: Int { stream.stateWordCount + signal.stateWordCount }

  package func write(to writer: inout StateWriter) {
    stream.write(to: &writer)
    signal.write(to: &writer)
  }

  package mutating func read(from reader: inout StateReader) {
    stream.read(from: &reader)
    signal.read(from: &reader)
  }
}
