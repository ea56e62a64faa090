/// When a word counts as heard: its probability, averaged over some frames, has reached a threshold
/// and stopped growing, and no word was heard a short time before. The first to reach the threshold
/// may not be the word that is being said.
public struct KeywordDecision: Sendable, Hashable, StateWords {
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
  ///
  /// - Parameters:
  ///   - classes: "none" and the words.
  ///   - smoothingFrames: frames that probabilities are averaged over.
  ///   - settlingFrames: frames without growth before a detection.
  ///   - refractoryFrames: frames after a word without further detections.
  public init(
    classes: Int, threshold: Float, smoothingFrames: Int, settlingFrames: Int,
    refractoryFrames: Int
  ) {
    precondition(classes >= 2 && smoothingFrames >= 1, "a word, and frames to average")
    self.threshold = threshold
    self.settlingFrames = settlingFrames
    self.refractoryFrames = refractoryFrames
    self.classes = classes
    ring = [Float](repeating: 0, count: classes * smoothingFrames)
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

  package var stateWordCount: Int { 5 + ring.count + averages.count }

  package func write(to writer: inout StateWriter) {
    writer.write(UInt32(position))
    writer.write(UInt32(candidateWord.map { $0 + 1 } ?? 0))
    writer.write(candidateConfidence.bitPattern)
    writer.write(UInt32(candidateAge))
    writer.write(UInt32(wait))
    writer.write(ring, count: ring.count)
    writer.write(averages, count: averages.count)
  }

  package mutating func read(from reader: inout StateReader) {
    position = reader.count(upTo: ring.count / classes - 1)
    let candidate = reader.count(upTo: classes - 1)
    candidateWord = candidate == 0 ? nil : candidate - 1
    candidateConfidence = Float(bitPattern: reader.word())
    candidateAge = reader.count(upTo: settlingFrames)
    wait = reader.count(upTo: refractoryFrames)
    ring.withUnsafeMutableBufferPointer { reader.read($0.baseAddress!, count: $0.count) }
    averages.withUnsafeMutableBufferPointer { reader.read($0.baseAddress!, count: $0.count) }
  }
}
