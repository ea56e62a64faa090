import Foundation
import Sparrow
import SparrowCore
import SparrowFiles
import TestSupport
import Testing

@testable import SparrowTraining

/// Networks whose input are indices of words, and passes that go on from one another.
struct LanguageNetworkTests {
  private let words = ["a", "b", "c", "<eos>", "d", "e", "f"]

  private func network(
    _ cell: RecurrentLayer.Cell = .lstm, width: Int = 5
  ) throws -> Network {
    let layers: [Layer] = [
      .recurrent(RecurrentLayer(cell, units: 6)), .dense(DenseLayer(outputs: width)),
      .dense(DenseLayer(outputs: words.count)),
    ]
    var network = try randomNetwork(inputWidth: width, layers)
    network.frontEnd = .language(LanguageFrontEnd(words: words))
    return network
  }

  private func indices(steps: Int, clips: Int, seed: UInt64 = 1) -> [Float] {
    var numbers = RandomNumbers(seed: seed)
    return (0..<steps * clips).map { _ in Float(numbers.index(below: words.count)) }
  }

  /// What comes in is the row of the decoder that stands for the word.
  @Test func wordsComeInAsRowsOfTheDecoder() throws {
    let network = try network()
    let (steps, clips) = (7, 2)
    let input = Batch<Float>(indices(steps: steps, clips: clips), steps: steps, clips: clips)
    let trainable = try TrainableNetwork<Float>(network, context: TrainingContext())
    let output = trainable.forward(input.activations, TrainingPass(isTraining: false)).doubles

    let embedding = network[LanguageFrontEnd.embeddingName(of: network.layers)]
    let plan = Plan(network)
    for clip in 0..<clips {
      var stream = NetworkStream(plan)
      for step in 0..<steps {
        let row = step * clips + clip
        let word = Int(input.activations.values[row])
        let frame = Array(embedding.values[word * 5..<word * 5 + 5])
        var result = [Float](repeating: 0, count: words.count)
        var span = result.mutableSpan
        stream.step(frame.span, into: &span)
        let expected = Array(output[row * words.count..<(row + 1) * words.count])
        #expect(relativeError(result, expected) < 1e-5)
      }
    }
  }

  /// The decoder's gradient is that of both of its uses, with words and recurrent weights dropped
  /// or not.
  @Test(arguments: [0, 0.4], [.lstm, .gru(resetsFirst: true)] as [RecurrentLayer.Cell])
  func gradients(_ dropped: Double, _ cell: RecurrentLayer.Cell) throws {
    var dropout = RecurrentDropout()
    dropout.words = dropped
    dropout.recurrentWeights = dropped
    dropout.input = 0.3
    dropout.output = 0.2
    let trainable = try TrainableNetwork<Double>(
      try network(cell), recurrentDropout: dropout, context: TrainingContext())
    let (steps, clips) = (6, 3)
    let input = Batch<Double>(indices(steps: steps, clips: clips), steps: steps, clips: clips)
    let direction = randomValues(steps * clips * words.count, seed: 12)
    let pass = TrainingPass(isTraining: true, seed: 5)
    func loss() -> Double {
      let y = trainable.forward(input.activations, pass)
      return (0..<y.count).reduce(0) { $0 + y.values[$1] * Double(direction[$1]) }
    }
    _ = loss()
    trainable.clearGradients()
    let gradient = Batch<Double>(direction, steps: steps, clips: clips)
    trainable.backward(gradient.activations)
    for parameter in trainable.parameters {
      let gradients = (0..<parameter.count).map { parameter.gradient[$0] }
      for i in 0..<parameter.count {
        let here = parameter.value[i]
        parameter.value[i] = here + 1e-5
        let above = loss()
        parameter.value[i] = here - 1e-5
        let below = loss()
        parameter.value[i] = here
        #expect(abs(gradients[i] - (above - below) / 2e-5) < 1e-7, "\(parameter.name) \(i)")
      }
    }
  }

