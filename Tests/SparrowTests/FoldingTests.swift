import Sparrow
import TestSupport
import Testing

/// Networks without their normalisations.
struct FoldingTests {
  private static func recurrence(
    _ states: Int, _ discretization: LinearRecurrenceLayer.Discretization = .zeroOrderHold,
    rectified: Bool = false, bias: Bool = false
  ) -> Layer {
    .linearRecurrence(
      LinearRecurrenceLayer(
        states: states, discretization: discretization, conjugateSymmetry: !rectified,
        rectifiesState: rectified, hasBias: bias))
  }

  private static func network(
    _ name: String, _ width: Int, _ layers: [Layer], density: Float = 1
  ) -> SmallNetwork {
    SmallNetwork(testDescription: name, inputWidth: width, layers: layers, density: density)
  }

  static let networks = [
    network("no layers", 5, []),
    network("dense", 7, [.normalization, .dense(DenseLayer(outputs: 19))]),
    network(
      "dense without a normalisation", 7, [.dense(DenseLayer(outputs: 9)), .activation(.tanh)]),
    network(
      "several in a row", 7,
      [.normalization, .normalization, .normalization, .dense(DenseLayer(outputs: 19))]),
    network("recurrence", 6, [.normalization, recurrence(5)]),
    network("recurrence without a normalisation", 6, [recurrence(5), .gate]),
    network("recurrence, bilinear", 16, [.normalization, recurrence(16, .bilinear)]),
    network("recurrence, rectified", 9, [.normalization, recurrence(12, rectified: true)]),
    network("recurrence with a bias", 9, [.normalization, recurrence(12, bias: true)]),
    network(
      "residuals", 10,
      [
        .activation(.relu),
        .residual([
          .normalization, .dense(DenseLayer(outputs: 24)), .activation(.gelu), .normalization,
          .normalization, .dense(DenseLayer(outputs: 10)), .gate,
          .residual([.normalization, recurrence(4), .activation(.sigmoid)]),
        ]), .gate, .residual([]), .normalization, .dense(DenseLayer(outputs: 3)),
      ]),
    network(
      "S5 on normalised frames", 9,
      [.normalization] + Layer.s5(width: 40, states: 8, blocks: 2, outputs: 9)),
    network(
      "sparse S5, relufied", 70,
      [.normalization]
        + Layer.s5(width: 100, states: 40, blocks: 2, outputs: 65, relufied: true), density: 0.1),
  ]

  @Test(arguments: networks) func sameFunction(_ tested: SmallNetwork) throws {
    let network = try tested.network
    let folded = try network.folded()
    #expect(!folded.layers.containNormalization)
    let frames = tested.frames(60)
    let expected = run(Plan(network), frames, chunk: 7)
    let result = run(Plan(folded), frames, chunk: 7)
    #expect(relativeError(result, expected.map(Double.init)) < 1e-5)
    // There is nothing left to fold.
    #expect(try folded.folded() == folded)
  }

  @Test(arguments: networks) func zerosStayZeros(_ tested: SmallNetwork) throws {
    let network = try tested.network
    let folded = try network.folded()
    let (before, after) = (network.matrixDescriptions, folded.matrixDescriptions)
    #expect(before.count == after.count)
    for (before, after) in zip(before, after) {
      for (one, other) in zip(before.parameters, after.parameters) {
        let weights = zip(network[one.name].values, folded[other.name].values)
        #expect(weights.allSatisfy { ($0 == 0) == ($1 == 0) })
      }
    }
  }

  /// A discrete system's own parameters stay as they are.
  @Test func discrete() throws {
    let layers: [Layer] = [.normalization, Self.recurrence(3, .discrete)]
    let tested = Self.network("discrete", 4, layers)
    var parameters = try tested.network.parameters
    for part in ["real", "imaginary"] {
      parameters["layers.1.A.\(part)"] = Tensor(shape: [3], values: [0.5, -0.25, 0.7])
    }
    let network = try Network(inputWidth: 4, layers: layers, parameters: parameters)
    let folded = try network.folded()
    #expect(folded.layers == [Self.recurrence(3, .discrete, bias: true)])
    #expect(folded["layers.0.A.real"] == network["layers.1.A.real"])
    #expect(folded["layers.0.f.imaginary"] == network["layers.1.f.imaginary"])
    let frames = tested.frames(40)
    #expect(
      relativeError(
        run(Plan(folded), frames, chunk: 1), run(Plan(network), frames, chunk: 1).map(Double.init))
        < 1e-5)
  }

  @Test func recurrencesWithNothingToFoldGetZeros() throws {
    let tested = Self.network("recurrence", 6, [Self.recurrence(5)])
    let folded = try tested.network.folded()
    #expect(folded.layers == [Self.recurrence(5, bias: true)])
    for (name, count) in [("inputBias.real", 5), ("inputBias.imaginary", 5), ("bias", 6)] {
      #expect(folded["layers.0.\(name)"] == Tensor(shape: [count], repeating: 0))
    }
    #expect(try folded["layers.0.logStep"] == tested.network["layers.0.logStep"])
  }

  @Test func whatIsNotAboutLayersIsKept() throws {
    let frontEnd = SpectralFrontEnd(window: 128, hop: 64)
    let layers: [Layer] = [.normalization, .dense(DenseLayer(outputs: frontEnd.bins))]
    let tested = Self.network("denoiser", frontEnd.inputWidth, layers)
    let network = try Network(
      inputWidth: frontEnd.inputWidth, layers: layers, parameters: tested.network.parameters,
      frontEnd: .spectral(frontEnd), information: ["title": "a title"])
    let folded = try network.folded()
    #expect(folded.frontEnd == .spectral(frontEnd))
    #expect(folded.information == ["title": "a title"])
  }

  @Test(
    arguments: [
      ([.normalization, .activation(.relu)], "layers.0", "a layer of the kind \"activation\""),
      ([.gate, .normalization, .gate], "layers.1", "a layer of the kind \"gate\""),
      (
        [.normalization, .normalization, .residual([]), .dense(DenseLayer(outputs: 3))], "layers.0",
        "a layer of the kind \"residual\""
      ),
      (
        [.residual([.normalization]), .dense(DenseLayer(outputs: 3))], "layers.0.layers.0",
        "nothing"
      ),
    ] as [([Layer], String, String)])
  func normalisationsThatNothingTakesIn(
    _ layers: [Layer], _ path: String, _ next: String
  ) throws {
    let network = try Self.network("", 4, layers).network
    let error = #expect(throws: NetworkError.self) { try network.folded() }
    #expect(error?.description.hasPrefix("\(path): ") == true)
    #expect(error?.description.contains("followed by \(next) ") == true)
  }
}

extension [Layer] {
  fileprivate var containNormalization: Bool {
    contains {
      switch $0 {
      case .normalization: true
      case .residual(let layers): layers.containNormalization
      default: false
      }
    }
  }
}
