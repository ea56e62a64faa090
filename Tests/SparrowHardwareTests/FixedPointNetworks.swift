import Sparrow
import TestSupport
import Testing

/// A small network that is quantised to be put on cores.
struct FixedPointNetwork: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let inputWidth: Int
  let layers: [Layer]
  var density: Float = 0.6

  static func dense(inputs: Int, outputs: Int) -> FixedPointNetwork {
    FixedPointNetwork(
      testDescription: "dense", inputWidth: inputs, layers: [.dense(DenseLayer(outputs: outputs))],
      density: 1)
  }

  static let all: [FixedPointNetwork] = {
    func recurrence(_ states: Int, symmetry: Bool = true, rectified: Bool = false) -> Layer {
      .linearRecurrence(
        LinearRecurrenceLayer(
          states: states, discretization: .zeroOrderHold, conjugateSymmetry: symmetry,
          rectifiesState: rectified, hasBias: true))
    }
    func network(_ name: String, _ width: Int, _ layers: [Layer]) -> FixedPointNetwork {
      FixedPointNetwork(testDescription: name, inputWidth: width, layers: layers)
    }
    let outputs = DenseLayer(outputs: 9)
    return [
      network("dense", 7, [.dense(outputs)]),
      network("no layers", 5, []),
      network("functions alone", 6, [.activation(.tanh), .activation(.relu)]),
      network("sigmoid", 6, [.dense(outputs), .activation(.sigmoid), .dense(outputs)]),
      network("gelu", 6, [.dense(outputs), .activation(.gelu), .activation(.tanh)]),
      network("gate", 8, [.gate, .activation(.relu), .gate]),
      network("recurrence", 6, [recurrence(5)]),
      network("recurrences", 6, [recurrence(7, symmetry: false), recurrence(4, rectified: true)]),
      network("residual without a branch", 5, [.residual([]), .residual([.residual([])])]),
      network(
        "residual", 6,
        [.dense(outputs), .residual([recurrence(4), .gate]), .activation(.relu), .dense(outputs)]),
      network(
        "branches that begin with a function", 6,
        [
          .residual([.activation(.tanh), .residual([.activation(.relu)]), .gate]),
          .residual([.residual([.dense(DenseLayer(outputs: 6)), .activation(.gelu)])]),
        ]),
      network(
        "S5, relufied", 11, Layer.s5(width: 8, states: 6, blocks: 2, outputs: 5, relufied: true)),
      network("S5", 11, Layer.s5(width: 8, states: 6, blocks: 2, outputs: 5)),
    ]
  }()

  var network: Network {
    get throws {
      var numbers = TestNumbers(seed: 5)
      var parameters: [String: Tensor] = [:]
      for (layer, path, width) in layers.placed(inputWidth: inputWidth, path: "") {
        for parameter in layer.parameters(inputWidth: width, path: path) {
          let kind = parameter.name.split(separator: ".").last!
          let values: [Float] =
            switch (parameter.role, kind) {
            case (.statistic, "variance"), (.normalization, "scale"):
              numbers.floats(parameter.count, in: 0.5...1.5)
            case (.weight, _), (.stateSpaceMatrix, _):
              numbers.sparseFloats(parameter.count, density: density)
            case (_, "logStep"): numbers.floats(parameter.count, in: -4 ... -1)
            case (_, "real"): numbers.floats(parameter.count, in: -1 ... -0.1)
            default: numbers.floats(parameter.count)
            }
          parameters[parameter.name] = Tensor(shape: parameter.shape, values: values)
        }
      }
      return try Network(inputWidth: inputWidth, layers: layers, parameters: parameters)
    }
  }

  func quantized(_ scheme: QuantizationScheme) throws -> Network {
    var calibration = try Calibration(network)
    var numbers = TestNumbers(seed: 6)
    calibration.add(numbers.floats(50 * inputWidth))
    return try calibration.quantized(scheme)
  }
}

/// Frames of integers, many of them zero, some at the limits.
func integerFrames(_ network: Network, count: Int) -> [[Int]] {
  var numbers = TestNumbers(seed: 9)
  let limit = 1 << (network.quantization!.scheme.activationBits - 1) - 1
  return (0..<count).map { frame in
    (0..<network.inputWidth).map { _ in
      let value = numbers.float()
      switch numbers.next() % 8 {
      case 0...2: return 0
      case 3 where frame % 5 == 4: return value > 0 ? limit : -limit
      default: return Int(value * Float(limit) / 4)
      }
    }
  }
}

/// What a stream of integers makes of frames, and what it did.
func streamed(_ network: Network, _ frames: [[Int]]) -> ([[Int]], OperationCount) {
  let plan = Plan(network)
  var stream = NetworkStream(plan)
  var counted = NetworkStream(plan)
  var count = OperationCount(plan)
  let scale = Float(sign: .plus, exponent: -plan.fixedPoint!.inputExponent, significand: 1)
  var results: [[Int]] = []
  for frame in frames {
    let input = frame.map { Int16($0) }
    var output = [Int16](repeating: 0, count: plan.outputWidth)
    var span = output.mutableSpan
    stream.step(input.span, into: &span)
    results.append(output.map(Int.init))
    let floats = frame.map { Float($0) * scale }
    var values = [Float](repeating: 0, count: plan.outputWidth)
    var valueSpan = values.mutableSpan
    counted.step(floats.span, into: &valueSpan, counting: &count)
  }
  return (results, count)
}
