import Foundation
import Sparrow

/// A network computed in double precision straight from the formulas of its description, a layer at
/// a time over the whole sequence, with nothing packed, folded or fused.
struct ReferenceNetwork {
  let network: Network

  /// Multiply-accumulates of each matrix over the whole sequence. A normalisation before a matrix
  /// counts as part of it: the activations are those before.
  private(set) var counts: [String: MatrixCount] = [:]

  init(_ network: Network) { self.network = network }

  /// As many frames as are given.
  mutating func run(_ frames: [[Double]]) -> [[Double]] {
    run(network.layers, path: "", frames)
  }

  private mutating func run(
    _ layers: [Layer], path: String, _ input: [[Double]]
  ) -> [[Double]] {
    var frames = input
    var beforeNormalization = input
    for (layer, path, _) in layers.placed(inputWidth: input.first?.count ?? 0, path: path) {
      switch layer {
      case .dense:
        count("\(path).weight", beforeNormalization)
        frames = dense(path, frames)
      case .normalization: frames = normalization(path, frames)
      case .convolution(let layer): frames = convolution(layer, path, frames)
      case .layerNormalization(let layer): frames = layerNormalization(layer, path, frames)
      case .linearRecurrence(let recurrence):
        count("\(path).B", part: "real", beforeNormalization)
        count("\(path).B", part: "imaginary", beforeNormalization)
        frames = linearRecurrence(recurrence, path, frames)
      case .recurrent(let layer):
        frames = recurrent(layer, path, frames, counting: beforeNormalization)
      case .activation(let function): frames = frames.map { $0.map { apply(function, $0) } }
      case .gate:
        count("\(path).weight", frames)
        let gates = dense(path, frames)
        frames = zip(frames, gates).map { zip($0, $1).map { $0 * sigmoid($1) } }
      case .residual(let branch):
        let sums = run(branch, path: path, frames)
        frames = zip(frames, sums).map { zip($0, $1).map { $0 + $1 } }
      }
      if layer != .normalization { beforeNormalization = frames }
    }
    return frames
  }

  // MARK: Layers

  private func dense(_ path: String, _ frames: [[Double]]) -> [[Double]] {
    let weight = matrix("\(path).weight")
    let bias = vector("\(path).bias")
    return frames.map { frame in
      weight.indices.map { row in dot(weight[row], frame) + bias[row] }
    }
  }

  private func normalization(_ path: String, _ frames: [[Double]]) -> [[Double]] {
    let (scale, shift) = (vector("\(path).scale"), vector("\(path).shift"))
    let (mean, variance) = (vector("\(path).mean"), vector("\(path).variance"))
    return frames.map { frame in
      frame.indices.map {
        scale[$0] * (frame[$0] - mean[$0]) / (variance[$0] + 1e-5).squareRoot() + shift[$0]
      }
    }
  }

  /// Straight from the sum over taps and inputs of a group.
  private mutating func convolution(
    _ layer: ConvolutionLayer, _ path: String, _ frames: [[Double]]
  ) -> [[Double]] {
    let weight = matrix("\(path).weight")
    let bias = vector("\(path).bias")
    let own = (frames.first?.count ?? 0) / layer.groups
    return frames.indices.map { t in
      weight.indices.map { row in
        let group = row / (layer.outputs / layer.groups)
        let seen = (0..<layer.kernel).flatMap { tap -> [Double] in
          let time = t - (layer.kernel - 1 - tap) * layer.dilation
          return (0..<own).map { time < 0 ? 0 : frames[time][group * own + $0] }
        }
        count("\(path).weight", row: weight[row], seen)
        return dot(weight[row], seen) + bias[row]
      }
    }
  }

  private func layerNormalization(
    _ layer: LayerNormalizationLayer, _ path: String, _ frames: [[Double]]
  ) -> [[Double]] {
    let (scale, shift) = (vector("\(path).scale"), vector("\(path).shift"))
    return frames.map { frame in
      let count = Double(frame.count)
      let mean = layer.centers ? frame.reduce(0, +) / count : 0
      let variance = frame.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      return frame.indices.map {
        scale[$0] * (frame[$0] - mean) / (variance + Double(layer.epsilon)).squareRoot()
          + shift[$0]
      }
    }
  }

