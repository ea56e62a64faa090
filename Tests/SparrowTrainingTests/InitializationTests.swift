import Sparrow
import TestSupport
import Testing

@testable import SparrowTraining

struct InitializationTests {
  /// From NumPy's `eigh`; see `hippo_legs` in `make_s5_reference.py`.
  static let eigenvalues: [Int: [Double]] = [
    2: [-0.8660254037844386],
    4: [-4.603293007066848, -0.5565011150837443],
    16: [
      -80.96608092451343, -25.629226437423707, -13.83434181905224, -8.362104531407269,
      -5.090023629703032, -2.899668222763492, -1.371988781914497, -0.3520179158886849,
    ],
  ]

  @Test(arguments: [2, 4, 16]) func eigenvaluesOfHiPPO(_ n: Int) throws {
    let hippo = HiPPO(dimensions: n)
    #expect(hippo.real == -0.5)
    #expect(relativeError(hippo.imaginary, try #require(Self.eigenvalues[n])) < 1e-14)
  }

  /// S v = λ v for S = A + p pᵀ, and the vectors are orthonormal.
  @Test(arguments: [2, 4, 8, 16]) func eigenvectorsOfHiPPO(_ n: Int) {
    let hippo = HiPPO(dimensions: n)
    func entry(_ row: Int, _ column: Int) -> Double {
      let p = (Double(row) + 0.5).squareRoot() * (Double(column) + 0.5).squareRoot()
      if row < column { return p }
      if row == column { return p - Double(row + 1) }
      return p - Double((1 + 2 * row) * (1 + 2 * column)).squareRoot()
    }
    for (index, vector) in hippo.vectors.enumerated() {
      let lambda = ComplexDouble(hippo.real, hippo.imaginary[index])
      for row in 0..<n {
        var product = ComplexDouble(0)
        for column in 0..<n {
          product = product + ComplexDouble(entry(row, column)) * vector[column]
        }
        let difference = product - lambda * vector[row]
        #expect(abs(difference.real) < 1e-11 && abs(difference.imaginary) < 1e-11)
      }
      for (other, otherVector) in hippo.vectors.enumerated() {
        let inner = zip(vector, otherVector).reduce(ComplexDouble(0)) {
          $0 + $1.0.conjugate * $1.1
        }
        #expect(abs(inner.real - (index == other ? 1 : 0)) < 1e-12)
        #expect(abs(inner.imaginary) < 1e-12)
      }
    }
  }

  @Test func networkOfTheDenoiser() throws {
    let layers = Layer.s5(width: 48, states: 32, blocks: 1, outputs: 257)
    let network = try Network(initializing: layers, inputWidth: 257, seed: 1)
    let again = try Network(initializing: layers, inputWidth: 257, seed: 1)
    #expect(network == again)
    #expect(try Network(initializing: layers, inputWidth: 257, seed: 2) != network)

    func variance(_ name: String) -> Double {
      let values = network[name].values.map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    }
    let path = "layers.1.layers.1"
    // 1 / inputs, for LeCun's initialisation; four standard errors of the estimate.
    #expect(abs(variance("layers.0.weight") * 257 - 1) < 4 * (2 / Double(48 * 257)).squareRoot())
    #expect(
      network["layers.0.weight"].values.allSatisfy { abs($0) < 2.3 / Float(257).squareRoot() })
    #expect(network["layers.0.bias"].values.allSatisfy { $0 == 0 })
    // B = V* B₀ keeps the variance 1 / 2P, shared by both parts; C's is 1 / 2PH for either part of
    // C₀.
    let b = variance("\(path).B.real") + variance("\(path).B.imaginary")
    #expect(abs(b * 64 - 1) < 0.15)
    let c = variance("\(path).C.real") + variance("\(path).C.imaginary")
    #expect(abs(c * 2 * 32 * 48 / 2 - 1) < 0.15)
    // Four blocks of eight.
    let imaginary = network["\(path).eigenvalues.imaginary"].values.map(Double.init)
    let block = try #require(Self.eigenvalues[16])
    #expect(relativeError(imaginary, block + block + block + block) < 1e-7)
    #expect(network["\(path).eigenvalues.real"].values.allSatisfy { $0 == -0.5 })
    #expect(network["\(path).logStep"].values.allSatisfy { (-6.9078...(-2.3025)).contains($0) })
    #expect(network["layers.1.layers.0.scale"].values.allSatisfy { $0 == 1 })
    #expect(network["layers.1.layers.0.variance"].values.allSatisfy { $0 == 1 })
  }

  @Test(arguments: [1, 3, 6, 20]) func anyNumberOfStates(_ states: Int) throws {
    let layer = Layer.linearRecurrence(LinearRecurrenceLayer(states: states))
    let network = try Network(initializing: [layer], inputWidth: 3, seed: 1)
    #expect(network["layers.0.eigenvalues.imaginary"].values.allSatisfy { $0 < 0 })
  }

  /// And the rest begins as without them.
  @Test func biasesOfRecurrencesAreZero() throws {
    func network(bias: Bool) throws -> Network {
      try Network(
        initializing: [GradientTests.recurrence(4, bias: bias), .dense(DenseLayer(outputs: 2))],
        inputWidth: 3, seed: 1)
    }
    let biased = try network(bias: true)
    for name in ["inputBias.real", "inputBias.imaginary", "bias"] {
      #expect(biased["layers.0.\(name)"].values.allSatisfy { $0 == 0 })
    }
    for (name, tensor) in try network(bias: false).parameters { #expect(biased[name] == tensor) }
  }

  @Test func impossibleNetworks() {
    #expect(throws: NetworkError.self) {
      try Network(initializing: [.dense(DenseLayer(outputs: 0))], inputWidth: 3, seed: 1)
    }
    #expect(throws: NetworkError.self) {
      try Network(
        initializing: [.residual([.dense(DenseLayer(outputs: 2))])], inputWidth: 3, seed: 1)
    }
  }
}
