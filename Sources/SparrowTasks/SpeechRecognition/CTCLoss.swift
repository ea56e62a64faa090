import Foundation
public import SparrowTraining

/// The loss of connectionist temporal classification (Graves et al. 2006): the negative logarithm
/// of the probability of a text, summed over all its alignments to the frames, by the
/// forward-backward algorithm in the logarithmic domain.
///
/// An alignment gives every frame a character or the blank, class 0. Characters that follow each
/// other unchanged are one; the blank divides them, and is then left out.
public struct CTCLoss: Sendable {
  private let workers: Workers

  /// A loss that is computed by workers, a recording each.
  public init(workers: Workers) { self.workers = workers }

  /// The number of frames that a text takes at least: one per character, and a blank between equal
  /// ones.
  public static func minimumFrames(of text: [Int]) -> Int {
    text.count + zip(text, text.dropFirst()).count { $0 == $1 }
  }

  /// A recording of a batch.
  public struct Target: Sendable {
    /// The classes of the characters, none of which is the blank.
    public var text: [Int]
    /// The number of frames.
    public var frames: Int

    /// A recording.
    public init(text: [Int], frames: Int) {
      self.text = text
      self.frames = frames
    }
  }

  /// The result for a batch.
  public struct Result: Sendable {
    /// The sum of the negative log-probabilities of the texts, per character, in nats. A text
    /// without characters counts as one.
    public var loss: Double
    /// Recordings that are shorter than any alignment of their text; they do not count.
    public var impossible: Int
  }

  /// Computes the loss, and overwrites the logits by its gradient.
  ///
  /// - Parameters:
  ///   - logits: A row per step and recording; those after a recording's end, and all of one that
  ///     is too short for its text, get a gradient of zero.
  ///   - targets: The recordings.
  public func replaceByGradient(_ logits: Activations<Float>, targets: [Target]) -> Result {
    precondition(targets.count == logits.clips)
    precondition(targets.allSatisfy { $0.frames <= logits.steps })
    let possible = targets.map { $0.frames >= max(1, Self.minimumFrames(of: $0.text)) }
    var characters = 0
    for (target, isPossible) in zip(targets, possible) where isPossible {
      characters += max(1, target.text.count)
    }
    let scale = 1 / Double(max(1, characters))
    let row = logits.clips * logits.width
    let losses = workers.map(targets.count) { clip -> Double in
      let base = logits.values + clip * logits.width
      let frames = possible[clip] ? targets[clip].frames : 0
      for step in frames..<logits.steps {
        (base + step * row).update(repeating: 0, count: logits.width)
      }
      guard possible[clip] else { return 0 }
      return Self.replaceByGradient(
        base, stride: row, classes: logits.width, frames: frames, text: targets[clip].text,
        scale: scale)
    }
    return Result(
      loss: losses.reduce(0, +) * scale, impossible: possible.count { !$0 })
  }

  /// The negative log-probability of a text, and `scale` times its gradient over the logits.
  private static func replaceByGradient(
    _ logits: UnsafeMutablePointer<Float>, stride: Int, classes: Int, frames: Int, text: [Int],
    scale: Double
  ) -> Double {
    var logs = [Double](repeating: 0, count: frames * classes)
    for frame in 0..<frames {
      logSoftmax(logits + frame * stride, to: &logs, at: frame * classes, count: classes)
    }
    // Blank, character, blank, ..., blank.
    var states = [Int](repeating: 0, count: 2 * text.count + 1)
    for (place, character) in text.enumerated() { states[2 * place + 1] = character }
    let count = states.count
    let forward = forwardVariables(logs, states, classes: classes, frames: frames)
    let last = (frames - 1) * count
    let total = logSum(
      forward[last + count - 1], count > 1 ? forward[last + count - 2] : -.infinity)
    // Of the frames after the current one.
    var backward = [Double](repeating: -.infinity, count: count)
    backward[count - 1] = 0
    if count > 1 { backward[count - 2] = 0 }
    var share = [Double](repeating: 0, count: classes)
    for frame in (0..<frames).reversed() {
      for i in 0..<classes { share[i] = 0 }
      for state in 0..<count {
        share[states[state]] += exp(forward[frame * count + state] + backward[state] - total)
      }
      let row = logits + frame * stride
      for i in 0..<classes {
        row[i] = Float(scale * (exp(logs[frame * classes + i]) - share[i]))
      }
      for state in 0..<count { backward[state] += logs[frame * classes + states[state]] }
      for state in 0..<count {
        var sum = backward[state]
        if state + 1 < count { sum = logSum(sum, backward[state + 1]) }
        if state + 2 < count, states[state + 2] != 0, states[state + 2] != states[state] {
          sum = logSum(sum, backward[state + 2])
        }
        backward[state] = sum
      }
    }
    return -total
  }

  /// The logarithms of the probabilities of all beginnings of alignments, by frame and state.
  private static func forwardVariables(
    _ logs: [Double], _ states: [Int], classes: Int, frames: Int
  ) -> [Double] {
    let count = states.count
    var forward = [Double](repeating: -.infinity, count: frames * count)
    forward[0] = logs[states[0]]
    if count > 1 { forward[1] = logs[states[1]] }
    for frame in 1..<max(1, frames) {
      let previous = (frame - 1) * count
      for state in 0..<count {
        var sum = forward[previous + state]
        if state > 0 { sum = logSum(sum, forward[previous + state - 1]) }
        if state > 1, states[state] != 0, states[state] != states[state - 2] {
          sum = logSum(sum, forward[previous + state - 2])
        }
        forward[frame * count + state] = sum + logs[frame * classes + states[state]]
      }
    }
    return forward
  }

  private static func logSoftmax(
    _ row: UnsafeMutablePointer<Float>, to logs: inout [Double], at place: Int, count: Int
  ) {
    var greatest = Double(row[0])
    for i in 1..<count { greatest = max(greatest, Double(row[i])) }
    var sum = 0.0
    for i in 0..<count { sum += exp(Double(row[i]) - greatest) }
    let normalisation = greatest + log(sum)
    for i in 0..<count { logs[place + i] = Double(row[i]) - normalisation }
  }

  /// log(e^a + e^b).
  @inline(__always)
  private static func logSum(_ a: Double, _ b: Double) -> Double {
    let (low, high) = a < b ? (a, b) : (b, a)
    return low == -.infinity ? high : high + log1p(exp(low - high))
  }
}