  private mutating func linearRecurrence(
    _ layer: LinearRecurrenceLayer, _ path: String, _ frames: [[Double]]
  ) -> [[Double]] {
    let states = layer.states
    let (bReal, bImaginary) = (matrix("\(path).B.real"), matrix("\(path).B.imaginary"))
    let (cReal, cImaginary) = (matrix("\(path).C.real"), matrix("\(path).C.imaginary"))
    let d = vector("\(path).D")
    let (a, factor) = system(layer, path)
    func bias(_ name: String, _ count: Int) -> [Double] {
      layer.hasBias ? vector("\(path).\(name)") : Array(repeating: 0, count: count)
    }
    let inputBias = zip(bias("inputBias.real", states), bias("inputBias.imaginary", states))
      .map { Complex($0, $1) }
    let outputBias = bias("bias", d.count)

    var x = [Complex](repeating: Complex(0, 0), count: states)
    var outputs: [[Double]] = []
    for u in frames {
      for i in 0..<states {
        let input = Complex(dot(bReal[i], u), dot(bImaginary[i], u)) + inputBias[i]
        x[i] = a[i] * x[i] + factor[i] * input
      }
      let seen = x.map { layer.rectifiesState && $0.re <= 0 ? Complex(0, 0) : $0 }
      count("\(path).C", part: "real", [seen.map(\.re)])
      count("\(path).C", part: "imaginary", [seen.map(\.im)])
      let scale = layer.conjugateSymmetry ? 2.0 : 1.0
      outputs.append(
        u.indices.map { row in
          let real = (0..<states).reduce(0) {
            $0 + cReal[row][$1] * seen[$1].re - cImaginary[row][$1] * seen[$1].im
          }
          return scale * real + d[row] * u[row] + outputBias[row]
        })
    }
    return outputs
  }

  /// Ā and f of every state.
  private func system(
    _ layer: LinearRecurrenceLayer, _ path: String
  ) -> (a: [Complex], factor: [Complex]) {
    func complex(_ name: String) -> [Complex] {
      zip(vector("\(path).\(name).real"), vector("\(path).\(name).imaginary"))
        .map { Complex($0, $1) }
    }
    if layer.discretization == .discrete { return (complex("A"), complex("f")) }
    let one = Complex(1, 0)
    var a: [Complex] = []
    var factor: [Complex] = []
    for (eigenvalue, logStep) in zip(complex("eigenvalues"), vector("\(path).logStep")) {
      let decay = layer.maximumTimeConstant.map { 1 / (Double($0) * exp(logStep)) } ?? 0
      let lambda = Complex(min(eigenvalue.re, -1e-4) - decay, eigenvalue.im)
      let step = Complex(exp(logStep), 0)
      if layer.discretization == .zeroOrderHold {
        a.append((lambda * step).exponential)
        factor.append(((lambda * step).exponential - one) / lambda)
      } else {
        let half = lambda * step * Complex(0.5, 0)
        a.append((one + half) / (one - half))
        factor.append(step / (one - half))
      }
    }
    return (a, factor)
  }

  private func apply(_ function: ActivationFunction, _ v: Double) -> Double {
    switch function {
    case .relu: max(v, 0)
    case .gelu:
      0.5 * v * (1 + tanh((2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v)))
    case .sigmoid: sigmoid(v)
    case .tanh: tanh(v)
    }
  }

  // MARK: Counting and parameters

  /// Looks at every product of a matrix's weights, or of a complex one's part.
  mutating func count(_ name: String, part: String? = nil, _ frames: [[Double]]) {
    let weights = matrix(part.map { "\(name).\($0)" } ?? name)
    for frame in frames {
      for row in weights { count(name, row: row, frame) }
    }
  }

  /// Looks at the products of one row of a matrix.
  mutating func count(_ name: String, row: [Double], _ frame: [Double]) {
    var count = MatrixCount()
    for i in row.indices {
      count.denseMACs += 1
      if row[i] != 0 { count.nonZeroWeightMACs += 1 }
      if frame[i] != 0 { count.nonZeroActivationMACs += 1 }
      if row[i] != 0 && frame[i] != 0 { count.effectiveMACs += 1 }
    }
    counts[name, default: MatrixCount()] += count
  }

  func vector(_ name: String) -> [Double] { network[name].values.map(Double.init) }

  func matrix(_ name: String) -> [[Double]] {
    let columns = network[name].shape[1]
    let values = vector(name)
    return (0..<network[name].shape[0]).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
  }

  func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  func sigmoid(_ v: Double) -> Double { 1 / (1 + exp(-v)) }
}

private struct Complex {
  var re: Double
  var im: Double

  init(_ re: Double, _ im: Double) { (self.re, self.im) = (re, im) }

  var exponential: Complex { Complex(exp(re) * cos(im), exp(re) * sin(im)) }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.re + b.re, a.im + b.im) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
  }
  static func / (a: Complex, b: Complex) -> Complex {
    let norm = b.re * b.re + b.im * b.im
    return Complex((a.re * b.re + a.im * b.im) / norm, (a.im * b.re - a.re * b.im) / norm)
  }
}
