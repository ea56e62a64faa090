public import Sparrow
import SparrowCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A language model packed for one machine, which any number of ``LanguageModel``s share.
public struct LanguagePlan: Sendable {
  /// The packed network.
  public let plan: Plan
  /// The words of the embedding's rows.
  public let vocabulary: Vocabulary
  /// The embedding: a row of `plan.inputWidth` values per word, which are the weights of the
  /// network's last layer (tied embedding).
  let embedding: [Float]
  let kernels: Kernels

  /// Combines a network's plan with its vocabulary and embedding.
  ///
  /// - Throws: ``VocabularyError`` if the words are no vocabulary.
  /// - Precondition: The network has a language front end, and the plan is of that network.
  public init(_ network: Network, plan: Plan) throws(VocabularyError) {
    guard let frontEnd = network.languageFrontEnd, plan.outputWidth == frontEnd.words.count else {
      preconditionFailure("a plan of a language model")
    }
    self.plan = plan
    vocabulary = try Vocabulary(words: frontEnd.words)
    embedding = network[LanguageFrontEnd.embeddingName(of: network.layers)].values
    kernels = Kernels(plan.instructionSet)
  }
}

/// A recurrent language model: reads a text word by word and gives the distribution of the next
/// word.
///
/// It starts in the state after the end of a line. Words are indices of its vocabulary.
public struct LanguageModel: ~Copyable {
  private let shared: LanguagePlan
  private var stream: NetworkStream
  /// The embeddings of words that are read at once, and the logits after each.
  private let values: UnsafeMutableBufferPointer<Float>
  private let logits: UnsafeMutableBufferPointer<Float>
  /// The place of the logits after the last word, and the log-sum-exp of these.
  private var next: UnsafeMutableBufferPointer<Float>
  private var normalizer: Float = 0

  /// A model at the start of a text.
  ///
  /// - Parameters:
  ///   - plan: The shared plan.
  ///   - unfolding: The number of words that ``read(_:counting:)`` computes at once; see
  ///     `NetworkStream`.
  public init(_ plan: LanguagePlan, unfolding: Int = 1) {
    func memory(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
      memory.initialize(repeating: 0)
      return memory
    }
    shared = plan
    stream = NetworkStream(plan.plan, unfolding: unfolding)
    values = memory(unfolding * plan.plan.inputWidth)
    logits = memory(unfolding * plan.vocabulary.count)
    next = logits
    reset()
  }

  deinit {
    values.deallocate()
    logits.deallocate()
  }

  /// The words that the model knows.
  public var vocabulary: Vocabulary { shared.vocabulary }

  /// Reads the next word.
  public mutating func read(_ word: Int32) {
    let (embedding, row, result) = (shared.embedding, row(of: word), logits(after: 0..<1))
    var output = result.mutableSpan
    stream.step(embedding.span.extracting(row), into: &output)
    expect(after: 0)
  }

  /// Reads words in order, and adds the network's operations to `count`.
  ///
  /// - Parameter each: called with each word and the natural logarithm of its probability.
  /// - Returns: The sum over words of the natural logarithm of each word's probability given those
  ///   before it.
  public mutating func read(
    _ words: Span<Int32>, counting count: inout OperationCount,
    each: (_ word: Int32, _ logProbability: Double) -> Void = { _, _ in }
  ) -> Double {
    var sum = 0.0
    var first = 0
    while first < words.count {
      let chunk = min(stream.unfolding, words.count - first)
      sum += readAtOnce(words.extracting(first..<first + chunk), &count, each)
      first += chunk
    }
    return sum
  }

  private mutating func readAtOnce(
    _ words: Span<Int32>, _ count: inout OperationCount, _ each: (Int32, Double) -> Void
  ) -> Double {
    func told(_ word: Int32) -> Double {
      let value = logProbability(of: word)
      each(word, value)
      return value
    }
    let width = shared.plan.inputWidth
    for i in 0..<words.count {
      let row = shared.embedding[row(of: words[i])]
      _ = values.extracting(i * width..<(i + 1) * width).update(fromContentsOf: row)
    }
    var sum = told(words[0])
    let frames = values.extracting(0..<words.count * width)
    let results = logits(after: 0..<words.count)
    var output = results.mutableSpan
    stream.run(frames.span, into: &output, counting: &count)
    for i in 0..<words.count {
      expect(after: i)
      if i + 1 < words.count { sum += told(words[i + 1]) }
    }
    return sum
  }

  /// Reads words at once.
  private func logits(after words: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    let classes = shared.vocabulary.count
    return logits.extracting(words.lowerBound * classes..<words.upperBound * classes)
  }

  /// Makes the logits after one of the words that were read at once those of the next word.
  private mutating func expect(after word: Int) {
    next = logits(after: word..<word + 1)
    normalizer = shared.kernels.logSumExp(UnsafePointer(next.baseAddress!), count: next.count)
  }

  /// The word's row of the embedding.
  private func row(of word: Int32) -> Range<Int> {
    precondition((0..<Int32(shared.vocabulary.count)).contains(word), "a word of the vocabulary")
    let width = shared.plan.inputWidth
    return Int(word) * width..<(Int(word) + 1) * width
  }

  /// The natural logarithm of the probability that a word is the next.
  public func logProbability(of word: Int32) -> Double {
    Double(next[Int(word)]) - Double(normalizer)
  }

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
  public mutating func reset() {
    stream.reset()
    // Every vocabulary has an end of line.
    read(shared.vocabulary.index(of: Vocabulary.endOfLine)!)
  }

  /// An independent copy with the same state.
  public func copy() -> LanguageModel {
    var other = LanguageModel(shared, unfolding: stream.unfolding)
    other.state = state
    return other
  }

  /// The state after the words read so far.
  public var state: LanguageModelState {
    get { LanguageModelState(network: stream.state, logits: Array(next)) }
    set {
      precondition(newValue.logits.count == next.count, "a state of another network")
      stream.state = newValue.network
      _ = logits(after: 0..<1).update(fromContentsOf: newValue.logits)
      expect(after: 0)
    }
  }
}

/// The state of a ``LanguageModel``, a value.
public struct LanguageModelState: Sendable, Hashable {
  /// The network's state.
  public let network: StreamState
  let logits: [Float]
}
