import SparrowCore
import TestSupport
import Testing

@testable import Sparrow

/// Networks in fixed point as networks that can be trained on.
struct TrainableFormTests {
  /// Without a network whose values fixed point keeps in range and floats do not, and one that is
  /// discretised otherwise.
  static let networks = FixedPointTests.networks.filter {
    $0.testDescription != "RNN, rectified, diagonal" && $0.testDescription != bilinear
  }
  private static let bilinear = "recurrence, bilinear"

  @Test(arguments: networks)
  func computesTheSame(_ small: SmallNetwork) throws {
    let network = try FixedPointTests.quantized(small, .w8a16)
    let trainable = try network.trainableForm()
    #expect(trainable.quantization == nil)
    let frames = small.frames(40)
    let expected = run(Plan(network), frames, chunk: 1)
    let error = relativeError(run(Plan(trainable), frames, chunk: 1), expected.map(Double.init))
    #expect(error < 0.01)
    // Nothing is lost: put into fixed point again, it is the same within the rounding.
    var calibration = try Calibration(trainable)
    calibration.add(frames)
    let again = run(Plan(try calibration.quantized(.w8a16)), frames, chunk: 1)
    #expect(relativeError(again, expected.map(Double.init)) < 0.02)
  }

  /// A bound leaves time constants as they are, up to itself.
  @Test func boundsTimeConstants() throws {
    let small = try #require(SmallNetwork.all.first { $0.testDescription == "recurrence, bounded" })
    let network = try FixedPointTests.quantized(small, .w8a16)
    let (free, bounded) = (
      try network.trainableForm(), try network.trainableForm(maximumTimeConstant: 6.5)
    )
    guard case .linearRecurrence(let layer) = bounded.layers[0] else {
      Issue.record("another layer")
      return
    }
    #expect(layer.maximumTimeConstant == 6.5)
    #expect(
      bounded.parameters["layers.0.eigenvalues.real"]
        != free.parameters["layers.0.eigenvalues.real"])
    let frames = small.frames(40)
    let expected = run(Plan(free), frames, chunk: 1)
    #expect(relativeError(run(Plan(bounded), frames, chunk: 1), expected.map(Double.init)) < 1e-4)
    #expect(throws: NetworkError.self) { try network.trainableForm(maximumTimeConstant: 1) }
  }

  @Test func refusesOtherDiscretizations() throws {
    let small = try #require(SmallNetwork.all.first { $0.testDescription == Self.bilinear })
    let network = try FixedPointTests.quantized(small, .w8a16)
    #expect(throws: NetworkError.self) { try network.trainableForm() }
  }
}