  @Test func masksAreThoseOfThePass() throws {
    var dropout = RecurrentDropout()
    dropout.between = 0.5
    let layers: [Layer] = [
      .recurrent(RecurrentLayer(.rnn(), units: 40)), .recurrent(RecurrentLayer(.rnn(), units: 4)),
    ]
    let trainable = try TrainableNetwork<Float>(
      try randomNetwork(inputWidth: 3, layers), recurrentDropout: dropout,
      context: TrainingContext())
    let input = Batch<Float>(randomValues(3 * 8, seed: 2), steps: 4, clips: 2)
    func output(seed: UInt64, isTraining: Bool = true) -> [Double] {
      trainable.forward(
        input.activations, TrainingPass(isTraining: isTraining, seed: seed)
      ).doubles
    }
    let first = output(seed: 1)
    #expect(output(seed: 2) != first)
    #expect(output(seed: 1) == first)
    #expect(output(seed: 1, isTraining: false) == output(seed: 2, isTraining: false))
  }

  /// The last cell may be in a branch: what comes into that is dropped as between cells, what
  /// leaves it as at the output.
  @Test func theLastCellOfAllIsTheLast() throws {
    let cell = Layer.recurrent(RecurrentLayer(.rnn(), units: 6))
    let network = try randomNetwork(inputWidth: 6, [cell, .residual([cell])])
    let first = try Network(
      inputWidth: 6, layers: [cell],
      parameters: network.parameters.filter { $0.key.hasPrefix("layers.0.") })
    func output(_ network: Network, _ dropout: RecurrentDropout) throws -> [Double] {
      let trainable = try TrainableNetwork<Float>(
        network, recurrentDropout: dropout, context: TrainingContext())
      let input = Batch<Float>(randomValues(6 * 80, seed: 2), steps: 4, clips: 20)
      return trainable.forward(input.activations, TrainingPass(isTraining: true, seed: 1)).doubles
    }
    var dropout = RecurrentDropout()
    dropout.output = 0.9
    // Where the branch gives nothing, the first cell's values are left.
    let left = zip(try output(network, dropout), try output(first, RecurrentDropout()))
      .count { $0 == $1 }
    #expect((380...460).contains(left), "\(left) of 480")
    dropout = RecurrentDropout()
    dropout.between = 0.5
    #expect(try output(network, dropout) != output(network, RecurrentDropout()))
  }

  @Test func shares() {
    var dropout = RecurrentDropout()
    dropout.recurrentWeights = 1
    #expect(throws: TrainingError.self) { try dropout.validate() }
    dropout.recurrentWeights = 0.9
    #expect(throws: Never.self) { try dropout.validate() }
  }

  @Test(arguments: InstructionSet.supported, [1, 2, 15, 16, 17, 40, 1000])
  func crossEntropy(_ set: InstructionSet, _ classes: Int) {
    let rows = 70
    // Some far apart, some all alike.
    let logits = randomValues(rows * classes, seed: 3).enumerated().map { index, value in
      index / classes == 4 ? 2 : value * (index / classes % 3 == 0 ? 80 : 3)
    }
    let targets = (0..<rows).map { $0 % 6 == 1 ? -1 : Int32(($0 * 7) % classes) }
    let judged = Double(targets.count { $0 >= 0 })
    var expected: [Double] = []
    var sum = 0.0
    for row in 0..<rows {
      guard targets[row] >= 0 else {
        expected += [Double](repeating: 0, count: classes)
        continue
      }
      let x = logits[row * classes..<(row + 1) * classes].map(Double.init)
      let largest = x.max()!
      let total = x.reduce(0) { $0 + exp($1 - largest) }
      let target = Int(targets[row])
      sum += log(total) + largest - x[target]
      expected += x.enumerated().map {
        (exp($1 - largest) / total - ($0 == target ? 1 : 0)) / judged
      }
    }
    for threads in 1...2 {
      let batch = Batch<Float>(logits, steps: 10, clips: 7)
      let entropy = CrossEntropy(workers: Workers(count: threads), instructionSet: set)
      let loss = entropy.replaceByGradient(batch.activations, targets: targets)
      #expect(abs(loss - sum / judged) < 1e-6 * max(1, sum / judged))
      let gradient = batch.activations.doubles
      #expect(zip(gradient, expected).allSatisfy { abs($0 - $1) < 1e-6 / Double(rows) })
    }
  }
}
