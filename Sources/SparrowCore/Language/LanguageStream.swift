/// One running language model: reads a text word by word and gives the distribution of the next
/// word.
///
/// ```swift
/// var model = LanguageStream(plan)
/// for word in words { model.read(word) }          // nothing allocated
/// let surprise = -model.logProbability(of: next)
/// ```
///
/// Words are indices of the vocabulary, which the plan has the names of: ``Plan/name(ofWord:)``. A
/// text begins after the end of a line. How it is cut into calls makes no difference to a single
/// bit.
public struct LanguageStream: ~Copyable {
  private var stream: NetworkStream
  private let embedding: Embedding
  private let kernels: Kernels
  /// The embeddings of words that are read at once, and the logits after each.
  private let values: UnsafeMutableBufferPointer<Float>
  private let allLogits: UnsafeMutableBufferPointer<Float>
  /// The place of the logits after the last word, and the log-sum-exp of these.
  private var next: UnsafeMutableBufferPointer<Float>
  private var normalizer: Float = 0

  /// A language model at the beginning of a text.
  ///
  /// - Parameters:
  ///   - plan: The shared plan.
  ///   - unfolding: Words that `read` takes through a layer at once; see ``NetworkStream``.
  /// - Precondition: ``Plan/frontEndKind`` is ``FrontEndKind/language``.
  public init(_ plan: Plan, unfolding: Int = 1) {
    guard let embedding = Embedding(plan) else { preconditionFailure("a plan of a language model") }
    func memory(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
      memory.initialize(repeating: 0)
      return memory
    }
    self.embedding = embedding
    stream = NetworkStream(plan, unfolding: unfolding)
    kernels = Kernels(plan.instructionSet)
    values = memory(unfolding * plan.inputWidth)
    allLogits = memory(unfolding * plan.outputWidth)
    next = allLogits
    reset()
  }

  deinit {
    values.deallocate()
    allLogits.deallocate()
  }

  /// The plan.
  public var plan: Plan { stream.plan }
  /// The number of words that the model knows.
  public var wordCount: Int { stream.plan.outputWidth }
  /// Words that `read` takes through a layer at once.
  public var unfolding: Int { stream.unfolding }

  /// Reads the next word.
  ///
  /// - Precondition: it is one of the vocabulary, as in all other functions.
  public mutating func read(_ word: Int32) {
    let results = embed(word, at: 0)
    var output = results.mutableSpan
    stream.step(values.extracting(0..<embedding.width).span, into: &output)
    expect(after: 0)
  }

  /// Reads words in order.
  ///
  /// - Returns: The sum over words of the natural logarithm of each word's probability given those
  ///   before it.
  @discardableResult
  public mutating func read(_ words: Span<Int32>) -> Double {
    func ignore(_ word: Int32, _ logProbability: Double) {}
    return read(words, ignore) { stream, frames, output in stream.run(frames, into: &output) }
  }

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
    read(words, each) { stream, frames, output in
      stream.run(frames, into: &output, counting: &count)
    }
  }

  private mutating func read(
    _ words: Span<Int32>, _ each: (Int32, Double) -> Void,
    _ run: (inout NetworkStream, Span<Float>, inout MutableSpan<Float>) -> Void
  ) -> Double {
    var sum = 0.0
    func add(_ word: Int32, _ value: Double) {
      each(word, value)
      sum += value
    }
    var first = 0
    while first < words.count {
      let chunk = min(stream.unfolding, words.count - first)
      add(words[first], logProbability(of: words[first]))
      for i in 0..<chunk { _ = embed(words[first + i], at: i) }
      let results = logits(after: 0..<chunk)
      var output = results.mutableSpan
      run(&stream, values.extracting(0..<chunk * embedding.width).span, &output)
      for i in 0..<chunk {
        expect(after: i)
        guard i + 1 < chunk else { continue }
        let word = words[first + i + 1]
        add(word, logProbability(of: word))
      }
      first += chunk
    }
    return sum
  }

  /// Makes a word's embedding one of those that are read at once; returns the place of the logits
  /// after it.
  private func embed(_ word: Int32, at place: Int) -> UnsafeMutableBufferPointer<Float> {
    let isWord = (0..<Int32(wordCount)).contains(word)
    precondition(isWord, "a word of the vocabulary")
    embedding.copyRow(Int(word), to: values.baseAddress! + place * embedding.width)
    return logits(after: place..<place + 1)
  }

  private func logits(after words: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    allLogits.extracting(words.lowerBound * wordCount..<words.upperBound * wordCount)
  }

  /// Makes the logits after one of the words that were read at once those of the next word.
  private mutating func expect(after word: Int) {
    next = logits(after: word..<word + 1)
    normalizer = kernels.logSumExp(UnsafePointer(next.baseAddress!), count: next.count)
  }

  /// The natural logarithm of the probability that a word is the next.
  public func logProbability(of word: Int32) -> Double {
    Double(next[Int(word)]) - Double(normalizer)
  }

  /// The network's output for each word: the logarithm of its probability to be the next, plus a
  /// number that is the same for all. Valid until the stream changes.
  package var logits: UnsafeBufferPointer<Float> { UnsafeBufferPointer(next) }

  /// Finds the most probable next words, the most probable one first; of equally probable ones, the
  /// first of the vocabulary. Meant for few words: the time grows with their number.
  ///
  /// - Parameter words: As many as are to be found, at most ``wordCount``.
  public func findBest(_ words: UnsafeMutableBufferPointer<UInt32>) {
    precondition(words.count <= wordCount, "no more words than there are")
    var found = 0
    for word in 0..<next.count {
      let logit = next[word]
      // Behind all that are as probable.
      var rank = found
      while rank > 0, logit > next[Int(words[rank - 1])] { rank -= 1 }
      guard rank < words.count else { continue }
      if found < words.count { found += 1 }
      var last = found - 1
      while last > rank {
        words[last] = words[last - 1]
        last -= 1
      }
      words[rank] = UInt32(word)
    }
  }

  /// Begins a new text.
  public mutating func reset() {
    stream.reset()
    read(Int32(embedding.endOfLine))
  }
}

/// The network's state and the logits of the next word.
extension LanguageStream: StateBytesCarrying {
  public var stateByteCount: Int { framedByteCount }
  public func writeState(to bytes: UnsafeMutableRawBufferPointer) { writeFramed(to: bytes) }
  public mutating func readState(from bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try readFramed(from: bytes)
  }
  public func checkState(_ bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try checkFrame(of: bytes)
  }

  package static var stateLetters: StaticString { "SPRL" }
  package var stateIdentity: UInt64 { stream.stateIdentity }
  package var stateWordCount: Int { stream.stateWordCount + wordCount }

  package func write(to writer: inout StateWriter) {
    stream.write(to: &writer)
    writer.write(next.baseAddress!, count: wordCount)
  }

  package mutating func read(from reader: inout StateReader) {
    stream.read(from: &reader)
    reader.read(allLogits.baseAddress!, count: wordCount)
    expect(after: 0)
  }
}
