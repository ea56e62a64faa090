import Foundation
import Sparrow

/// A network in fixed point, computed by the rules of Documentation/FixedPoint.md in the plainest
/// way: one number at a time, with integers that are wide enough for anything, and nothing shared
/// with what it checks.
struct GoldenNetwork {
  let network: Network
  let quantization: Quantization
  /// By path: real parts, imaginary parts.
  private var states: [String: (real: [Int], imaginary: [Int])] = [:]
  /// By path: the frames that a convolution has seen.
  private var seen: [String: [[Int]]] = [:]
  /// By path.
  var cells: [String: GoldenCell] = [:]
  private(set) var saturations = 0

  init(_ network: Network) {
    self.network = network
    quantization = network.quantization!
  }

  /// The integers of a frame.
  mutating func quantize(_ frame: [Float]) -> [Int] {
    frame.map { value in
      let scaled = value * Float(exp2(Double(quantization.activations["input"]!)))
      guard !scaled.isNaN else {
        saturations += 1
        return 0
      }
      let kept = min(max(scaled, -Float(limit)), Float(limit))
      if kept != scaled { saturations += 1 }
      return Int(kept.rounded(.toNearestOrEven))
    }
  }

  /// One frame of integers in, one out.
  mutating func step(_ frame: [Int]) -> [Int] {
    run(network.layers, path: "", frame, quantization.activations["input"]!).values
  }

  // MARK: Arithmetic

  var limit: Int { 1 << (quantization.scheme.activationBits - 1) - 1 }

  /// x / 2^shift to the nearest integer, ties upwards.
  func rounded(_ x: Int, _ shift: Int) -> Int {
    shift <= 0 ? x << -shift : (x + 1 << (shift - 1)) >> shift
  }

  mutating func clip(_ x: Int, _ limit: Int) -> Int {
    if x.magnitude > limit.magnitude { saturations += 1 }
    return min(max(x, -limit), limit)
  }

  /// Integers of a parameter and the exponent of each row.
  func integers(_ name: String, _ group: String) -> (rows: [[Int]], exponents: [Int]) {
    if let known = parameters.integers[name] { return known }
    let tensor = network[name]
    let rows = tensor.shape[0]
    let columns = tensor.count / rows
    let given = quantization.parameters[group]!
    let exponents = given.count == 1 ? Array(repeating: given[0], count: rows) : given
    let integers = (0..<rows).map { row in
      (0..<columns).map {
        Int(Double(tensor.values[row * columns + $0]) * exp2(Double(exponents[row])))
      }
    }
    parameters.integers[name] = (integers, exponents)
    return (integers, exponents)
  }

  /// What has been derived of parameters.
  private final class Parameters {
    var integers: [String: (rows: [[Int]], exponents: [Int])] = [:]
  }
  private let parameters = Parameters()

  func vector(_ name: String, _ group: String) -> (values: [Int], exponents: [Int]) {
    let (rows, exponents) = integers(name, group)
    return (rows.map { $0[0] }, exponents)
  }

  /// W x + b, and the exponent of each row.
  func sums(
    _ weights: (rows: [[Int]], exponents: [Int]), _ x: [Int], _ exponent: Int,
    bias: (values: [Int], exponents: [Int])
  ) -> [(value: Int, exponent: Int)] {
    weights.rows.indices.map { row in
      let e = weights.exponents[row] + exponent
      let products = zip(weights.rows[row], x).reduce(0) { $0 + $1.0 * $1.1 }
      return (products + bias.values[row] << (e - bias.exponents[row]), e)
    }
  }

  /// A function of x / 2^exponent, times 2^15.
  func function(_ x: Int, _ exponent: Int, odd: Bool, _ f: (Double) -> Double) -> Int {
    let argument = min(max(rounded(x, exponent - 12), -32767), 32767)
    let segment = abs(argument) / 64
    func table(_ index: Int) -> Int { Int((f(Double(index) / 64) * 32768).rounded()) }
    let value =
      table(segment)
      + rounded((table(segment + 1) - table(segment)) * (abs(argument) % 64), 6)
    return argument >= 0 ? value : odd ? -value : 32768 - value
  }

