import SparrowCore

/// An order of a network's hidden units and states: what a network computes does not depend on it,
/// and how much a lookup has to pad does.
struct UnitOrder {
  private let sharing: UnitSharing
  /// By order of ``UnitSharing``: the unit that comes first, the one after it, and so on.
  let units: [[Int]]

  /// - Precondition: every order is a permutation, and those that are given from outside are in
  ///   place.
  init(_ sharing: UnitSharing, units: [[Int]]) {
    self.sharing = sharing
    self.units = units
  }

  /// The units of a parameter's axis, in order: index i has what was at index `units[i]`.
  func units(of parameter: String, axis: Int) -> [Int] { units[sharing.orders[parameter]![axis]] }

  /// The network with its units in this order: the same inputs give the same outputs, in the same
  /// order, but for rounding.
  func applied(to network: Network) -> Network {
    network.replacing(
      parameters: Dictionary(
        uniqueKeysWithValues: network.parameters.map { name, tensor in
          let rows = units(of: name, axis: 0)
          let columns = tensor.shape.count == 2 ? units(of: name, axis: 1) : [0]
          let values = [Float](unsafeUninitializedCapacity: max(1, tensor.count)) { values, count in
            tensor.values.withUnsafeBufferPointer { old in
              for row in rows {
                let first = row * columns.count
                for column in columns {
                  values[count] = old[first + column]
                  count += 1
                }
              }
            }
          }
          return (name, Tensor(shape: tensor.shape, values: values))
        }), quantization: applied(to: network.quantization, of: network))
  }

  /// Exponents of rows go with their rows.
  private func applied(to quantization: Quantization?, of network: Network) -> Quantization? {
    guard var quantization else { return nil }
    for group in network.parameterGroups ?? [] {
      guard let exponents = quantization.parameters[group.name], exponents.count > 1 else {
        continue
      }
      quantization.parameters[group.name] = units(of: group.parameters[0].name, axis: 0)
        .map { exponents[$0] }
    }
    return quantization
  }
}

extension Network {
  /// The same network with its hidden units and states in an order in which lookups pad less;
  /// itself where no order pays.
  ///
  /// Finding the order takes tens of milliseconds, so a network is put in order once, when it is
  /// quantised or converted, and not when it is loaded. A network in fixed point gives the same
  /// bits in any order; sums in single precision may be rounded differently.
  public func orderedForLookups() -> Network {
    UnitOrder(forLookupsOf: self, PackingKernels(.best))?.applied(to: self) ?? self
  }
}

extension UnitOrder {
  /// The order that lets a network's lookups pad less, or nil where none was found to pay: where
  /// weights are dense, zeros come in blocks, or rows are all alike.
  ///
  /// - Parameters:
  ///   - kernels: what steps are counted with. The result does not depend on it.
  ///   - isWorthwhile: whether a matrix would become a lookup if it stored so many weights, padding
  ///     included. Where none would, there is no order to look for.
  init?(
    forLookupsOf network: Network, _ kernels: PackingKernels,
    where isWorthwhile: (MatrixDescription, _ weights: Int) -> Bool = { _, _ in true }
  ) {
    let sharing = UnitSharing(network)
    let matrices = network.matrixDescriptions.compactMap { SparseMatrix($0, of: network, sharing) }
    guard
      matrices.contains(where: { isWorthwhile($0.description, $0.nonZeros.leastLookupWeights) })
    else { return nil }
    // Blocks would fall apart.
    var isFixed = sharing.isGiven
    for matrix in matrices where matrix.hasBlocks {
      isFixed[matrix.rowOrder] = true
      isFixed[matrix.columnOrder] = true
    }
    let search = UnitOrderSearch(sharing, kernels: kernels)
    for matrix in matrices where !isFixed[matrix.rowOrder] || !isFixed[matrix.columnOrder] {
      search.add(
        matrix.nonZeros, matrix.layout,
        rowOrder: isFixed[matrix.rowOrder] ? nil : matrix.rowOrder,
        columnOrder: isFixed[matrix.columnOrder] ? nil : matrix.columnOrder)
    }
    guard search.run() else { return nil }
    self.init(sharing, units: search.units)
  }
}

/// A matrix of a network that is worth a lookup.
private struct SparseMatrix {
  let description: MatrixDescription
  let rowOrder: Int
  let columnOrder: Int
  let layout: MatrixLayout
  let nonZeros: NonZeros

  /// - Returns: nil where at most half of the weights are zeros.
  init?(_ matrix: MatrixDescription, of network: Network, _ sharing: UnitSharing) {
    guard network.nonZeroCount(of: matrix) * 2 < matrix.count, matrix.columns <= 1 << 16 else {
      return nil
    }
    description = matrix
    let orders = sharing.orders[matrix.parameters[0].name]!
    (rowOrder, columnOrder) = (orders[0], orders[1])
    layout = MatrixLayout(matrix)
    nonZeros = NonZeros(layout, matrix.parameters.map { network[$0.name].values })
  }

  /// Whether blocks store it in fewer bytes than any lookup could.
  var hasBlocks: Bool {
    let blocks = BlockShape.counts(nonZeros).reduce(0, +)
    let size = BlockShape.rows * BlockShape.columns
    return blocks * size * MemoryLayout<Float>.size < nonZeros.count
      * (MemoryLayout<Float>.size + 1)
  }
}
