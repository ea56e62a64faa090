import Foundation
import Sparrow
import SparrowTraining

/// Data augmentation of recordings of numbers: tempo and length of all, and changes of points in
/// space and of sensors' axes. Without options nothing changes.
public struct SeriesAugmentation: Codable, Equatable, Sendable {
  /// The tempo: a recording gets e^u times as many frames, u being uniform from -`speed` to
  /// `speed`.
  public var speed = 0.0
  /// Unevenness of the tempo: the place at the fraction u of a recording moves by up to `warp` ·
  /// sin(2πu) / 2π of its length; from 0 to less than 1.
  public var warp = 0.0
  /// The maximum fraction that is cut off at each end, from 0 to less than 0.5.
  public var crop = 0.0
  /// Changes of points, such as the joints of a skeleton.
  public var points: [PointAugmentation] = []
  /// Changes of sensors with three axes.
  public var sensors: [SensorAugmentation] = []

  /// No augmentation.
  public init() {}

  /// Reads an object; missing keys change nothing, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    speed = try values.amount(.speed)
    warp = try values.amount(.warp)
    crop = try values.amount(.crop)
    points = try values.decodeIfPresent([PointAugmentation].self, forKey: .points) ?? []
    sensors = try values.decodeIfPresent([SensorAugmentation].self, forKey: .sensors) ?? []
  }

  func validate(width: Int) throws(TrainingError) {
    guard speed >= 0, speed <= 2, (0..<1).contains(warp), (0..<0.5).contains(crop) else {
      throw .recipe(
        "augmentation: speed is from 0 to 2, warp from 0 to less than 1, crop from 0 to less than "
          + "0.5")
    }
    for group in points { try group.validate(width: width) }
    for group in sensors { try group.validate(width: width) }
  }

  /// A changed recording of at least two frames.
  ///
  /// - Parameter maximumFrames: The maximum number of frames; later ones are cut off.
  func vary(
    _ frames: [Float], width: Int, maximumFrames: Int, _ random: inout RandomNumbers
  ) -> [Float] {
    var varied = changeTempo(frames, width: width, maximumFrames: maximumFrames, &random)
    for group in points { group.vary(&varied, width: width, &random) }
    for group in sensors { group.vary(&varied, width: width, &random) }
    return varied
  }

  /// Frames at other times, interpolated linearly.
  private func changeTempo(
    _ frames: [Float], width: Int, maximumFrames: Int, _ random: inout RandomNumbers
  ) -> [Float] {
    let count = frames.count / width
    let start = random.uniform(in: 0...crop)
    let length = 1 - start - random.uniform(in: 0...crop)
    let factor = exp(random.uniform(in: -speed...speed))
    let bend = random.uniform(in: -warp...warp)
    guard count > 1 else { return frames }
    let result = max(2, Int((Double(count) * length * factor).rounded()))
    var varied: [Float] = []
    varied.reserveCapacity(min(result, maximumFrames) * width)
    for frame in 0..<min(result, maximumFrames) {
      let share = Double(frame) / Double(result - 1)
      let bent = share + bend * sin(2 * .pi * share) / (2 * .pi)
      let place = min(max(start + length * bent, 0), 1) * Double(count - 1)
      let before = min(Int(place), count - 2)
      let weight = Float(place - Double(before))
      for channel in 0..<width {
        let value = frames[before * width + channel]
        varied.append(value + weight * (frames[(before + 1) * width + channel] - value))
      }
    }
    return varied
  }
}
