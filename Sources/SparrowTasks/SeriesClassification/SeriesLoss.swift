import Foundation
import Sparrow
import SparrowTraining

/// The loss of a classifier of series: the cross-entropy of every frame, of which later ones may
/// weigh more.
public struct SeriesLoss: Codable, Equatable, Sendable {
  /// Frame t of T weighs (t / T)^`lateness`: early frames say little of what is going on.
  public var lateness = 1.0
  /// The share of the target distribution that is spread over all classes (Szegedy et al. 2016),
  /// from 0 to less than 1.
  public var labelSmoothing = 0.0

  /// The defaults.
  public init() {}

  /// Reads an object; missing keys have their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    lateness = try values.decodeIfPresent(Double.self, forKey: .lateness) ?? lateness
    labelSmoothing =
      try values.decodeIfPresent(Double.self, forKey: .labelSmoothing) ?? labelSmoothing
  }

  func validate() throws(TrainingError) {
    guard (0...100).contains(lateness), (0..<1).contains(labelSmoothing) else {
      throw .recipe(
        "loss: lateness is from 0 to 100, labelSmoothing from 0 to less than 1")
    }
  }

  /// The weight of frame `index`, counted from 0, of `count`.
  func weight(_ index: Int, of count: Int) -> Double {
    pow(Double(index + 1) / Double(count), lateness)
  }

  /// Computes the mean over the frames of all recordings, and overwrites logits by its gradient.
  ///
  /// - Parameters:
  ///   - logits: A row per step and recording; rows after a recording's end get a gradient of zero.
  ///   - recordings: The class and the number of frames of each recording.
  /// - Returns: The loss in nats, and the number of recordings whose mean probability is highest
  ///   for their class.
  func replaceByGradient(
    _ logits: Activations<Float>, recordings: [(label: Int, frames: Int)]
  ) -> (loss: Double, right: Int) {
    let classes = logits.width
    let total = recordings.reduce(0) { sum, recording in
      sum + (0..<recording.frames).reduce(0) { $0 + weight($1, of: recording.frames) }
    }
    var loss = 0.0
    var right = 0
    let rest = labelSmoothing / Double(classes)
    var probabilities = [Double](repeating: 0, count: classes)
    for (clip, recording) in recordings.enumerated() {
      var sums = [Double](repeating: 0, count: classes)
      for step in 0..<logits.steps {
        let row = logits.values + (step * recordings.count + clip) * classes
        guard step < recording.frames else {
          row.update(repeating: 0, count: classes)
          continue
        }
        let greatest = Double((0..<classes).reduce(row[0]) { max($0, row[$1]) })
        for i in 0..<classes { probabilities[i] = exp(Double(row[i]) - greatest) }
        let sum = probabilities.reduce(0, +)
        let share = weight(step, of: recording.frames) / total
        for i in 0..<classes {
          let target = rest + (i == recording.label ? 1 - labelSmoothing : 0)
          if target > 0 { loss -= share * target * (Double(row[i]) - greatest - log(sum)) }
          let probability = probabilities[i] / sum
          sums[i] += probability
          row[i] = Float(share * (probability - target))
        }
      }
      if sums[recording.label] == sums.max() { right += 1 }
    }
    return (loss, right)
  }
}
