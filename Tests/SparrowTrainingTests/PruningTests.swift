import Sparrow
import SparrowFiles
import TestSupport
import Testing

@testable import SparrowTraining

struct PruningTests {
  @Test(arguments: [1, 2, 17, 100, 1000])
  func thresholdKeepsTheLargest(count: Int) {
    var numbers = RandomNumbers(seed: 5)
    let values = (0..<count).map { _ in Float(abs(numbers.normal())) * 1e-3 }
    let sorted = values.sorted(by: >)
    for keeping in [1, count / 3, count / 2, count - 1, count] where keeping > 0 {
      let threshold = Selection.threshold(values, keeping: keeping)
      #expect(values.filter { $0 >= threshold }.sorted(by: >) == Array(sorted[..<keeping]))
    }
    #expect(Selection.threshold(values, keeping: 0) == .infinity)
    #expect(Selection.threshold(values, keeping: count + 1) == 0)
  }

  /// Published for the paper's code at 90 % and several widths: encoder and decoder, B and C, gate.
  @Test(arguments: [
    (0.5, 0.905, 0.913, 0.862), (1, 0.886, 0.918, 0.869), (2, 0.842, 0.920, 0.873),
    (3, 0.797, 0.921, 0.875),
  ])
  func erkSparsities(k: Double, ends: Double, stateSpace: Double, gate: Double) throws {
    let width = Int(192 * k)
    let states = Int(128 * k)
    let blocks = Array(
      repeating: [[states, width, 2], [width, states, 2], [width, width]], count: 3)
    let shapes = [[width, 257]] + blocks.flatMap { $0 } + [[257, width]]
    let counts = shapes.map { $0.reduce(1, *) }
    let kept = SparsityDistribution.kept(.erk, counts: counts, shapes: shapes, sparsity: 0.9)
    let sparsities = zip(kept, counts).map { 1 - Double($0) / Double($1) }
    #expect(abs(sparsities[0] - ends) < 0.0015)
    #expect(abs(sparsities[1] - stateSpace) < 0.0015)
    #expect(abs(sparsities[3] - gate) < 0.0015)
    let total = counts.reduce(0, +)
    #expect(abs(kept.reduce(0, +) - total / 10) <= shapes.count)
  }

  /// A matrix that would need more than all of its weights stays dense, and the others pay for it.
  @Test func erkKeepsSmallMatricesDense() {
    let shapes = [[100, 100], [2, 3]]
    let kept = SparsityDistribution.kept(
      .erk, counts: [10_000, 6], shapes: shapes, sparsity: 0.9)
    #expect(kept[1] == 6)
    #expect(abs(kept[0] - 995) <= 1)
  }

  @Test(arguments: [(32, 257), (5, 100), (150, 128), (1, 7)])
  func balancedRowsHaveAsMany(rows: Int, columns: Int) {
    // The right half is larger, so that tiles there keep more.
    let magnitudes = randomValues(rows * columns, seed: 9).enumerated().map { index, value in
      Float(abs(value)) * (index % columns > columns / 2 ? 2 : 1)
    }
    let mask = SparsityPattern.mask(
      .balanced, magnitudes, rows: rows, columns: columns, kept: rows * columns / 5)
    for top in stride(from: 0, to: rows, by: SparsityPattern.tileRows) {
      for start in stride(from: 0, to: columns, by: SparsityPattern.tileColumns) {
        let end = min(start + SparsityPattern.tileColumns, columns)
        var counts: Set<Int> = []
        for row in top..<min(top + SparsityPattern.tileRows, rows) {
          let range = row * columns + start..<row * columns + end
          counts.insert(range.filter { mask[$0] }.count)
          // Within a row of a tile, nothing that goes is larger than anything that stays.
          let kept = range.filter { mask[$0] }.map { magnitudes[$0] }
          let gone = range.filter { !mask[$0] }.map { magnitudes[$0] }
          #expect((gone.max() ?? 0) <= (kept.min() ?? .infinity))
        }
        #expect(counts.count == 1)
      }
    }
    let share = Double(mask.filter { $0 }.count) / Double(mask.count)
    #expect(abs(share - 0.2) < 0.5 / Double(columns) + 0.01)
    guard columns > 100 else { return }
    let right = mask.indices.filter { mask[$0] && $0 % columns > columns / 2 }.count
    #expect(right * 3 > 2 * mask.filter { $0 }.count)
  }

  @Test func blocksGoAsAWhole() {
    let (rows, columns) = (50, 23)
    let magnitudes = randomValues(rows * columns, seed: 10).map { Float(abs($0)) }
    let mask = SparsityPattern.mask(
      .block, magnitudes, rows: rows, columns: columns, kept: rows * columns / 4)
    for row in 0..<rows {
      for column in 0..<columns {
        let corner = row / 16 * 16 * columns + column / 4 * 4
        #expect(mask[row * columns + column] == mask[corner])
      }
    }
    #expect(abs(Double(mask.filter { $0 }.count) / Double(mask.count) - 0.25) < 0.1)
  }

