public import SparrowCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A recurrent language model: reads a text word by word and gives the distribution of the next
/// word.
///
/// It starts in the state after the end of a line. Words are indices of its vocabulary.
public struct LanguageModel: ~Copyable {
  private let shared: LanguagePlan
  private var stream: LanguageStream

  /// A model at the start of a text.
  ///
  /// - Parameters:
  ///   - plan: The shared plan.
  ///   - unfolding: The number of words that ``read(_:counting:each:)`` computes at once; see
  ///     `NetworkStream`.
  public init(_ plan: LanguagePlan, unfolding: Int = 1) {
    shared = plan
    stream = LanguageStream(plan.plan, unfolding: unfolding)
  }

  /// The words that the model knows.
  public var vocabulary: Vocabulary { shared.vocabulary }

  /// Reads the next word.
  public mutating func read(_ word: Int32) { stream.read(word) }

  /// Reads words in order, and adds the network's operations to a count.
  ///
  /// - Parameters:
  ///   - words: numbers of words in the vocabulary.
  ///   - count: operations so far.
  ///   - each: called with each word and the natural logarithm of its probability.
  /// - Returns: The sum over words of the natural logarithm of each word's probability given those
  ///   before it.
  public mutating func read(
    _ words: Span<Int32>, counting count: inout OperationCount,
    each: (_ word: Int32, _ logProbability: Double) -> Void = { _, _ in }
  ) -> Double {
    stream.read(words, counting: &count, each: each)
  }

  /// The natural logarithm of the probability that a word is the next.
  public func logProbability(of word: Int32) -> Double { stream.logProbability(of: word) }

  /// Samples the next word.
  ///
  /// - Parameters:
  ///   - temperature: The divisor of the logits; 0 for the most probable word.
  ///   - excluded: A word with probability 0.
  ///   - random: A uniform random number, at least 0 and below 1.
  public func draw(
    temperature: Double, excluding excluded: Int32? = nil, random: Double
  ) -> Int32 {
    precondition(temperature >= 0)
    let next = stream.logits
    var best = excluded == 0 ? 1 : 0
    for i in next.indices where i != excluded.map(Int.init) && next[i] > next[best] {
      best = i
    }
    guard temperature > 0 else { return Int32(best) }
    let weights = next.indices.map { i in
      i == excluded.map(Int.init) ? 0 : exp(Double(next[i] - next[best]) / temperature)
    }
    var left = random * weights.reduce(0, +)
    for (word, weight) in weights.enumerated() {
      left -= weight
      if left < 0 { return Int32(word) }
    }
    return Int32(best)
  }

  /// Resets the state to the start of a text.
  public mutating func reset() { stream.reset() }

  /// An independent copy with the same state.
  public func copy() -> LanguageModel {
    var other = LanguageModel(shared, unfolding: stream.unfolding)
    other.state = state
    return other
  }

  /// The state after the words read so far.
  ///
  /// - Precondition: a state that is set comes from a model of the same network.
  public var state: LanguageModelState {
    get {
      LanguageModelState(
        bytes: [UInt8](unsafeUninitializedCapacity: stream.stateByteCount) { bytes, count in
          stream.writeState(to: UnsafeMutableRawBufferPointer(bytes))
          count = stream.stateByteCount
        })
    }
    set {
      newValue.bytes.withUnsafeBytes { bytes in
        do throws(StreamStateError) {
          try stream.readState(from: bytes)
        } catch {
          preconditionFailure("a state of another network")
        }
      }
    }
  }

  /// Whether bytes are a state that the model can go on from.
  ///
  /// - Throws: `StreamStateError` where they are not.
  func check(_ bytes: Span<UInt8>) throws(StreamStateError) {
    try bytes.withUnsafeBytes { bytes throws(StreamStateError) in try stream.checkState(bytes) }
  }
}

/// The state of a ``LanguageModel``, a value, to be copied, compared, stored and sent.
public struct LanguageModelState: Sendable, Hashable {
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes that mean the same on every machine.
  public func encode() -> [UInt8] { bytes }

  /// Reads what ``encode()`` wrote.
  ///
  /// - Parameters:
  ///   - bytes: all of what it wrote.
  ///   - model: one that can go on from the state.
  /// - Throws: `StreamStateError` where it cannot.
  public init(
    decoding bytes: [UInt8], for model: borrowing LanguageModel
  ) throws(StreamStateError) {
    try model.check(bytes.span)
    self.bytes = bytes
  }
}
