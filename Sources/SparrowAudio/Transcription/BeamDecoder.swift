public import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The options of a ``BeamDecoder``.
public struct BeamOptions: Sendable, Hashable {
  /// The maximum number of texts that are followed.
  public var width: Int
  /// The logarithm of the probability below which a character of a step is not tried.
  public var minimumLogProbability: Double
  /// How much less than the best one's the logarithm of a text's probability may be.
  public var maximumGap: Double
  /// The factor on the logarithms of the grammar's probabilities.
  public var grammarWeight: Double
  /// A bonus of every word: added to the logarithm of the probability of its text.
  public var wordBonus: Double

  /// Options.
  public init(
    width: Int = 24, minimumLogProbability: Double = -9, maximumGap: Double = 14,
    grammarWeight: Double = 0.8, wordBonus: Double = 0.5
  ) {
    self.maximumGap = maximumGap
    self.width = width
    self.minimumLogProbability = minimumLogProbability
    self.grammarWeight = grammarWeight
    self.wordBonus = wordBonus
  }
}

/// The decoder that follows the most probable texts, each with the sum over its alignments (prefix
/// beam search; Graves 2012, Hannun et al. 2014), and optionally only those of a grammar's words.
///
/// A word is settled when all texts that are followed have it, or after a pause. Memory does not
/// grow with the length of the stream: texts longer than some hundred characters are cut off at the
/// last complete word of the best one.
public struct BeamDecoder: SpeechDecoder {
  private let options: BeamOptions
  private let grammar: WordGrammar?
  private let characters: [Character]
  private let space: Int
  private let pauseSteps: Int

  private var tree: TextTree
  private var beam: [Text]
  private var step = 0
  // Kept, so that a step makes no new ones.
  private var candidates: [Text] = []
  private var logs: [Double] = []

  /// A text that is followed.
  private struct Text {
    var node: Int
    /// The logarithm of the probability of its alignments that end with a blank.
    var blank = -Double.infinity
    /// Of those that end with its last character.
    var character = -Double.infinity

    var acoustic: Double { logSum(blank, character) }
  }

  /// The characters that are followed before they are settled.
  static let longestText = 400
  /// Steps between looks for settled words.
  private static let settling = 4

  /// A decoder at the beginning of a stream.
  ///
  /// - Parameters:
  ///   - frontEnd: The front end of the network.
  ///   - grammar: The words to find; nil for any.
  ///   - options: The options.
  public init(
    _ frontEnd: SpeechFrontEnd, grammar: WordGrammar? = nil, options: BeamOptions = BeamOptions()
  ) {
    precondition(options.width >= 1, "at least one text")
    self.options = options
    self.grammar = grammar
    characters = frontEnd.characters
    space = frontEnd.spaceOutput ?? -1
    pauseSteps = DecodingPause.steps(frontEnd)
    tree = TextTree()
    beam = [Text(node: 0, blank: 0)]
  }

  /// Nodes of the tree of texts, for tests.
  var followedNodes: Int { tree.nodes.count }

  public mutating func push(_ logits: [Float]) -> [DecodedWord] {
    precondition(logits.count == characters.count + 1, "a logit per class")
    normalise(logits)
    candidates.removeAll(keepingCapacity: true)
    for text in beam { extend(text) }
    for candidate in candidates { tree.nodes[candidate.node].slot = -1 }
    prune()
    step += 1
    if let words = settleAtPause() { return words }
    guard step % Self.settling == 0 else { return [] }
    defer { tree.compact(&beam, \.node) }
    return settle()
  }

  public mutating func finish() -> [DecodedWord] {
    defer {
      tree = TextTree()
      beam = [Text(node: 0, blank: 0)]
      step = 0
    }
    if let best = bestComplete { return words(to: best.node) }
    // A word that is cut off is left out.
    guard let best = beam.max(by: { score($0) < score($1) }) else { return [] }
    return words(to: boundary(above: best.node))
  }

  private mutating func normalise(_ logits: [Float]) {
    var greatest = logits[0]
    for value in logits where value > greatest { greatest = value }
    var sum = 0.0
    logs.removeAll(keepingCapacity: true)
    for value in logits {
      let shifted = Double(value - greatest)
      logs.append(shifted)
      sum += exp(shifted)
    }
    let offset = log(sum)
    for i in logs.indices { logs[i] -= offset }
  }

  // MARK: A step

  private mutating func extend(_ text: Text) {
    let total = text.acoustic
    let node = tree.nodes[text.node]
    let place = candidate(text.node)
    candidates[place].blank = logSum(
      candidates[place].blank, total + logs[SpeechFrontEnd.blank])
    if node.output != SpeechFrontEnd.blank {
      candidates[place].character = logSum(
        candidates[place].character, text.character + logs[node.output])
    }
    for output in 1..<logs.count where logs[output] > options.minimumLogProbability {
      // The same character again needs a blank before it.
      let before = output == node.output ? text.blank : total
      guard before > -.infinity, let child = child(of: text.node, output) else { continue }
      let place = candidate(child)
      candidates[place].character = logSum(candidates[place].character, before + logs[output])
    }
  }

  /// The index among the candidates of a text.
  private mutating func candidate(_ node: Int) -> Int {
    if tree.nodes[node].slot < 0 {
      tree.nodes[node].slot = candidates.count
      candidates.append(Text(node: node))
    }
    return tree.nodes[node].slot
  }

