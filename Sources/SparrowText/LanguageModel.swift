public import Sparrow
import SparrowCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A language model made ready for one machine: what all texts that are read at a time share.
public struct LanguagePlan: Sendable {
  public let plan: Plan
  public let vocabulary: Vocabulary
  /// A row for each word, `plan.inputWidth` values each: the network's last weights.
  let embedding: [Float]
  let kernels: Kernels

  /// - Throws: ``VocabularyError`` where the words are none that texts can be read with.
  /// - Precondition: the network has a front end for language, and the plan is of that network.
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

/// A network that reads a text word by word and tells which word may come next.
///
/// It begins as if a line had just ended. Words are indices of its vocabulary.
public struct LanguageModel: ~Copyable {
  private let shared: LanguagePlan
  private var stream: NetworkStream
  /// For words that are read at once: their values, and the logits after each.
  private let values: UnsafeMutableBufferPointer<Float>
  private let logits: UnsafeMutableBufferPointer<Float>
  /// Of the logits, those after the last word, and the logarithm of the sum of their exponentials.
  private var next: UnsafeMutableBufferPointer<Float>
  private var normalizer: Float = 0

  /// - Parameter unfolding: words that ``read(_:counting:)`` may take at once; see
  ///   ``NetworkStream/init(_:unfolding:)``.
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

  public var vocabulary: Vocabulary { shared.vocabulary }

  /// Takes the next word.
  public mutating func read(_ word: Int32) {
    let (embedding, row, result) = (shared.embedding, row(of: word), logits(after: 0..<1))
    var output = result.mutableSpan
    stream.step(embedding.span.extracting(row), into: &output)
    expect(after: 0)
  }

  /// Takes words one after the other, and adds what the network did to `count`.
  ///
  /// - Returns: the sum of the natural logarithms of the probabilities that the words had when it was their
  ///   turn.
  public mutating func read(
    _ words: Span<Int32>, counting count: inout OperationCount
  ) -> Double {
    var sum = 0.0
    var first = 0
    while first < words.count {
      let chunk = min(stream.unfolding, words.count - first)
      sum += readAtOnce(words.extracting(first..<first + chunk), counting: &count)
      first += chunk
    }
    return sum
  }

  private mutating func readAtOnce(
    _ words: Span<Int32>, counting count: inout OperationCount
  ) -> Double {
    let width = shared.plan.inputWidth
    for i in 0..<words.count {
      let row = shared.embedding[row(of: words[i])]
      _ = values.extracting(i * width..<(i + 1) * width).update(fromContentsOf: row)
    }
    var sum = logProbability(of: words[0])
    let frames = values.extracting(0..<words.count * width)
    let results = logits(after: 0..<words.count)
    var output = results.mutableSpan
    stream.run(frames.span, into: &output, counting: &count)
    for i in 0..<words.count {
      expect(after: i)
      if i + 1 < words.count { sum += logProbability(of: words[i + 1]) }
    }
    return sum
  }

  /// Of words that are read at once.
  private func logits(after words: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    let classes = shared.vocabulary.count
    return logits.extracting(words.lowerBound * classes..<words.upperBound * classes)
  }

  /// Lets the logits after one of the words that were read at once tell what comes next.
  private mutating func expect(after word: Int) {
    next = logits(after: word..<word + 1)
    normalizer = shared.kernels.logSumExp(UnsafePointer(next.baseAddress!), count: next.count)
  }

  /// Where the word's values are in the embedding.
  private func row(of word: Int32) -> Range<Int> {
    precondition((0..<Int32(shared.vocabulary.count)).contains(word), "a word of the vocabulary")
    let width = shared.plan.inputWidth
    return Int(word) * width..<(Int(word) + 1) * width
  }

  /// The probability's natural logarithm, of a word to be the next.
  public func logProbability(of word: Int32) -> Double {
    Double(next[Int(word)]) - Double(normalizer)
  }

  /// Draws the next word.
  ///
  /// - Parameters:
  ///   - temperature: what logits are divided by; 0 for the likeliest word.
  ///   - excluded: a word that is not drawn.
  ///   - random: at least 0, below 1.
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

  /// Begins a new text.
  public mutating func reset() {
    stream.reset()
    // A vocabulary has it.
    read(shared.vocabulary.index(of: Vocabulary.endOfLine)!)
  }

  /// A second reader that goes on from the same place, on its own.
  public func copy() -> LanguageModel {
    var other = LanguageModel(shared, unfolding: stream.unfolding)
    other.state = state
    return other
  }

  /// Everything that the model remembers of what it has read.
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

/// What a ``LanguageModel`` remembers: a value.
public struct LanguageModelState: Sendable, Hashable {
  /// The network's state.
  public let network: StreamState
  let logits: [Float]
}
