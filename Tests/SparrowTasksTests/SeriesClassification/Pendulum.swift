import Foundation
import Sparrow
import SparrowTraining

@testable import SparrowTasks

/// Recordings of a rigid pendulum with friction, θ'' = -sin θ - 0.05 θ' + torque, by what moves it:
/// it swings freely, a motor turns it over the top, or a hand shakes it at twice its frequency. The
/// sensor at its end gives the angular rate and the acceleration along and across the rod.
struct Pendulum {
  static let classes = ["shaken", "swinging", "turning"]
  static let rate: Float = 20

  /// A recording of 3 s.
  static func frames(_ label: Int, _ random: inout RandomNumbers, seconds: Double = 3) -> [Float] {
    var angle = random.uniform(in: -1...1)
    var speed = random.uniform(in: -1...1)
    let phase = random.uniform(in: 0...6.28)
    let force = random.uniform(in: 0.8...1.5)
    let direction = random.uniform() < 0.5 ? -1.0 : 1
    if label == 2 { speed = direction * random.uniform(in: 2.2...3) }
    var frames: [Float] = []
    let step = 0.005
    for index in 0..<Int(seconds / step) {
      // In units of the pendulum's own time, a tenth of a second each.
      let time = 10 * step * Double(index)
      let torque =
        label == 0 ? 4 * force * cos(2 * time + phase) : label == 2 ? 1.2 * direction * force : 0
      let acceleration = -sin(angle) - 0.05 * speed + torque
      speed += 10 * step * acceleration
      angle += 10 * step * speed
      if index % Int(1 / (step * Double(rate))) == 0 {
        frames += [
          speed, speed * speed + cos(angle), acceleration + sin(angle),
        ].map { Float($0 + 0.05 * random.normal()) }
      }
    }
    return frames
  }

  static func recordings(_ count: Int, seed: UInt64) -> [SeriesRecording] {
    (0..<count).map { index in
      var random = RandomNumbers(seed: seed, stream: UInt64(index))
      return SeriesRecording(
        name: "\(index)", label: index % 3, frames: frames(index % 3, &random))
    }
  }
}
