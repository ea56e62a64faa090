import Foundation
import Sparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

struct OptimizerTests {
  /// Plain descent by gradients that are shortened to a given length, with decay of weights alone.
  @Test(arguments: InstructionSet.supported)
  func descends(_ set: InstructionSet) throws {
    let network = try randomNetwork(inputWidth: 5, [.dense(DenseLayer(outputs: 7))])
    let trainable = try TrainableNetwork<Float>(
      network, context: TrainingContext(instructionSet: set))
    var options = OptimizationOptions()
    options.optimizer = .sgd
    options.learningRate = 3
    options.weightDecay = 0.01
    options.clippingFactor = 1000
    options.maximumGradientNorm = 0.25
    options.emaDecay = 0
    let optimizer = Optimizer(options, trainable.parameters, context: trainable.context)
    var numbers = RandomNumbers(seed: 1)
    var values = trainable.parameters.map { p in (0..<p.count).map { Double(p.value[$0]) } }
    for (step, size) in [0.01, 1, 0.02].enumerated() {
      var squares = 0.0
      for parameter in trainable.parameters {
        for i in 0..<parameter.count {
          parameter.gradient[i] = Float(size * numbers.normal())
          squares += Double(parameter.gradient[i]) * Double(parameter.gradient[i])
        }
      }
      _ = try optimizer.update(step: step, of: 10, rateFactor: 0.5)
      let rate = 0.5 * 3 * options.schedule(step: step, of: 10)
      let scale = min(1, 0.25 / squares.squareRoot())
      #expect((scale < 1) == (step == 1))
      for (index, parameter) in trainable.parameters.enumerated() {
        let decay = parameter.description.role == .weight ? 0.01 : 0
        for i in 0..<parameter.count {
          values[index][i] *= 1 - rate * decay
          values[index][i] -= rate * scale * Double(parameter.gradient[i])
          #expect(abs(Double(parameter.value[i]) - values[index][i]) < 1e-5)
        }
      }
    }
  }

  /// Several steps against the formulas of Loshchilov and Hutter (2019), with two rates, decay of
  /// weights alone, clipping by the usual length, and the running mean of the parameters.
  @Test(arguments: InstructionSet.supported)
  func agreesWithFormulas(_ set: InstructionSet) throws {
    let network = try randomNetwork(
      inputWidth: 5,
      [.dense(DenseLayer(outputs: 7)), GradientTests.recurrence(3), .normalization])
    let trainable = try TrainableNetwork<Float>(
      network, context: TrainingContext(instructionSet: set))
    var options = OptimizationOptions()
    options.learningRate = 0.05
    options.stateSpaceLearningRate = 0.01
    options.weightDecay = 0.1
    options.emaDecay = 0.4
    let optimizer = Optimizer(options, trainable.parameters, context: trainable.context)
    let steps = 12
    let learned = trainable.parameters.filter(\.isLearned)
    var numbers = RandomNumbers(seed: 1)

    var value = learned.map { p in (0..<p.count).map { Double(p.value[$0]) } }
    var average = value
    var m = value.map { $0.map { _ in 0.0 } }
    var v = m
    var usual: Double?
    for step in 0..<steps {
      // Step 5 is a spike that has to be clipped.
      let size = step == 5 ? 100.0 : 1
      var squares = 0.0
      for parameter in learned {
        for i in 0..<parameter.count {
          parameter.gradient[i] = Float(size * numbers.normal())
          squares += Double(parameter.gradient[i]) * Double(parameter.gradient[i])
        }
      }
      let length = squares.squareRoot()
      let reported = try optimizer.update(step: step, of: steps)
      #expect(abs(reported / length - 1) < 1e-6)

      let bound = 2 * (usual ?? length)
      let scale = min(1, bound / length)
      #expect((scale < 1) == (step == 5))
      usual = 0.98 * (usual ?? length) + 0.02 * min(length, bound)
      let schedule = options.schedule(step: step, of: steps)
      let keep = min(0.4, Double(1 + step) / Double(10 + step))
      for (index, parameter) in learned.enumerated() {
        let role = parameter.description.role
        let isStateSpace = role == .stateSpace || role == .stateSpaceMatrix
        let rate = schedule * (isStateSpace ? 0.01 : 0.05)
        for i in 0..<parameter.count {
          let g = scale * Double(parameter.gradient[i])
          m[index][i] = 0.9 * m[index][i] + 0.1 * g
          v[index][i] = 0.999 * v[index][i] + 0.001 * g * g
          let first = m[index][i] / (1 - pow(0.9, Double(step + 1)))
          let second = v[index][i] / (1 - pow(0.999, Double(step + 1)))
          if role == .weight { value[index][i] *= 1 - rate * 0.1 }
          value[index][i] -= rate * first / (second.squareRoot() + 1e-8)
          average[index][i] = keep * average[index][i] + (1 - keep) * value[index][i]
        }
        let values = (0..<parameter.count).map { parameter.value[$0] }
        #expect(relativeError(values, value[index]) < 3e-6, "\(parameter.name), step \(step)")
      }
    }
    let averaged = try trainable.averagedNetwork
    for (index, parameter) in learned.enumerated() {
      #expect(relativeError(averaged[parameter.name].values, average[index]) < 3e-6)
    }
    // Statistics are measured, not learned.
    #expect(try trainable.network["layers.2.mean"] == network["layers.2.mean"])
  }

  @Test func nothingMovesOnAnUndefinedGradient() throws {
    let network = try randomNetwork(inputWidth: 3, [.dense(DenseLayer(outputs: 3))])
    for value in [Float.nan, .infinity] {
      let trainable = try TrainableNetwork<Float>(network, context: TrainingContext())
      trainable.parameters[0].gradient[4] = value
      let optimizer = Optimizer(
        OptimizationOptions(), trainable.parameters, context: trainable.context)
      #expect(throws: TrainingError.diverged(step: 3, what: "the gradient is not finite")) {
        try optimizer.update(step: 3, of: 10)
      }
      #expect(try trainable.network == network)
    }
  }

  @Test func schedule() {
    var options = OptimizationOptions()
    options.warmupFraction = 0.1
    func value(_ step: Int) -> Double { options.schedule(step: step, of: 1000) }
    #expect(abs(value(0) - 0.01) < 1e-12)
    #expect(abs(value(49) - 0.5) < 1e-12)
    #expect(abs(value(99) - 1) < 1e-12)
    #expect(abs(value(100) - 1) < 1e-12)
    #expect(abs(value(550) - 0.5) < 1e-12)  // halfway down the cosine
    #expect(abs(value(325) - (0.5 + 0.5 * 0.5.squareRoot())) < 1e-12)
    #expect(value(999) > 0 && value(999) < 1e-5)
    #expect((101..<1000).allSatisfy { value($0) < value($0 - 1) })
    options.warmupFraction = 0
    #expect(value(0) == 1)
    #expect(options.schedule(step: 0, of: 1) == 1)
  }
}
