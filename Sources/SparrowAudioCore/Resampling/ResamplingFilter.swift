import CSparrow
import SparrowCore

/// The low-pass filter of a change of sample rate: a sinc under a Kaiser window, cut into one short
/// filter for each position of an output sample between two input samples. Immutable; any number of
/// resamplers may share it.
///
/// The stop-band is 100 dB down. The pass-band ends at 80 % of half of the lower rate with 32 zero
/// crossings, and at 90 % with 64.
public final class ResamplingFilter: Sendable {
  /// Samples per second of the input.
  public let inputRate: Int
  /// Samples per second of the output.
  public let outputRate: Int
  /// Input samples that an output sample takes from each side of its position.
  public let halfWidth: Int
  /// Output samples for every ``stepInput`` input samples, with no common divisor.
  let stepOutput: Int
  let stepInput: Int
  /// The number of positions between two input samples that the table has filters for; then one
  /// more for the next sample's position.
  private let phases: Int
  /// Taps of a filter, padded with zeros to a multiple of 8.
  let tapCount: Int
  nonisolated(unsafe) private let table: UnsafeMutablePointer<Float>
  private let kernels: Kernels

  /// The largest table that has a filter for every position; beyond it, filters are interpolated.
  private static let mostPhases = 1024

  /// The sample rates that there are filters for.
  public static let rates = SampleRates.supported

  /// - Parameters:
  ///   - inputRate, outputRate: samples per second, from 1,000 to 768,000.
  ///   - zeroCrossings: of the sinc on each side, in samples of the lower rate.
  public convenience init(from inputRate: Int, to outputRate: Int, zeroCrossings: Int = 32) {
    self.init(
      from: inputRate, to: outputRate, zeroCrossings: zeroCrossings, kernels: Kernels(.best))
  }

  package init(from inputRate: Int, to outputRate: Int, zeroCrossings: Int = 32, kernels: Kernels) {
    precondition(
      Self.rates.contains(inputRate) && Self.rates.contains(outputRate),
      "rates from 1000 to 768000")
    self.inputRate = inputRate
    self.outputRate = outputRate
    self.kernels = kernels
    let divisor = Self.greatestCommonDivisor(inputRate, outputRate)
    stepOutput = outputRate / divisor
    stepInput = inputRate / divisor
    // Where there are fewer output samples, the filter is wider by as much.
    let stretch = max(1, Double(inputRate) / Double(outputRate))
    halfWidth =
      (zeroCrossings * max(inputRate, outputRate) + outputRate - 1) / outputRate
    tapCount = (2 * halfWidth + 7) / 8 * 8
    phases = min(stepOutput, Self.mostPhases)
    table = .allocate(capacity: (phases + 1) * tapCount)
    table.initialize(repeating: 0, count: (phases + 1) * tapCount)
    // Half of the transition band, by Kaiser's rule for 100 dB, keeps within the lower rate's half.
    let cutoff = (1 - 3.22 / Double(zeroCrossings)) / stretch
    let peak = Self.besselI0(Self.beta)
    for phase in 0...phases {
      let filter = table + phase * tapCount
      var sum = 0.0
      for tap in 0..<2 * halfWidth {
        let distance = Double(phase) / Double(phases) - Double(tap - halfWidth + 1)
        let value =
          Trigonometry.sinc(cutoff * distance)
          * Self.kaiser(distance / Double(halfWidth), peak: peak)
        filter[tap] = Float(value)
        sum += value
      }
      // A constant stays what it is, whatever the position.
      for tap in 0..<2 * halfWidth { filter[tap] = Float(Double(filter[tap]) / sum) }
    }
  }

  deinit { table.deallocate() }

  /// Writes the output samples from a place on whose `2 halfWidth` input samples are there.
  ///
  /// - Parameters:
  ///   - samples: `count`, and ``tapCount`` that may be read.
  ///   - place: of the next output sample, in input samples after the `halfWidth`-th, and in
  ///     `stepOutput`-ths of one; moved.
  /// - Returns: how many were written.
  func values(
    _ samples: UnsafePointer<Float>, count: Int, place: inout (offset: Int, fraction: Int),
    into output: UnsafeMutablePointer<Float>
  ) -> Int {
    let (whole, rest) = stepInput.quotientAndRemainder(dividingBy: stepOutput)
    let width = 2 * halfWidth
    if phases == stepOutput {
      let resampling = sparrow_resampling(
        taps: tapCount, width: width, whole: whole, rest: rest, steps: stepOutput, filters: table)
      return kernels.resample(resampling, samples, count: count, place: &place, into: output)
    }
    var given = 0
    while place.offset + width <= count {
      output[given] = interpolatedValue(samples + place.offset, fraction: place.fraction)
      given += 1
      place.offset += whole
      place.fraction += rest
      if place.fraction >= stepOutput {
        place.fraction -= stepOutput
        place.offset += 1
      }
    }
    return given
  }

  /// The output sample between two positions that there are filters for.
  private func interpolatedValue(_ samples: UnsafePointer<Float>, fraction: Int) -> Float {
    let place = Double(fraction) * Double(phases) / Double(stepOutput)
    let phase = Int(place)
    let filter = table + phase * tapCount
    let low = kernels.filter(tapCount, samples, filter)
    let high = kernels.filter(tapCount, samples, filter + tapCount)
    return low + Float(place - Double(phase)) * (high - low)
  }

  /// β of the Kaiser window, by Kaiser's rule for 100 dB.
  private static var beta: Double { 10.06 }

  /// The Kaiser window from -1 to 1.
  ///
  /// - Parameter peak: I0(β).
  private static func kaiser(_ x: Double, peak: Double) -> Double {
    guard x > -1 && x < 1 else { return 0 }
    return besselI0(beta * (1 - x * x).squareRoot()) / peak
  }

  /// The modified Bessel function of the first kind of order 0, by its power series.
  private static func besselI0(_ x: Double) -> Double {
    var sum = 1.0
    var term = 1.0
    var k = 1.0
    while term > 1e-17 * sum {
      term *= (x / (2 * k)) * (x / (2 * k))
      sum += term
      k += 1
    }
    return sum
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}

/// Sines without a C library, the same bits on every processor.
enum Trigonometry {
  /// sin(πx) / (πx).
  static func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sinOfPi(times: x) / (Double.pi * x)
  }

  /// sin(πx), by the Taylor series of an eighth of a turn.
  static func sinOfPi(times x: Double) -> Double {
    let turns = x - 2 * Double(Int(x / 2 + (x < 0 ? -0.5 : 0.5)))
    // Within -1...1; into the first half of a half turn.
    let folded = turns > 0.5 ? 1 - turns : turns < -0.5 ? -1 - turns : turns
    let angle = Double.pi * folded
    let square = angle * angle
    var term = angle
    var sum = angle
    var k = 2.0
    while k < 30 {
      term *= -square / (k * (k + 1))
      sum += term
      k += 2
    }
    return sum
  }
}
