import Sparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// Every layer's backward pass against finite differences.
struct GradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let width: Int
    let layers: [Layer]
  }

  static func recurrence(
    _ states: Int, _ discretization: LinearRecurrenceLayer.Discretization = .zeroOrderHold,
    symmetry: Bool = true, rectified: Bool = false, bias: Bool = false, bound: Float? = nil
  ) -> Layer {
    .linearRecurrence(
      LinearRecurrenceLayer(
        states: states, discretization: discretization, conjugateSymmetry: symmetry,
        rectifiesState: rectified, hasBias: bias, maximumTimeConstant: bound))
  }

  static let cells: [Case] = {
    let cells: [(String, RecurrentLayer.Cell)] = [
      ("RNN", .rnn()), ("RNN, rectified", .rnn(.relu)), ("LSTM", .lstm), ("GRU", .gru()),
      ("GRU, reset first", .gru(resetsFirst: true)),
    ]
    let structures: [(String, RecurrentStructure)] = [
      ("full", .full), ("diagonal", .diagonal), ("blocks", .blockDiagonal(blocks: 3)),
      ("shuffled blocks", .blockDiagonal(blocks: 2, shuffled: true)),
    ]
    return cells.flatMap { name, cell in
      structures.map { structure, value in
        Case(
          testDescription: "\(name), \(structure)", width: 3,
          layers: [.recurrent(RecurrentLayer(cell, units: 6, structure: value))])
      }
    }
  }()

  static let cases = [
    Case(testDescription: "dense", width: 5, layers: [.dense(DenseLayer(outputs: 7))]),
    Case(testDescription: "normalisation", width: 5, layers: [.normalization]),
    Case(
      testDescription: "layer normalisation", width: 5,
      layers: [.layerNormalization(LayerNormalizationLayer(epsilon: 0.01))]),
    Case(
      testDescription: "RMS normalisation", width: 5,
      layers: [.layerNormalization(LayerNormalizationLayer(centers: false, epsilon: 0.01))]),
    Case(
      testDescription: "convolution", width: 4,
      layers: [.convolution(ConvolutionLayer(outputs: 6, kernel: 3))]),
    Case(
      testDescription: "convolution in groups, dilated", width: 4,
      layers: [.convolution(ConvolutionLayer(outputs: 6, kernel: 2, dilation: 3, groups: 2))]),
    Case(
      testDescription: "depthwise convolution", width: 4,
      layers: [.convolution(ConvolutionLayer(outputs: 4, kernel: 3, dilation: 2, groups: 4))]),
    Case(testDescription: "relu", width: 9, layers: [.activation(.relu)]),
    Case(testDescription: "gelu", width: 9, layers: [.activation(.gelu)]),
    Case(testDescription: "gate", width: 5, layers: [.gate]),
    Case(
      testDescription: "residual", width: 4,
      layers: [.residual([.dense(DenseLayer(outputs: 6)), .dense(DenseLayer(outputs: 4))])]),
    Case(
      testDescription: "nested residuals", width: 4,
      layers: [
        .residual([.residual([.activation(.gelu)]), .gate, .residual([.normalization])]),
        .residual([]),
      ]),
    Case(testDescription: "recurrence", width: 3, layers: [recurrence(4)]),
    Case(testDescription: "recurrence, bilinear", width: 3, layers: [recurrence(4, .bilinear)]),
    Case(
      testDescription: "recurrence, no symmetry", width: 3,
      layers: [recurrence(4, symmetry: false)]),
    Case(
      testDescription: "recurrence, rectified", width: 3, layers: [recurrence(4, rectified: true)]),
    Case(
      testDescription: "recurrence, bilinear, rectified, no symmetry", width: 3,
      layers: [recurrence(3, .bilinear, symmetry: false, rectified: true)]),
    Case(
      testDescription: "recurrence with a bias", width: 3, layers: [recurrence(4, bias: true)]),
    Case(
      testDescription: "recurrence with a bias, bilinear, rectified, no symmetry", width: 3,
      layers: [recurrence(3, .bilinear, symmetry: false, rectified: true, bias: true)]),
    Case(
      testDescription: "S5", width: 6,
      layers: [.normalization] + Layer.s5(width: 5, states: 4, blocks: 2, outputs: 3)),
    Case(
      testDescription: "S5, relufied", width: 6,
      layers: Layer.s5(width: 5, states: 4, blocks: 2, outputs: 3, relufied: true)),
    Case(
      testDescription: "recurrence with bounded time constants", width: 3,
      layers: [recurrence(4, bound: 7)]),
    Case(
      testDescription: "recurrence with bounded time constants, bilinear", width: 3,
      layers: [recurrence(4, .bilinear, bound: 7)]),
  ]

  @Test(arguments: cases + cells, [true, false])
  func agreesWithFiniteDifferences(_ tested: Case, isTraining: Bool) throws {
    let network = try randomNetwork(inputWidth: tested.width, tested.layers)
    let check = try GradientCheck(network, steps: 6, clips: 2, isTraining: isTraining)
    for (name, error) in check.errors() { #expect(error < 1e-7, "\(name)") }
  }

  /// Masks depend on the seed of the pass alone, so the function is the same every time.
  @Test func dropout() throws {
    let layers = Layer.s5(width: 5, states: 4, blocks: 2, outputs: 3)
    let network = try randomNetwork(inputWidth: 6, layers)
    let check = try GradientCheck(network, steps: 5, clips: 3, dropout: 0.4)
    for (name, error) in check.errors() { #expect(error < 1e-7, "\(name)") }
  }

  /// Beyond the bound an eigenvalue's real part makes no difference, and so has no gradient.
  @Test func unstableEigenvalues() throws {
    var network = try randomNetwork(inputWidth: 3, [Self.recurrence(4)])
    var parameters = network.parameters
    parameters["layers.0.eigenvalues.real"]?.values[1] = 0.5
    network = try Network(inputWidth: 3, layers: network.layers, parameters: parameters)
    let check = try GradientCheck(network, steps: 6, clips: 2)
    for (name, error) in check.errors() { #expect(error < 1e-7, "\(name)") }
    let real = try #require(check.network.parameters.first { $0.name.hasSuffix("values.real") })
    #expect(real.gradient[1] == 0)
    #expect(real.gradient[0] != 0)
  }

  /// Two backward passes add up.
  @Test func gradientsAccumulate() throws {
    let network = try randomNetwork(inputWidth: 6, Self.cases[14].layers)
    let trainable = try TrainableNetwork<Double>(network, context: TrainingContext())
    let input = Batch<Double>(randomValues(6 * 8, seed: 1), steps: 4, clips: 2)
    func backward() {
      let y = trainable.forward(input.activations, TrainingPass(isTraining: false))
      let gradient = Batch<Double>(randomValues(y.count, seed: 2), steps: 4, clips: 2)
      trainable.backward(gradient.activations)
    }
    backward()
    let once = trainable.parameters.map { p in (0..<p.count).map { p.gradient[$0] } }
    backward()
    for (parameter, once) in zip(trainable.parameters, once) {
      let twice = (0..<parameter.count).map { parameter.gradient[$0] }
      #expect(relativeError(twice, once.map { 2 * $0 }) < 1e-12)
    }
    trainable.clearGradients()
    for parameter in trainable.parameters {
      #expect((0..<parameter.count).allSatisfy { parameter.gradient[$0] == 0 })
    }
  }

  @Test func functionsWithoutABackwardPassAreRefused() throws {
    for function in [ActivationFunction.sigmoid, .tanh] {
      let network = try randomNetwork(inputWidth: 3, [.activation(function)])
      #expect(throws: TrainingError.self) {
        try TrainableNetwork<Float>(network, context: TrainingContext())
      }
    }
  }

  /// Nothing would keep its eigenvalues inside the unit circle.
  @Test func discreteSystemsAreRefused() throws {
    let network = try randomNetwork(inputWidth: 3, [Self.recurrence(2, .discrete)])
    #expect(throws: TrainingError.self) {
      try TrainableNetwork<Float>(network, context: TrainingContext())
    }
  }
}
