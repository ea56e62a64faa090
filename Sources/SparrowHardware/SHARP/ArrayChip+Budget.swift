extension ArrayChip {
  /// Refuses a workload whose simulation would take longer than it may.
  ///
  /// - Throws: ``ChipError/workload(_:)`` with both times.
  func checkBudget(_ workload: Workload, _ options: Options) throws(ChipError) {
    // Products that differ in their names alone are simulated once.
    let products = Set(workload.layers.flatMap(\.products).map(\.unnamed))
    let steps = Double(workload.steps) * Double(options.sequences)
    let seconds = products.reduce(0) { $0 + self.seconds(of: $1, steps: steps, options) }
    try SimulationBudget.check(seconds, for: workload, budget: options.budget)
  }

  /// Estimates the time of a simulation from the blocks of rows and the tiles of each setting.
  ///
  /// The constants are measured in a release build on an AMD EPYC with AVX2: of LSTM, GRU and dense
  /// layers of 64 to 2048 units, dense and with zeros, estimates and times differ by a factor of
  /// less than 3.
  private func seconds(of product: MatrixProduct, steps: Double, _ options: Options) -> Double {
    let (rows, columns) = (Double(product.rows), Double(product.columns))
    let isSparse = product.weights != .dense
    let active =
      Double(product.inputs) * product.inputActivity
      + Double(product.recurrentInputs) * product.recurrentActivity
    var seconds = isSparse ? 5e-9 * rows * columns : 0
    for setting in candidates(product, options) {
      let shape = shape(height: setting.height, gates: product.gates)
      let blocks = (rows / Double(shape.rows)).rounded(.up)
      let tiles = blocks * (columns / Double(shape.columns)).rounded(.up)
      // Tiles are planned once, or in every step where other activations are zero in each.
      let planning = 1.6e-8 * columns + 6e-9 * rows + (isSparse ? 4e-9 * blocks * active : 0)
      let step = 8e-8 + 2e-8 * blocks + 4e-9 * tiles
      seconds += steps * (step + (product.hasZeroActivations ? planning : 0))
      if isSparse { seconds += 2e-9 * rows * columns }
    }
    return seconds
  }
}

extension MatrixProduct {
  /// The product without its name, which no count depends on.
  var unnamed: MatrixProduct {
    var product = self
    product.name = ""
    return product
  }
}
