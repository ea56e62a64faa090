public import Sparrow

/// When a word counts as heard: its probability, averaged over some frames, has reached a threshold
/// and stopped growing, and no word was heard a short time before. The first to reach the threshold
/// may not be the word that is being said.
public struct KeywordDecision: Sendable, Hashable {
  /// The averaged probability from which a word counts as heard.
  public var threshold: Float
  private let refractoryFrames: Int
  private let classes: Int
  /// The last probabilities of all classes, in a ring.
  private var ring: [Float]
  private var position = 0
  /// The word with the highest average since one reached the threshold, that average, and the
  /// frames since then.
  private var candidateWord: Int?
  private var candidateConfidence: Float = 0
  private var candidateAge = 0
  private let settlingFrames: Int
  /// Frames until a word may be heard again.
  private var wait = 0
  /// Averages of the last frames, of "none" and of each word.
  public private(set) var averages: [Float]

  /// A decision before the first frame.
  public init(_ frontEnd: KeywordFrontEnd) {
    threshold = frontEnd.threshold
    settlingFrames = frontEnd.settlingFrames
    refractoryFrames = frontEnd.refractoryFrames
    classes = frontEnd.words.count + 1
    ring = [Float](repeating: 0, count: classes * frontEnd.smoothingFrames)
    averages = [Float](repeating: 0, count: classes)
  }

  /// - Parameter probabilities: of "none" and of each word.
  /// - Returns: the place in the front end's words of the one that is heard, and its average.
  public mutating func push(_ probabilities: Span<Float>) -> (word: Int, confidence: Float)? {
    precondition(probabilities.count == classes)
    let frames = ring.count / classes
    for i in 0..<classes { ring[position * classes + i] = probabilities[i] }
    position = position + 1 == frames ? 0 : position + 1
    // Summed anew each time: a running sum would gather errors for as long as it runs.
    for i in 0..<classes { averages[i] = 0 }
    for frame in 0..<frames {
      for i in 0..<classes { averages[i] += ring[frame * classes + i] }
    }
    let share = 1 / Float(frames)
    for i in 0..<classes { averages[i] *= share }
    if wait > 0 {
      wait -= 1
      return nil
    }
    var best = 1
    for i in 1..<classes where averages[i] > averages[best] { best = i }
    if averages[best] >= threshold && averages[best] > candidateConfidence {
      candidateWord = best - 1
      candidateConfidence = averages[best]
      candidateAge = 0
      return nil
    }
    guard let word = candidateWord else { return nil }
    candidateAge += 1
    guard candidateAge >= settlingFrames else { return nil }
    let confidence = candidateConfidence
    forgetCandidate()
    wait = refractoryFrames
    return (word, confidence)
  }

  private mutating func forgetCandidate() {
    candidateWord = nil
    candidateConfidence = 0
    candidateAge = 0
  }

  /// Resets the state to that before the first frame.
  public mutating func reset() {
    for i in ring.indices { ring[i] = 0 }
    for i in averages.indices { averages[i] = 0 }
    position = 0
    wait = 0
    forgetCandidate()
  }
}