  /// The text with one more character; nil if the grammar has no such words.
  private mutating func child(of parent: Int, _ output: Int) -> Int? {
    if let known = tree.child(of: parent, output) { return known }
    let node = tree.nodes[parent]
    var child = TextTree.Node(
      parent: parent, output: output, step: step, depth: node.depth + 1, place: node.place,
      history: node.history, score: node.score)
    if let grammar {
      if output == space {
        // A space after a pause, or before everything, divides nothing.
        if !node.isFresh {
          guard let word = grammar.word(at: node.place) else { return nil }
          complete(word, &child)
        }
        child.place = WordGrammar.root
      } else {
        guard let place = grammar.next(node.place, output) else { return nil }
        child.place = place
      }
    }
    return tree.add(child)
  }

  private func complete(_ word: Int, _ node: inout TextTree.Node) {
    node.score += options.wordBonus
    guard let nGram = grammar?.nGram else { return }
    node.score += options.grammarWeight * nGram.logProbability(of: word, node.history)
    node.history = nGram.extended(node.history, by: word)
  }

  private func score(_ text: Text) -> Double { text.acoustic + tree.nodes[text.node].score }

  private mutating func prune() {
    var scored = candidates.map { (text: $0, score: score($0)) }
    // By the node, too, so that the order of equals is always the same.
    scored.sort { ($0.score, $1.text.node) > ($1.score, $0.text.node) }
    beam.removeAll(keepingCapacity: true)
    let least = (scored.first?.score ?? 0) - options.maximumGap
    for (text, score) in scored.prefix(options.width) where score >= least { beam.append(text) }
    let best = beam.reduce(-Double.infinity) { max($0, $1.acoustic) }
    for i in beam.indices {
      beam[i].blank -= best
      beam[i].character -= best
    }
  }

  // MARK: Settled words

  /// Whether a text does not end within a word.
  private func isComplete(_ place: Int) -> Bool {
    let node = tree.nodes[place]
    guard let grammar else { return true }
    return node.isFresh || node.output == space || grammar.word(at: node.place) != nil
  }

  /// With the last word and the end of the sentence.
  private func finalScore(_ text: Text) -> Double {
    var node = tree.nodes[text.node]
    if let grammar {
      if !node.isFresh, node.output != space, let word = grammar.word(at: node.place) {
        complete(word, &node)
      }
      if let nGram = grammar.nGram, text.node != tree.root || !node.isFresh {
        node.score +=
          options.grammarWeight * nGram.logProbability(of: nGram.words, node.history)
      }
    }
    return text.acoustic + node.score
  }

  /// The words from the root to a text, in which the last one is complete.
  private func words(to node: Int) -> [DecodedWord] {
    var words: [DecodedWord] = []
    var word: DecodedWord?
    for place in tree.path(to: node) {
      let (output, step) = (tree.nodes[place].output, tree.nodes[place].step)
      if output == space {
        if let word { words.append(word) }
        word = nil
      } else if word == nil {
        word = DecodedWord(
          text: String(characters[output - 1]), firstStep: step, lastStep: step)
      } else {
        word!.text.append(characters[output - 1])
        word!.lastStep = step
      }
    }
    if let word { words.append(word) }
    return words
  }

  /// The last space of a text, or the root.
  private func boundary(above node: Int) -> Int {
    var place = node
    while place != tree.root, tree.nodes[place].output != space {
      place = tree.nodes[place].parent
    }
    return place
  }

  /// The words that all texts share, up to their last common space.
  private mutating func settle() -> [DecodedWord] {
    guard let first = beam.first else { return [] }
    let common = beam.dropFirst().reduce(first.node) { tree.commonAncestor($0, $1.node) }
    var end = boundary(above: common)
    if end == tree.root,
      tree.nodes[first.node].depth - tree.nodes[tree.root].depth
        >= Self.longestText
    {
      end = boundary(above: first.node)
      guard end != tree.root else { return restart(at: first) }
      beam.removeAll { !tree.isAncestor(end, of: $0.node) }
    }
    guard end != tree.root else { return [] }
    let settled = words(to: end)
    tree.root = end
    return settled
  }

  /// The words of the best complete text, if the last character came long ago: a pause ends a
  /// sentence.
  private mutating func settleAtPause() -> [DecodedWord]? {
    guard let first = beam.first, first.node != tree.root || !tree.nodes[first.node].isFresh,
      step - tree.nodes[first.node].step > pauseSteps, let best = bestComplete
    else { return nil }
    return restart(at: best)
  }

  /// The most probable of the texts that do not end within a word, as if the sentence ended.
  private var bestComplete: Text? {
    beam.filter { isComplete($0.node) }.max { finalScore($0) < finalScore($1) }
  }

  /// The words of a text, from whose end everything begins anew.
  private mutating func restart(at text: Text) -> [DecodedWord] {
    let settled = words(to: text.node)
    var node = tree.nodes[text.node]
    node.place = WordGrammar.root
    node.history = WordNGram.beginning
    node.score = 0
    node.isFresh = true
    tree = TextTree(root: node)
    var only = text
    only.node = tree.root
    let total = only.acoustic
    only.blank -= total
    only.character -= total
    beam = [only]
    return settled
  }
}

/// log(e^a + e^b).
@inline(__always)
func logSum(_ a: Double, _ b: Double) -> Double {
  let (low, high) = a < b ? (a, b) : (b, a)
  return low == -.infinity ? high : high + log1p(exp(low - high))
}
