public import SparrowCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A network that classifies a series of frames of numbers while it comes in: a skeleton's joints,
/// a sensor's channels.
///
/// ```swift
/// var classifier = try SeriesClassifier(Network(modelFile: bytes))
/// for frame in frames {
///   classifier.step(frame.span)
///   print(classifier.frontEnd.classes[classifier.best], classifier.confidence)
/// }
/// ```
///
/// After every frame there is a decision: the class whose probability is highest, averaged over the
/// front end's duration of smoothing. A step never allocates.
public struct SeriesClassifier: ~Copyable {
  /// The front end of the network.
  public let frontEnd: SeriesFrontEnd
  /// Averages of the probabilities of the classes over the last frames.
  public private(set) var averages: [Float]
  /// Frames since the beginning or the last ``reset()``.
  public private(set) var frames = 0
  /// The first class whose average reached the threshold, and the number of frames by then. Before
  /// the duration of smoothing is over, frames that have not come count as zero.
  public private(set) var decision: (class: Int, frames: Int)?

  private var stream: NetworkStream
  /// The output of the network, then its probabilities.
  private let logits: UnsafeMutableBufferPointer<Float>
  /// The last probabilities, in a ring.
  private var ring: [Float]
  private var position = 0

  /// A classifier at the beginning of a series.
  ///
  /// - Throws: `NetworkError` for a network without a front end for series.
  public init(
    _ network: Network, instructionSet: InstructionSet = .best
  ) throws(NetworkError) {
    guard let frontEnd = network.seriesFrontEnd else {
      throw .invalid("the network has no front end for series of numbers")
    }
    self.init(Plan(network, instructionSet: instructionSet), frontEnd: frontEnd)
  }

  /// A classifier that shares a plan.
  ///
  /// - Precondition: The plan gives a value per class.
  public init(_ plan: Plan, frontEnd: SeriesFrontEnd) {
    precondition(plan.outputWidth == frontEnd.classes.count, "an output per class")
    self.frontEnd = frontEnd
    stream = NetworkStream(plan)
    logits = .allocate(capacity: plan.outputWidth)
    logits.initialize(repeating: 0)
    averages = [Float](repeating: 0, count: plan.outputWidth)
    ring = [Float](repeating: 0, count: plan.outputWidth * frontEnd.smoothingFrames)
  }

  deinit { logits.deallocate() }

  /// The plan.
  public var plan: Plan { stream.plan }
  /// The class with the highest average; 0 before the first frame.
  public var best: Int {
    var best = 0
    for i in averages.indices where averages[i] > averages[best] { best = i }
    return best
  }
  /// The average of ``best``.
  public var confidence: Float { averages[best] }

  /// Begins a new series.
  public mutating func reset() {
    stream.reset()
    for i in averages.indices { averages[i] = 0 }
    frames = 0
    position = 0
    decision = nil
  }

  /// Takes a frame.
  ///
  /// - Parameter frame: `plan.inputWidth` finite values.
  public mutating func step(_ frame: Span<Float>) {
    var output = logits.mutableSpan
    stream.step(frame, into: &output)
    decide()
  }

  /// Takes a frame, and counts the operations of the network.
  public mutating func step(_ frame: Span<Float>, counting count: inout OperationCount) {
    var output = logits.mutableSpan
    stream.run(frame, into: &output, counting: &count)
    decide()
  }

  private mutating func decide() {
    let classes = logits.count
    var greatest = logits[0]
    for value in logits where value > greatest { greatest = value }
    var sum: Float = 0
    for i in 0..<classes {
      logits[i] = exp(logits[i] - greatest)
      sum += logits[i]
    }
    for i in 0..<classes { ring[position + i] = logits[i] / sum }
    position = position + classes == ring.count ? 0 : position + classes
    frames += 1
    // Summed anew each time: a running sum would gather errors for as long as it runs.
    let count = min(frames, ring.count / classes)
    for i in 0..<classes {
      var total: Float = 0
      var place = i
      for _ in 0..<count {
        total += ring[place]
        place += classes
      }
      averages[i] = total / Float(count)
    }
    if decision == nil {
      let best = best
      let share = Float(count * classes) / Float(ring.count)
      if averages[best] * share >= frontEnd.threshold { decision = (best, frames) }
    }
  }
}
