import Foundation
import Sparrow
import SparrowFiles
import TestSupport
import Testing

@testable import SparrowTraining

/// Training with rounded weights and activations.
struct QuantizationAwareTests {
  private func train(
    _ options: QuantizationAwareOptions?, pruning: PruningOptions? = nil, steps: Int = 40,
    folder: TemporaryFolder, task: RunningMeanTask = RunningMeanTask(),
    resume: Bool = false, averaging: Double = 0.9, threads: Int = 1,
    looks: @escaping (TrainingProgress) -> Void = { _ in }
  ) throws -> Network {
    let run = RunOptions(
      steps: steps, seed: 3, logEvery: 10, validateEvery: 20, checkpointEvery: 10)
    var optimization = OptimizationOptions()
    optimization.emaDecay = averaging
    return try Trainer(
      try RunningMeanTask.network().folded(), task: task, run: run, optimization: optimization,
      pruning: pruning, quantization: options, workers: Workers(count: threads),
      folder: folder.path, resume: resume, progress: looks
    ).train()
  }

  /// Whether every weight is what its row's format makes of it.
  private func expectGrids(
    _ network: Network, _ options: QuantizationAwareOptions,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for matrix in network.matrixDescriptions {
      let parts = matrix.parameters.map { network[$0.name].values }
      let rows = matrix.parameters[0].shape[0]
      let formats = FixedPointFormat.weightFormats(
        bits: options.weightBits, parts: parts, rows: rows, byRow: options.perChannel)
      for part in parts {
        let size = part.count / formats.count
        let isOnGrid = part.indices.allSatisfy { formats[$0 / size].rounded(part[$0]) == part[$0] }
        #expect(isOnGrid, "\(matrix.name)", sourceLocation: sourceLocation)
        #expect(part.contains { $0 != 0 }, "\(matrix.name)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test(
    arguments: [
      QuantizationAwareOptions(), QuantizationAwareOptions(weightBits: 3, activationBits: 8),
      QuantizationAwareOptions(weightBits: 8, perChannel: false),
    ], [0, 0.9])
  func everyWeightIsOnItsGrid(
    _ options: QuantizationAwareOptions, averaging: Double
  ) throws {
    let folder = try TemporaryFolder()
    let network = try train(options, folder: folder, averaging: averaging)
    expectGrids(network, options)
    expectGrids(
      try Network(modelFile: Files.read("\(folder.path)/best.safetensors")), options)
    // Training goes on in full precision.
    let checkpoint = try SafeTensors(bytes: Files.read("\(folder.path)/checkpoint.safetensors"))
    #expect(checkpoint.tensors["layers.0.weight"] != network["layers.0.weight"])
  }

  @Test(arguments: [Float(0), 0.9]) func prunedZerosStay(averaging: Float) throws {
    let folder = try TemporaryFolder()
    let options = QuantizationAwareOptions(weightBits: 8)
    let network = try train(
      options, pruning: PruningOptions(sparsity: 0.6, distribution: .uniform, excluded: ["weight"]),
      folder: folder, averaging: Double(averaging))
    expectGrids(network, options)
    for matrix in network.matrixDescriptions {
      let zeros = Double(matrix.count - network.nonZeroCount(of: matrix)) / Double(matrix.count)
      // Small weights may be rounded to zero besides.
      let expected = matrix.name.hasSuffix("weight") ? 0 : 0.6
      #expect((expected - 0.02...expected + 0.1).contains(zeros), "\(matrix.name)")
    }
  }

  @Test(arguments: [nil, PruningOptions(sparsity: 0.5)]) func resumedRunIsTheUninterruptedOne(
    _ pruning: PruningOptions?
  ) throws {
    let one = try TemporaryFolder()
    let other = try TemporaryFolder()
    let options = QuantizationAwareOptions(weightBits: 4, activationBits: 6)
    let network = try train(options, pruning: pruning, folder: one, threads: 2)
    #expect(throws: TrainingError.self) {
      try train(options, pruning: pruning, folder: other, task: InterruptedTask(at: 27))
    }
    let again = try train(options, pruning: pruning, folder: other, resume: true)
    #expect(again == network)
    #expect(
      try Files.read("\(other.path)/checkpoint.safetensors")
        == Files.read("\(one.path)/checkpoint.safetensors"))
  }

