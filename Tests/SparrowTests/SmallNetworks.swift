import Sparrow
import TestSupport
import Testing

/// A small network to test with.
struct SmallNetwork: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let inputWidth: Int
  let layers: [Layer]
  /// The share of weights that are not zero.
  var density: Float = 1

  /// With random parameters, of sizes that keep values of the order of one.
  var network: Network {
    get throws {
      var numbers = TestNumbers(seed: 7)
      return try Network(
        inputWidth: inputWidth, layers: layers,
        parameters: randomParameters(layers, inputWidth: inputWidth, density, &numbers))
    }
  }

  /// Frames between -1 and 1, some of whose values are exactly zero.
  func frames(_ count: Int) -> [Float] {
    var numbers = TestNumbers(seed: 8)
    return numbers.sparseFloats(count * inputWidth, density: 0.9)
  }

  static var all: [SmallNetwork] { stateSpace + cells }

  /// Those without recurrent cells.
  static let stateSpace: [SmallNetwork] = {
    func recurrence(
      _ states: Int, _ discretization: LinearRecurrenceLayer.Discretization = .zeroOrderHold,
      symmetry: Bool = true, rectified: Bool = false, bound: Float? = nil
    ) -> Layer {
      .linearRecurrence(
        LinearRecurrenceLayer(
          states: states, discretization: discretization, conjugateSymmetry: symmetry,
          rectifiesState: rectified, maximumTimeConstant: bound))
    }
    func dense(_ outputs: Int) -> Layer { .dense(DenseLayer(outputs: outputs)) }
    func network(
      _ name: String, _ width: Int, _ layers: [Layer], density: Float = 1
    ) -> SmallNetwork {
      SmallNetwork(testDescription: name, inputWidth: width, layers: layers, density: density)
    }
    return [
      network("no layers", 5, []),
      network("dense", 7, [dense(19)]),
      network("dense, tall", 3, [dense(100)]),
      network("normalisation alone", 17, [.normalization]),
      network("recurrence", 6, [recurrence(5)]),
      network("recurrence, one state", 1, [recurrence(1)]),
      network("recurrence, bilinear", 16, [recurrence(16, .bilinear)]),
      network("recurrence, no symmetry", 20, [recurrence(33, symmetry: false)]),
      network("recurrence, rectified", 12, [recurrence(20, rectified: true)]),
      network("recurrence, bounded", 9, [recurrence(11, bound: 6)]),
      network("relu", 21, [.activation(.relu)]),
      network("gelu", 21, [.activation(.gelu)]),
      network("sigmoid", 21, [.activation(.sigmoid)]),
      network("tanh", 21, [.activation(.tanh)]),
      network("gate", 18, [.gate]),
      network("residual without a branch", 9, [.residual([]), .residual([.residual([])])]),
      network(
        "nested residuals", 10,
        [
          .residual([
            .activation(.tanh), .residual([dense(24), .activation(.gelu), dense(10)]), .gate,
            .residual([.normalization, recurrence(4), .residual([.activation(.relu)])]),
          ]), .activation(.relu),
        ]),
      network(
        "normalisations that nothing takes in", 11,
        [
          .normalization, .activation(.gelu), .normalization, .gate, .normalization,
          .residual([.normalization, .activation(.relu), .normalization]), .normalization,
          .normalization, dense(13), .normalization,
        ]),
      network("layer normalisation", 19, [.layerNormalization(LayerNormalizationLayer())]),
      network(
        "layer normalisations", 35,
        [
          dense(37), .layerNormalization(LayerNormalizationLayer(centers: false, epsilon: 1e-6)),
          .residual([
            .layerNormalization(LayerNormalizationLayer(epsilon: 1e-3)), recurrence(9),
            .activation(.gelu), .gate,
          ]), .activation(.relu), .layerNormalization(LayerNormalizationLayer()), dense(5),
        ]),
      network("convolution", 6, [.convolution(ConvolutionLayer(outputs: 9, kernel: 3))]),
      network(
        "convolution of one frame", 18, [.convolution(ConvolutionLayer(outputs: 4, kernel: 1))]),
      network(
        "convolutions", 33,
        [
          dense(20), .activation(.relu),
          .convolution(ConvolutionLayer(outputs: 24, kernel: 2, dilation: 5)), .activation(.gelu),
          .residual([
            .convolution(ConvolutionLayer(outputs: 24, kernel: 4, dilation: 2, groups: 24)),
            .convolution(ConvolutionLayer(outputs: 12, kernel: 3, groups: 4)),
            .layerNormalization(LayerNormalizationLayer()),
            .convolution(ConvolutionLayer(outputs: 24, kernel: 1, groups: 3)),
          ]), .activation(.relu), dense(7),
        ], density: 0.6),
      network("S5", 33, Layer.s5(width: 24, states: 16, blocks: 2, outputs: 9)),
      network(
        "S5, relufied", 33, Layer.s5(width: 20, states: 9, blocks: 2, outputs: 17, relufied: true)),
      network(
        "S5 on normalised frames", 9,
        [.normalization] + Layer.s5(width: 40, states: 8, blocks: 1, outputs: 9)),
      network(
        "sparse S5, relufied", 70,
        Layer.s5(width: 100, states: 40, blocks: 2, outputs: 65, relufied: true), density: 0.1),
      network(
        "sparse, dense layers in branches", 40,
        [
          dense(80),
          .residual([
            .normalization, dense(130), .activation(.relu), .gate,
            .residual([.normalization, recurrence(33), .residual([dense(130)])]), dense(80),
          ]), .activation(.tanh), .gate, dense(21),
        ], density: 0.15),
    ]
  }()

  /// Those whose hidden units a plan stores in another order.
  static var sparse: [SmallNetwork] { all.filter { $0.density < 0.5 } }
}

