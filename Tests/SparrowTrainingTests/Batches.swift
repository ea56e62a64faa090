import Sparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// A batch whose memory the test owns.
final class Batch<Scalar: TrainingScalar> {
  let activations: Activations<Scalar>

  init(_ values: [Float], steps: Int, clips: Int) {
    let memory = UnsafeMutablePointer<Scalar>.allocate(capacity: values.count)
    for (i, value) in values.enumerated() { (memory + i).initialize(to: Scalar(value)) }
    activations = Activations(
      values: memory, steps: steps, clips: clips, width: values.count / (steps * clips))
  }

  deinit { activations.values.deallocate() }
}

extension Activations {
  /// The values, in double precision.
  var doubles: [Double] { (0..<count).map { Double(values[$0]) } }
}

/// Random parameters of sizes that keep values of the order of one.
func randomNetwork(inputWidth: Int, _ layers: [Layer], seed: UInt64 = 3) throws -> Network {
  var numbers = RandomNumbers(seed: seed)
  var parameters: [String: Tensor] = [:]
  for (layer, path, width) in layers.placed(inputWidth: inputWidth, path: "") {
    for parameter in layer.parameters(inputWidth: width, path: path) {
      let range: ClosedRange<Double> =
        switch (parameter.role, parameter.name.split(separator: ".").last) {
        case (.statistic, "variance"), (.normalization, "scale"): 0.5...1.5
        case (.weight, _), (.stateSpaceMatrix, _):
          -1 / Double(parameter.shape[1]).squareRoot()...1 / Double(parameter.shape[1]).squareRoot()
        case (_, "logStep"): -3 ... -0.5
        case (_, "real"): -1 ... -0.1
        case (_, "imaginary"): -4...0
        default: -1...1
        }
      parameters[parameter.name] = Tensor(
        shape: parameter.shape,
        values: (0..<parameter.count).map { _ in Float(numbers.uniform(in: range)) })
    }
  }
  return try Network(inputWidth: inputWidth, layers: layers, parameters: parameters)
}

func randomValues(_ count: Int, seed: UInt64) -> [Float] {
  var numbers = RandomNumbers(seed: seed)
  return (0..<count).map { _ in Float(numbers.uniform(in: -1...1)) }
}
