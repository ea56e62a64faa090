import SparrowCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The tables of Fourier transforms and of their windows, computed in double precision.
package enum SpectralTables {
  /// Stage by stage, the factors e^(-2πikp/left) for k = 1, 2, 3 of the p-th butterfly; see
  /// `sparrow_transform`.
  ///
  /// - Parameter length: a power of two of at least 128.
  package static func twiddles(length: Int) -> [Float] {
    let half = length / 2
    var values: [Float] = []
    values.reserveCapacity(FourierShape(length: length).twiddleCount)
    var left = half
    var stride = 1
    while left > 4 {
      for k in 1...3 {
        let angle = -2 * Double.pi * Double(k) / Double(left)
        for i in 0..<half / 4 { values.append(Float(cos(angle * Double(i / stride)))) }
        for i in 0..<half / 4 { values.append(Float(sin(angle * Double(i / stride)))) }
      }
      left /= 4
      stride *= 4
    }
    return values
  }

  /// e^(-2πik/length) for k below length/2: real parts, then imaginary ones.
  package static func unpacking(length: Int) -> [Float] {
    let angles = (0..<length / 2).map { 2 * Double.pi * Double($0) / Double(length) }
    return angles.map { Float(cos($0)) } + angles.map { Float(-sin($0)) }
  }

  /// The windows of analysis and of synthesis, zeros up to the transform's length after each. That
  /// of synthesis carries what overlapping inverse transforms have to be scaled by.
  static func windows(_ frontEnd: SpectralFrontEnd) -> [Float] {
    let length = frontEnd.fourierLength
    let overlap = Double(frontEnd.window) / Double(2 * frontEnd.hop)
    var values = [Float](repeating: 0, count: 2 * length)
    for i in 0..<frontEnd.window {
      let value = sin(Double.pi * Double(i) / Double(frontEnd.window))
      values[i] = Float(value)
      values[length + i] = Float(value / overlap / Double(length / 2))
    }
    return values
  }

  /// The share of a distance that a reference with a time constant moves by in a frame.
  static func share(timeConstant: Float, period: Double) -> Float {
    timeConstant > 0 ? Float(1 - exp(-period / Double(timeConstant))) : 1
  }
}
