public import Sparrow

/// When a word counts as heard: its probability, averaged over some frames, reaches a threshold, and no
/// word was heard a short time before.
public struct KeywordDecision: Sendable, Hashable {
  /// The averaged probability from which a word counts as heard.
  public var threshold: Float
  private let refractoryFrames: Int
  private let classes: Int
  /// The last probabilities of all classes, in a ring.
  private var ring: [Float]
  private var position = 0
  /// Frames until a word may be heard again.
  private var wait = 0
  /// Averages of the last frames, of "none" and of each word.
  public private(set) var averages: [Float]

  public init(_ frontEnd: KeywordFrontEnd) {
    threshold = frontEnd.threshold
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
    guard averages[best] >= threshold else { return nil }
    wait = refractoryFrames
    return (best - 1, averages[best])
  }

  public mutating func reset() {
    for i in ring.indices { ring[i] = 0 }
    for i in averages.indices { averages[i] = 0 }
    position = 0
    wait = 0
  }
}
