import Sparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// Compares a network's gradients with central finite differences, in double precision. The loss is
/// a random linear function of the output.
struct GradientCheck {
  let network: TrainableNetwork<Double>
  let input: Batch<Double>
  let direction: [Float]
  var pass = TrainingPass(isTraining: true, seed: 5)
  /// What layers go on from, in the order of the network's stateful layers; empty for zeros.
  var states: [CarriedState<Double>] = []

  init(
    _ network: Network, steps: Int, clips: Int, dropout: Double = 0, isTraining: Bool = true
  ) throws {
    self.network = try TrainableNetwork(network, dropout: dropout, context: TrainingContext())
    let rows = steps * clips
    input = Batch(
      randomValues(rows * network.inputWidth, seed: 11), steps: steps, clips: clips)
    direction = randomValues(rows * network.outputWidth, seed: 12)
    pass.isTraining = isTraining
  }

  private func loss() -> Double {
    var pass = pass
    pass.continues = !states.isEmpty
    for (layer, state) in zip(network.statefulLayers, states) { layer.state = state }
    let y = network.forward(input.activations, pass)
    return (0..<y.count).reduce(0) { $0 + y.values[$1] * Double(direction[$1]) }
  }

  private func difference(_ value: UnsafeMutablePointer<Double>) -> Double {
    let here = value.pointee
    let step = 1e-5
    value.pointee = here + step
    let above = loss()
    value.pointee = here - step
    let below = loss()
    value.pointee = here
    return (above - below) / (2 * step)
  }

  /// The largest distance of a gradient to its finite difference, relative to the largest gradient
  /// of the same parameter (or to 1 where all are smaller).
  func errors() -> [(name: String, error: Double)] {
    _ = loss()
    network.clearGradients()
    let rows = input.activations
    let gradient = Batch<Double>(direction, steps: rows.steps, clips: rows.clips)
    let byInput = network.backward(gradient.activations).doubles
    var errors = [
      (
        name: "input",
        error: error(byInput, (0..<rows.count).map { difference(rows.values + $0) })
      )
    ]
    for parameter in network.parameters where parameter.isLearned {
      let gradients = (0..<parameter.count).map { parameter.gradient[$0] }
      let differences = (0..<parameter.count).map { difference(parameter.value + $0) }
      errors.append((parameter.name, error(gradients, differences)))
    }
    return errors
  }

  private func error(_ gradients: [Double], _ differences: [Double]) -> Double {
    let magnitude = differences.reduce(1) { max($0, abs($1)) }
    return zip(gradients, differences).reduce(0) { max($0, abs($1.0 - $1.1)) } / magnitude
  }
}
