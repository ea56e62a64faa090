public import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A network that hears words, hop by hop: mel bands, a step of the network, probabilities,
/// decision.
///
/// Give every signal one of its own; they share the plan.
public struct Spotter: ~Copyable {
  private let frontEnd: KeywordFrontEnd
  private var spectrum: LogMelSpectrum
  private var stream: NetworkStream
  private var decision: KeywordDecision
  /// What the network takes; then what it gives.
  private let memory: UnsafeMutablePointer<Float>
  /// Frames since the signal began.
  private var frames = 0

  /// - Parameters:
  ///   - plan: of a network with a front end for keywords.
  ///   - frontEnd: that network's.
  public init(_ plan: Plan, frontEnd: KeywordFrontEnd) {
    precondition(
      plan.inputWidth == frontEnd.bands && plan.outputWidth == frontEnd.words.count + 1,
      "the front end belongs to another network")
    self.frontEnd = frontEnd
    spectrum = LogMelSpectrum(frontEnd)
    stream = NetworkStream(plan)
    decision = KeywordDecision(frontEnd)
    memory = .allocate(capacity: plan.inputWidth + plan.outputWidth)
    memory.initialize(repeating: 0, count: plan.inputWidth + plan.outputWidth)
  }

  deinit { memory.deallocate() }

  /// Samples in a hop.
  public var hop: Int { frontEnd.hop }
  /// The sample rate of the input, in hertz.
  public var sampleRate: Int { frontEnd.sampleRate }
  /// The averaged probability from which a word counts as heard; at first the network's.
  public var threshold: Float {
    get { decision.threshold }
    set { decision.threshold = newValue }
  }

  /// A word that was heard.
  public struct Detection: Sendable, Hashable {
    /// Samples from the signal's beginning to the end of the hop in which the word was recognised.
    public var time: Int
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

  /// The averaged probabilities of "none" and of each word after the last hop.
  public var probabilities: [Float] { decision.averages }

  /// The first third of ``process(_:)``: the mel bands.
  package mutating func analyze(_ input: Span<Float>) {
    precondition(input.count == hop, "a hop has \(hop) samples")
    var features = inputs.mutableSpan
    spectrum.push(input, into: &features)
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
    UnsafeMutableBufferPointer(start: memory, count: frontEnd.bands)
  }

  private var outputs: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: memory + frontEnd.bands, count: frontEnd.words.count + 1)
  }

  /// The last: probabilities and decision.
  package mutating func decide() -> Detection? {
    let logits = outputs
    Self.softmax(logits)
    frames += 1
    guard let (word, confidence) = decision.push(UnsafeBufferPointer(logits).span) else {
      return nil
    }
    return Detection(time: frames * hop, word: word, confidence: confidence)
  }

  /// Logits into probabilities, in place.
  private static func softmax(_ values: UnsafeMutableBufferPointer<Float>) {
    var largest = values[0]
    for value in values where value > largest { largest = value }
    var sum: Float = 0
    for i in values.indices {
      values[i] = exp(values[i] - largest)
      sum += values[i]
    }
    let scale = 1 / sum
    for i in values.indices { values[i] *= scale }
  }

  /// Begins a new signal.
  public mutating func reset() {
    spectrum.reset()
    stream.reset()
    decision.reset()
    frames = 0
  }

  /// A second spotter that goes on from the same point, on its own.
  public func copy() -> Spotter {
    var other = Spotter(stream.plan, frontEnd: frontEnd)
    other.state = state
    other.threshold = threshold
    return other
  }

  /// Everything that the spotter remembers of its signal. Its threshold is none of that.
  public var state: SpotterState {
    get {
      var decision = decision
      decision.threshold = frontEnd.threshold
      return SpotterState(
        network: stream.state, samples: spectrum.state, decision: decision, frames: frames)
    }
    set {
      stream.state = newValue.network
      spectrum.state = newValue.samples
      let threshold = threshold
      decision = newValue.decision
      self.threshold = threshold
      frames = newValue.frames
    }
  }
}

/// What a ``Spotter`` remembers: a value.
public struct SpotterState: Sendable, Hashable {
  /// The network's state.
  public let network: StreamState
  let samples: [Int16]
  let decision: KeywordDecision
  let frames: Int
}