  @Test func checkpointsOfOtherBitsAreRefused() throws {
    let folder = try TemporaryFolder()
    _ = try train(QuantizationAwareOptions(), steps: 10, folder: folder)
    for options in [nil, QuantizationAwareOptions(weightBits: 7)] {
      let error = #expect(throws: TrainingError.self) {
        try train(options, steps: 10, folder: folder, resume: true)
      }
      #expect(error?.description.contains("another recipe") == true)
    }
    let path = "\(folder.path)/checkpoint.safetensors"
    var file = try SafeTensors(bytes: Files.read(path))
    file.tensors["range/input"] = nil
    try Files.write(file.sealed().encode(), to: path)
    let error = #expect(throws: TrainingError.self) {
      try train(QuantizationAwareOptions(), steps: 10, folder: folder, resume: true)
    }
    #expect(error?.description.contains("range/input") == true)
  }

  private func losses(_ options: QuantizationAwareOptions?) throws -> [Double] {
    let folder = try TemporaryFolder()
    var losses: [Double] = []
    _ = try train(options, folder: folder) { if $0.validation == nil { losses.append($0.loss) } }
    return losses
  }

  @Test func fineGridsHardlyChangeTheLoss() throws {
    let exact = try losses(nil)
    let fine = try losses(QuantizationAwareOptions())
    let coarse = try losses(QuantizationAwareOptions(weightBits: 2, activationBits: 4))
    #expect(relativeError(fine, exact) < 0.02)
    #expect(relativeError(fine, exact) > 0)
    #expect(relativeError(coarse, exact) > relativeError(fine, exact))
  }

  /// Weights alone that lie on their grids already make no difference, nor do activations of 16
  /// bits more than their rounding.
  @Test func fineActivationsHardlyChangeTheOutput() throws {
    let network = try RunningMeanTask.network().folded()
    let input = Batch<Float>(randomValues(3 * 40, seed: 1), steps: 20, clips: 2)
    func output(_ options: QuantizationAwareOptions?) throws -> [Double] {
      let trainable = try TrainableNetwork<Float>(
        network, quantization: options, context: TrainingContext())
      return trainable.forward(input.activations, TrainingPass(isTraining: true)).doubles
    }
    let exact = try output(nil)
    let fine = relativeError(
      try output(QuantizationAwareOptions(activationBits: 16)), exact)
    let coarse = relativeError(
      try output(QuantizationAwareOptions(activationBits: 8)), exact)
    #expect(fine < 1e-3 && fine > 0)
    #expect(coarse > 16 * fine && coarse < 0.3)
  }

  // MARK: Where activations are rounded

  private func places(_ layers: [Layer]) throws -> [String] {
    let network = try randomNetwork(inputWidth: 4, layers)
    return try TrainableNetwork<Float>(
      network, dropout: 0.5, quantization: QuantizationAwareOptions(), context: TrainingContext()
    ).ranges.map(\.name)
  }

  @Test func whatIsRounded() throws {
    let dense = Layer.dense(DenseLayer(outputs: 4))
    let recurrence = GradientTests.recurrence(3, bias: true)
    #expect(try places([dense, dense]) == ["input", "layers.0", "layers.1"])
    #expect(try places([dense, .activation(.relu)]) == ["input", "layers.1"])
    #expect(try places([dense, .activation(.gelu), .gate]) == ["input", "layers.1", "layers.2"])
    #expect(
      try places([recurrence, .activation(.relu)]) == ["input", "layers.0.state", "layers.0"])
    #expect(
      try places([recurrence, .activation(.gelu)])
        == ["input", "layers.0.state", "layers.0", "layers.1"])
    #expect(
      try places([.residual([.gate]), .activation(.relu), .residual([dense])])
        == ["input", "layers.0.layers.0", "layers.1", "layers.2.layers.0", "layers.2"])
    #expect(try places([.residual([]), .activation(.gelu)]) == ["input", "layers.0", "layers.1"])
    let cell = Layer.recurrent(RecurrentLayer(.gru(), units: 4))
    #expect(try places([cell, cell, dense]) == ["input", "layers.0", "layers.1", "layers.2"])
  }

  @Test func normalisationsAreRefused() {
    #expect(throws: TrainingError.self) { try places([.residual([.normalization])]) }
  }

  // MARK: Rounding

  @Test(arguments: [4, 8, 16]) func roundingIsThatOfTheFormat(_ bits: Int) {
    for exponent in [-9, 0, 5, 40] {
      let format = FixedPointFormat(bits: bits, exponent: exponent)
      let x =
        (0..<1003).map {
          Float(format.limit) * format.step * (Float($0) - 501) / 400
        } + [format.step * 0.5, format.step * 1.5, -format.step * 2.5]
      var y = x
      let rounding = Rounding<Float>(format)
      rounding.apply(x.count, x, &y)
      #expect(y == x.map(format.rounded))
      let error = zip(x, y).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
      #expect(relativeError([rounding.squaredError(x.count, x)], [error]) < 1e-5)
      #expect(Rounding.largestMagnitude(x.count, x) == x.map(\.magnitude).max())
      #expect(Rounding.largestMagnitude(3, [-3, 1, 2] as [Float]) == 3)
      #expect(Rounding<Float>.largestMagnitude(0, x) == 0)
    }
  }

  /// So small that no power of two brings them up: they are nothing, not undefined.
  @Test func tinyValuesBecomeZero() {
    let x: [Float] = [.leastNonzeroMagnitude, -.leastNormalMagnitude / 64, 1e-36]
    var y = x
    Rounding<Float>(Rounding.format(bits: 8, holding: x[2])).apply(3, x, &y)
    #expect(y == [0, 0, 0])
  }

  private func pass(
    _ layer: FakeQuantization<Float>, _ values: [Float], isTraining: Bool
  ) -> (y: [Float], dx: [Float]) {
    let x = Batch<Float>(values, steps: 1, clips: 1)
    let dy = Batch<Float>(values.indices.map { Float($0 + 1) }, steps: 1, clips: 1)
    let y = layer.forward(x.activations, TrainingPass(isTraining: isTraining))
    let result = (0..<y.count).map { y.values[$0] }
    let dx = layer.backward(dy.activations)
    return (result, (0..<y.count).map { dx.values[$0] })
  }

  @Test func gradientsGoStraightThroughExceptWhereValuesAreCutOff() {
    let range = ActivationRange(name: "here")
    let layer = FakeQuantization<Float>(TrainingContext(), bits: 6, range: range)
    let values: [Float] = [0.3, -0.9, 0.011, 0, 0.95]
    // Nothing is known yet.
    #expect(pass(layer, values, isTraining: false).y == values)

    let format = FixedPointFormat(bits: 6, holding: 0.95)
    let trained = pass(layer, values, isTraining: true)
    #expect(range.largest == 0.95)
    #expect(trained.y == values.map(format.rounded))
    #expect(trained.dx == [1, 2, 3, 4, 5])

    let larger: [Float] = [0.3, -5, 0.5, 2, 0.96]
    let evaluated = pass(layer, larger, isTraining: false)
    #expect(range.largest == 0.95)
    #expect(evaluated.y == larger.map(format.rounded))
    #expect(evaluated.y[3] == Float(format.limit) * format.step)
    #expect(evaluated.dx == [1, 0, 3, 0, 5])

    // A training pass makes room for what it brings, and forgets it slowly.
    #expect(pass(layer, larger, isTraining: true).dx == [1, 2, 3, 4, 5])
    #expect(range.largest == 5)
    _ = pass(layer, values, isTraining: true)
    #expect(range.largest < 5 && range.largest > 4.9)
  }

  @Test func whatIsInfiniteStaysSo() {
    let layer = FakeQuantization<Float>(
      TrainingContext(), bits: 8, range: ActivationRange(name: "here"))
    #expect(pass(layer, [1, .infinity], isTraining: true).y == [1, .infinity])
  }

  // MARK: Options

  @Test(arguments: [
    QuantizationAwareOptions(weightBits: 1), QuantizationAwareOptions(weightBits: 9),
    QuantizationAwareOptions(activationBits: 3), QuantizationAwareOptions(activationBits: 17),
  ])
  func senselessOptionsAreRefused(_ options: QuantizationAwareOptions) throws {
    #expect(throws: TrainingError.self) { try options.validate() }
    let folder = try TemporaryFolder()
    #expect(throws: TrainingError.self) { try train(options, folder: folder) }
  }

  @Test func optionsInFiles() throws {
    func decode(_ json: String) throws -> QuantizationAwareOptions {
      try JSONDecoder().decode(QuantizationAwareOptions.self, from: Data(json.utf8))
    }
    #expect(try decode("{}") == QuantizationAwareOptions())
    let options = QuantizationAwareOptions(weightBits: 4, activationBits: 8, perChannel: false)
    #expect(try decode(#"{"weightBits": 4, "activationBits": 8, "perChannel": false}"#) == options)
    #expect(try decode(String(decoding: JSONEncoder().encode(options), as: UTF8.self)) == options)
    #expect(throws: DecodingError.self) { try decode(#"{"weightbits": 4}"#) }
  }
}
