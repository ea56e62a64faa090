import Foundation
import SparrowTraining

/// Draws signals and changes them as a ``SignalVariation`` says.
struct VariedDrawing: Sendable {
  private let equalizer: Equalizer
  private let speedChange = SpeedChange()
  private let convolution: Convolution

  /// - Parameter longestRoom: taps of the longest impulse response that signals are put into.
  init(sampleRate: Int, longestRoom: Int = 0) {
    equalizer = Equalizer(sampleRate: sampleRate)
    convolution = Convolution(longestResponse: longestRoom + equalizer.taps)
  }

  /// A signal before it is filtered, and the equalizer that it is to go through.
  struct Varied {
    var signal: [Float]
    var equalizer: [Float]?
  }

  func draw(
    _ variation: SignalVariation, samples: Int, _ random: inout RandomNumbers,
    by draw: (_ samples: Int, _ random: inout RandomNumbers) -> [Float]
  ) -> Varied {
    var signal: [Float]
    if variation.speed > 0, random.uniform() < variation.speedProbability {
      let speed = exp(
        random.uniform(in: log(1 - variation.speed)...log(1 + variation.speed)))
      let count = SpeedChange.sourceCount(for: samples, speed: speed)
      signal = speedChange.apply(speed, to: draw(count, &random), count: samples)
    } else {
      signal = draw(samples, &random)
    }
    let isEqualized =
      variation.equalization > 0 && random.uniform() < variation.equalizationProbability
    return Varied(
      signal: signal,
      equalizer: isEqualized ? equalizer.draw(range: variation.equalization, &random) : nil)
  }

  /// The signal through its equalizer and each of the rooms, or no room if there is none.
  func filtered(_ varied: Varied, room: [[Float]] = []) -> [[Float]] {
    let rooms = room.map(convolution.response)
    let delay = varied.equalizer == nil ? 0 : equalizer.delay
    let equalizer = varied.equalizer.map(convolution.response)
    let responses =
      if let equalizer {
        rooms.isEmpty ? [equalizer] : rooms.map { equalizer * $0 }
      } else {
        rooms
      }
    if responses.isEmpty { return [varied.signal] }
    return convolution.apply(responses, to: varied.signal, delay: delay)
  }
}