  @Test func scheduleIsCubic() {
    let options = PruningOptions(sparsity: 0.9, begin: 0.1, end: 0.5)
    #expect(options.progress(step: 9, of: 100) == 0)
    #expect(abs(options.progress(step: 29, of: 100) - (1 - 0.125)) < 1e-12)
    #expect(options.progress(step: 49, of: 100) == 1)
    let atOnce = PruningOptions(begin: 0.3, end: 0.3)
    #expect(atOnce.progress(step: 29, of: 100) == 0)
    #expect(atOnce.progress(step: 30, of: 100) == 1)
  }

  private func train(
    _ options: PruningOptions, steps: Int = 60, folder: TemporaryFolder,
    task: RunningMeanTask = RunningMeanTask(), resume: Bool = false, averaging: Double = 0.9,
    from network: Network? = nil
  ) throws -> Network {
    let run = RunOptions(
      steps: steps, seed: 3, logEvery: 10, validateEvery: 20, checkpointEvery: 10)
    var optimization = OptimizationOptions()
    optimization.emaDecay = averaging
    return try Trainer(
      try network ?? RunningMeanTask.network(), task: task, run: run, optimization: optimization,
      pruning: options, workers: Workers(count: 1), folder: folder.path, resume: resume,
      progress: { _ in }
    ).train()
  }

  private func zeros(_ network: Network, _ roles: Set<ParameterRole>) -> (Int, Int) {
    network.parameterDescriptions.filter { roles.contains($0.role) }.reduce((0, 0)) {
      let tensor = network[$1.name]
      return ($0.0 + tensor.count - tensor.nonZeroCount, $0.1 + tensor.count)
    }
  }

  @Test(arguments: [PruningOptions.Distribution.uniform, .erk, .global], [0, 0.9])
  func aRunEndsAsSparseAsAsked(
    _ distribution: PruningOptions.Distribution, averaging: Double
  ) throws {
    let folder = try TemporaryFolder()
    let network = try train(
      PruningOptions(sparsity: 0.6, distribution: distribution), folder: folder,
      averaging: averaging)
    let (zeros, count) = zeros(network, [.weight, .stateSpaceMatrix])
    #expect(abs(Double(zeros) / Double(count) - 0.6) < 0.03)
    // Nothing else is pruned: a bias or an eigenvalue that has been trained is not zero.
    #expect(self.zeros(network, [.stateSpace]).0 == 0)
  }

  @Test func complexWeightsGoTogether() throws {
    let folder = try TemporaryFolder()
    let network = try train(
      PruningOptions(sparsity: 0.5, prunesComplexJointly: true), folder: folder)
    for name in network.parameters.keys where name.hasSuffix("B.real") {
      let real = network[name].values
      let imaginary = network[String(name.dropLast(4)) + "imaginary"].values
      #expect(zip(real, imaginary).allSatisfy { ($0 == 0) == ($1 == 0) })
      #expect(real.contains(0))
    }
  }

  /// Zeros of a network that is tuned stay where they are, in a run that was interrupted too.
  @Test func zerosStayZerosWhereTheyDoNotRegrow() throws {
    let folders = try (0..<4).map { _ in try TemporaryFolder() }
    let first = try train(PruningOptions(sparsity: 0.6), folder: folders[0])
    func tune(
      regrows: Bool, _ folder: TemporaryFolder, task: RunningMeanTask = RunningMeanTask(),
      resume: Bool = false
    ) throws -> Network {
      try train(
        PruningOptions(sparsity: 0.6, begin: 0, end: 0, regrows: regrows), folder: folder,
        task: task, resume: resume, from: first)
    }
    func zeros(_ network: Network) -> [[Bool]] {
      network.matrixDescriptions.flatMap { matrix in
        matrix.parameters.map { network[$0.name].values.map { $0 == 0 } }
      }
    }
    let kept = try tune(regrows: false, folders[1])
    #expect(zeros(kept) == zeros(first))
    #expect(kept.parameters != first.parameters)
    #expect(zeros(try tune(regrows: true, folders[2])) != zeros(first))
    #expect(throws: TrainingError.self) {
      try tune(regrows: false, folders[3], task: InterruptedTask(at: 37))
    }
    #expect(try tune(regrows: false, folders[3], resume: true) == kept)
  }

  @Test func excludedMatricesStayDense() throws {
    let folder = try TemporaryFolder()
    let dense = try RunningMeanTask.network().parameterDescriptions
      .first { $0.role == .weight }?.name
    let name = try #require(dense)
    let network = try train(PruningOptions(sparsity: 0.6, excluded: [name]), folder: folder)
    #expect(network[name].nonZeroCount == network[name].count)
  }

  @Test func aPrunedRunResumes() throws {
    let one = try TemporaryFolder()
    let other = try TemporaryFolder()
    let options = PruningOptions(sparsity: 0.7)
    let network = try train(options, folder: one)
    #expect(throws: TrainingError.self) {
      try train(options, folder: other, task: InterruptedTask(at: 37))
    }
    #expect(try train(options, folder: other, resume: true) == network)
  }

  @Test func senselessOptionsAreRefused() {
    for options in [
      PruningOptions(sparsity: 1), PruningOptions(sparsity: -0.1),
      PruningOptions(begin: 0.5, end: 0.4), PruningOptions(distribution: .global, pattern: .block),
      PruningOptions(pattern: .balanced, prunesComplexJointly: true),
    ] {
      #expect(throws: TrainingError.self) { try options.validate() }
    }
  }
}
