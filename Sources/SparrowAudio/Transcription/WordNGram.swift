#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Probabilities of words after the one or two before them, as counted in sentences and
/// interpolated with those of shorter histories (Witten and Bell 1991):
/// P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h)), T being the number of different words
/// after h, and h' the history without its first word. At the end every word is equally probable.
public struct WordNGram: Sendable {
  /// The number of words that are looked at together, from 1 to 3.
  public let order: Int
  /// The number of words.
  public let words: Int
  /// By the number of words of the history: how often a history was followed by a word.
  private var counts: [[UInt64: Int]]
  /// By the number of words of the history: how often it was followed by any, and by how many
  /// different ones.
  private var contexts: [[UInt64: (total: Int, kinds: Int)]]

  /// A history of words: the latest in the lowest 21 bits. 0 stands for nothing, 1 for the
  /// beginning of a sentence, and word w for w + 2.
  typealias History = UInt64

  /// The maximum number of words.
  public static let maximumWords = (1 << 21) - 3
  /// The history at the beginning of a sentence.
  static let beginning: History = 1

  /// Counts words.
  ///
  /// - Parameters:
  ///   - order: From 1 to 3.
  ///   - words: The number of words that there are.
  ///   - sentences: Words as numbers from 0.
  public init(order: Int = 3, words: Int, sentences: [[Int]]) {
    precondition((1...3).contains(order) && (1...Self.maximumWords).contains(words))
    self.order = order
    self.words = words
    counts = Array(repeating: [:], count: order)
    contexts = Array(repeating: [:], count: order)
    for sentence in sentences {
      var history = Self.beginning
      for word in sentence + [words] {
        for length in 0..<order {
          let context = Self.suffix(history, length)
          let count = counts[length][Self.joined(context, word), default: 0]
          counts[length][Self.joined(context, word)] = count + 1
          var known = contexts[length][context] ?? (0, 0)
          known.total += 1
          if count == 0 { known.kinds += 1 }
          contexts[length][context] = known
        }
        history = extended(history, by: word)
      }
    }
  }

  /// The natural logarithm of the probability of a word, or of the end of the sentence, nil, after
  /// words, of which the last ``order`` - 1 count, and the beginning of the sentence.
  public func logProbability(of word: Int?, after history: [Int]) -> Double {
    var packed = Self.beginning
    for word in history { packed = extended(packed, by: word) }
    return logProbability(of: word ?? words, packed)
  }

  func logProbability(of word: Int, _ history: History) -> Double {
    var probability = 1 / Double(words + 1)
    for length in 0..<order {
      let context = Self.suffix(history, length)
      // A sentence has no words before its beginning.
      if length > 0, Self.suffix(history, length) == Self.suffix(history, length - 1) { break }
      guard let known = contexts[length][context] else { break }
      let count = Double(counts[length][Self.joined(context, word)] ?? 0)
      let kinds = Double(known.kinds)
      probability = (count + kinds * probability) / (Double(known.total) + kinds)
    }
    return log(probability)
  }

  func extended(_ history: History, by word: Int) -> History {
    Self.suffix(history << 21 | History(word + 2), 2)
  }

  private static func suffix(_ history: History, _ length: Int) -> History {
    history & ((1 << (21 * History(length))) - 1)
  }

  private static func joined(_ context: History, _ word: Int) -> UInt64 {
    context << 21 | UInt64(word + 2)
  }
}