/// Parameters for layers, a share of the weights exactly zero.
func randomParameters(
  _ layers: [Layer], inputWidth: Int, _ density: Float, _ numbers: inout TestNumbers
) -> [String: Tensor] {
  var parameters: [String: Tensor] = [:]
  for (layer, path, width) in layers.placed(inputWidth: inputWidth, path: "") {
    for parameter in layer.parameters(inputWidth: width, path: path) {
      var values: [Float]
      switch (parameter.role, parameter.name.split(separator: ".").last) {
      case (.statistic, "variance"), (.normalization, "scale"):
        values = numbers.floats(parameter.count, in: 0.5...1.5)
      case (.weight, _), (.stateSpaceMatrix, _):
        let bound = (3 / Float(parameter.shape[1])).squareRoot()
        values = numbers.sparseFloats(parameter.count, density: density).map { $0 * bound }
      case (_, "logStep"): values = numbers.floats(parameter.count, in: -5 ... -1)
      case (_, "real"): values = numbers.floats(parameter.count, in: -1...0.1)
      case (_, "imaginary"): values = numbers.floats(parameter.count, in: -8...0)
      default: values = numbers.floats(parameter.count)
      }
      parameters[parameter.name] = Tensor(shape: parameter.shape, values: values)
    }
  }
  return parameters
}

/// The output of a stream from its beginning, in calls of `chunk` frames.
func run(_ plan: Plan, _ frames: [Float], chunk: Int) -> [Float] {
  var stream = NetworkStream(plan)
  return stream.run(frames, chunk: chunk)
}

extension NetworkStream {
  mutating func run(_ frames: [Float], chunk: Int = 1) -> [Float] {
    let count = frames.count / plan.inputWidth
    var output = [Float](repeating: .nan, count: count * plan.outputWidth)
    output.withUnsafeMutableBufferPointer { output in
      for first in stride(from: 0, to: count, by: chunk) {
        let chunk = first..<min(first + chunk, count)
        let input = frames.span.extracting(
          chunk.lowerBound * plan.inputWidth..<chunk.upperBound * plan.inputWidth)
        var result = UnsafeMutableBufferPointer(
          rebasing: output[
            chunk.lowerBound * plan.outputWidth..<chunk.upperBound * plan.outputWidth]
        ).mutableSpan
        run(input, into: &result)
      }
    }
    return output
  }
}
