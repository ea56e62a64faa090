import Foundation
import SparrowAudio
import SparrowTraining

/// Random equalizers: linear-phase filters with a gain that changes smoothly over frequency, as
/// microphones, loudspeakers and voices differ.
///
/// The gain in dB is drawn at nine knots from 60 to 7900 Hz, evenly spread by their logarithms, and
/// runs straight between them over log(frequency + 30 Hz); it is constant beyond them.
struct Equalizer: Sendable {
  /// Taps of the filters: 64 ms, in which the lowest knots can still be told apart.
  let taps: Int
  /// Samples by which the filters delay.
  var delay: Int { taps / 2 }

  static let knots: [Double] = (0..<9).map { 60 * pow(7900 / 60, Double($0) / 8) }

  private let transform: FourierTransform
  /// By bin: the knot below it, and how far it is on the way to the next.
  private let positions: [(knot: Int, share: Double)]
  /// Hann's, by which the response ends smoothly, and the scale of the inverse transform.
  private let window: [Float]

  init(sampleRate: Int) {
    var length = 128
    while length < sampleRate * 64 / 1000 { length *= 2 }
    taps = length
    transform = FourierTransform(length: length)
    func warped(_ frequency: Double) -> Double { log(frequency + 30) }
    let places = Self.knots.map(warped)
    positions = (0...length / 2).map { bin in
      let place = warped(Double(bin) * Double(sampleRate) / Double(length))
      let knot = min(max((places.firstIndex { $0 > place } ?? places.count) - 1, 0), 7)
      let share = (place - places[knot]) / (places[knot + 1] - places[knot])
      return (knot, min(max(share, 0), 1))
    }
    window = (0..<length).map {
      Float((1 - cos(2 * .pi * Double($0) / Double(length))) / Double(length))
    }
  }

  /// An equalizer of gains between -range and range dB.
  func draw(range: Double, _ random: inout RandomNumbers) -> [Float] {
    response(gains: Self.knots.map { _ in random.uniform(in: -range...range) })
  }

  /// - Parameter gains: dB, one a knot.
  /// - Returns: ``taps`` taps.
  func response(gains: [Double]) -> [Float] {
    precondition(gains.count == Self.knots.count)
    var re = positions.map { position in
      let (knot, share) = position
      return Float(
        Levels.amplitude(decibels: gains[knot] + share * (gains[knot + 1] - gains[knot])))
    }
    // Every other sign: half the length later, in the middle of the window.
    for bin in stride(from: 1, to: re.count, by: 2) { re[bin] = -re[bin] }
    var im = [Float](repeating: 0, count: re.count)
    var work = [Float](repeating: 0, count: transform.workCount)
    var response = [Float](repeating: 0, count: taps)
    transform.inverse(re: &re, im: &im, window: window, &response, work: &work)
    return response
  }
}
