import Foundation
import Testing

@testable import Sparrow

/// The bound on how long states of a linear recurrence last.
struct TimeConstantTests {
  private static func layer(_ bound: Float?) -> LinearRecurrenceLayer {
    LinearRecurrenceLayer(states: 4, maximumTimeConstant: bound)
  }

  /// Whatever the eigenvalue and the step are, |Ā| is exp(-1/τ) at most; as much is taken from
  /// every state.
  @Test(arguments: [-20.0, -0.5, -1e-6, 0, 3], [-9.0, -3, 0, 2])
  func everyStateDecays(real: Double, logStep: Double) {
    let eigenvalue = ComplexDouble(real, 0.7)
    let free = Self.layer(nil).discretize(eigenvalue: eigenvalue, logStep: logStep).a
    let bounded = Self.layer(125).discretize(eigenvalue: eigenvalue, logStep: logStep).a
    func magnitude(_ z: ComplexDouble) -> Double {
      (z.real * z.real + z.imaginary * z.imaginary).squareRoot()
    }
    #expect(magnitude(bounded) <= exp(-1.0 / 125))
    #expect(abs(magnitude(bounded) / magnitude(free) - exp(-1.0 / 125)) < 1e-12)
  }

  @Test func absentUnlessGiven() throws {
    let json = String(
      decoding: try JSONEncoder().encode(Layer.linearRecurrence(Self.layer(nil))), as: UTF8.self)
    #expect(!json.contains("maximumTimeConstant"))
    let layer = Layer.linearRecurrence(Self.layer(62.5))
    #expect(try JSONDecoder().decode(Layer.self, from: JSONEncoder().encode(layer)) == layer)
  }

  /// Fixed point has the bound in Ā.
  @Test func discreteFormHasNone() throws {
    let network = try SmallNetwork(
      testDescription: "", inputWidth: 3, layers: [.linearRecurrence(Self.layer(9))]
    ).network
    let form = try network.fixedPointForm()
    guard case .linearRecurrence(let recurrence) = form.layers[0] else {
      return #expect(Bool(false))
    }
    #expect(recurrence.maximumTimeConstant == nil)
  }

  @Test(arguments: [0, 0.5, -3, .infinity, .nan] as [Float])
  func boundsThatMakeNoSenseAreRefused(_ bound: Float) {
    #expect(throws: NetworkError.self) {
      try Self.layer(bound).validate(inputWidth: 1, path: "layers.0")
    }
  }

  @Test func discreteSystemsAreRefusedOne() {
    var layer = Self.layer(9)
    layer.discretization = .discrete
    #expect(throws: NetworkError.self) { try layer.validate(inputWidth: 1, path: "layers.0") }
  }
}