  func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  // MARK: Layers

  private mutating func run(
    _ layers: [Layer], path: String, _ input: [Int], _ exponent: Int
  ) -> (values: [Int], exponent: Int) {
    var x = input
    var e = exponent
    let places = layers.placed(inputWidth: input.count, path: path)
    for (index, place) in places.enumerated() {
      let (layer, path, _) = place
      // A rectifier comes before clipping: what it takes away is not clipped.
      var isRectified = false
      if index + 1 < places.count, case .activation(.relu) = places[index + 1].layer {
        isRectified = true
      }
      switch layer {
      case .dense:
        let y = quantization.activations[path]!
        x = sums(
          integers("\(path).weight", "\(path).weight"), x, e,
          bias: vector("\(path).bias", "\(path).bias")
        ).map { sum in
          let value = rounded(sum.value, sum.exponent - y)
          return clip(isRectified ? max(value, 0) : value, limit)
        }
        e = y
      case .gate:
        let y = quantization.activations[path]!
        let gates = sums(
          integers("\(path).weight", "\(path).weight"), x, e,
          bias: vector("\(path).bias", "\(path).bias"))
        x = zip(x, gates).map { x, gate in
          clip(
            rounded(
              x * function(gate.value, gate.exponent, odd: false, sigmoid), e + 15 - y), limit)
        }
        e = y
      case .activation(.relu): x = x.map { max($0, 0) }
      case .activation(.gelu):
        let y = quantization.activations[path]!
        x = x.map {
          let factor = function($0, e, odd: false) {
            0.5 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
          }
          return clip(rounded($0 * factor, e + 15 - y), limit)
        }
        e = y
      case .activation(let f):
        let bits = quantization.scheme.activationBits
        x = x.map {
          let value = function($0, e, odd: f == .tanh, f == .tanh ? { tanh($0) } : sigmoid)
          return min(max(rounded(value, 16 - bits), -limit), limit)
        }
        e = bits - 1
      case .linearRecurrence(let recurrence): (x, e) = run(recurrence, path, x, e)
      case .residual(let branch):
        let (values, branchExponent) = run(branch, path: path, x, e)
        let y = quantization.activations[path]!
        let finest = max(e, branchExponent)
        x = zip(x, values).map { x, value in
          let sum = rounded(
            x << (finest - e) + value << (finest - branchExponent), finest - y)
          return clip(isRectified ? max(sum, 0) : sum, limit)
        }
        e = y
      case .convolution(let layer): (x, e) = convolution(layer, path, x, e)
      case .layerNormalization(let layer): (x, e) = layerNormalization(layer, path, x, e)
      case .recurrent(let layer): (x, e) = cell(layer, path, x, e)
      case .normalization: fatalError("there are none in fixed point")
      }
    }
    return (x, e)
  }

  private mutating func convolution(
    _ layer: ConvolutionLayer, _ path: String, _ x: [Int], _ exponent: Int
  ) -> ([Int], Int) {
    let y = quantization.activations[path]!
    seen[path, default: []].append(x)
    let frames = seen[path]!
    let weights = integers("\(path).weight", "\(path).weight")
    let bias = vector("\(path).bias", "\(path).bias")
    let own = x.count / layer.groups
    let values = weights.rows.indices.map { row in
      let group = row / (layer.outputs / layer.groups)
      let e = weights.exponents[row] + exponent
      var sum = bias.values[row] << (e - bias.exponents[row])
      for tap in 0..<layer.kernel {
        let time = frames.count - 1 - (layer.kernel - 1 - tap) * layer.dilation
        guard time >= 0 else { continue }
        for i in 0..<own {
          sum += weights.rows[row][tap * own + i] * frames[time][group * own + i]
        }
      }
      return clip(rounded(sum, e - y), limit)
    }
    return (values, y)
  }

  private mutating func layerNormalization(
    _ layer: LayerNormalizationLayer, _ path: String, _ x: [Int], _ exponent: Int
  ) -> ([Int], Int) {
    let y = quantization.activations[path]!
    let scale = vector("\(path).scale", "\(path).scale")
    let shift = vector("\(path).shift", "\(path).shift")
    let n = x.count
    let sum = layer.centers ? x.reduce(0, +) : 0
    let squares = x.reduce(0) { $0 + $1 * $1 }
    let epsilon = (Double(layer.epsilon) * Double(n * n) * exp2(Double(2 * exponent))).rounded()
    let variance = UInt64(n * squares - sum * sum) + UInt64(max(epsilon, 1))
    let e = variance.leadingZeroBitCount / 2
    // The square root by halving the interval that it is in.
    let radicand = variance << UInt64(2 * e)
    var (low, high) = (UInt64(0), UInt64(1) << 32)
    while high - low > 1 {
      let middle = (low + high) / 2
      if middle * middle <= radicand { low = middle } else { high = middle }
    }
    let reciprocal = Int((UInt64(1) << 61) / low)
    let product = 15 + scale.exponents[0]
    let values = x.indices.map { i in
      let normal = rounded((n * x[i] - sum) * reciprocal, 46 - e)
      let shifted = shift.values[i] << (product - shift.exponents[0])
      return clip(rounded(normal * scale.values[i] + shifted, product - y), limit)
    }
    return (values, y)
  }

  private mutating func run(
    _ layer: LinearRecurrenceLayer, _ path: String, _ u: [Int], _ exponent: Int
  ) -> ([Int], Int) {
    let stateExponent = quantization.activations["\(path).state"]!
    let readExponent = quantization.activations["\(path).read"]!
    let y = quantization.activations[path]!
    let (aReal, aExponents) = vector("\(path).A.real", "\(path).A")
    let (aImaginary, _) = vector("\(path).A.imaginary", "\(path).A")
    let (fReal, fExponents) = vector("\(path).f.real", "\(path).f")
    let (fImaginary, _) = vector("\(path).f.imaginary", "\(path).f")
    let wReal = sums(
      integers("\(path).B.real", "\(path).B"), u, exponent,
      bias: vector("\(path).inputBias.real", "\(path).inputBias"))
    let wImaginary = sums(
      integers("\(path).B.imaginary", "\(path).B"), u, exponent,
      bias: vector("\(path).inputBias.imaginary", "\(path).inputBias"))

    let zero = [Int](repeating: 0, count: layer.states)
    var x = states[path] ?? (zero, zero)
    var read = (real: zero, imaginary: zero)
    let most = 1 << 31 - 1
    for i in 0..<layer.states {
      let shift = fExponents[i] + wReal[i].exponent - stateExponent
      let real =
        rounded(aReal[i] * x.real[i] - aImaginary[i] * x.imaginary[i], aExponents[i])
        + rounded(fReal[i] * wReal[i].value - fImaginary[i] * wImaginary[i].value, shift)
      let imaginary =
        rounded(aReal[i] * x.imaginary[i] + aImaginary[i] * x.real[i], aExponents[i])
        + rounded(fReal[i] * wImaginary[i].value + fImaginary[i] * wReal[i].value, shift)
      x.real[i] = clip(real, most)
      x.imaginary[i] = clip(imaginary, most)
      if !layer.rectifiesState || x.real[i] > 0 {
        read.real[i] = clip(rounded(x.real[i], stateExponent - readExponent), limit)
        read.imaginary[i] = clip(rounded(x.imaginary[i], stateExponent - readExponent), limit)
      }
    }
    states[path] = x

    let (cReal, cExponents) = integers("\(path).C.real", "\(path).C")
    let (cImaginary, _) = integers("\(path).C.imaginary", "\(path).C")
    let bias = vector("\(path).bias", "\(path).bias")
    let (d, dExponents) = vector("\(path).D", "\(path).D")
    let values = u.indices.map { row in
      let e = cExponents[row] + readExponent - (layer.conjugateSymmetry ? 1 : 0)
      var sum = bias.values[row] << (e - bias.exponents[row])
      for i in 0..<layer.states {
        sum += cReal[row][i] * read.real[i] - cImaginary[row][i] * read.imaginary[i]
      }
      return clip(
        rounded(sum, e - y) + rounded(d[row] * u[row], dExponents[row] + exponent - y), limit)
    }
    return (values, y)
  }
}
