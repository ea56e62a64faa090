/// Which rows and columns of a network's parameters stand for the same units, and so have to stay in the
/// same order.
///
/// A dense layer's outputs begin an order, which holds through everything that treats channels one by one
/// up to the next dense layer; what a residual branch gives has that of what it takes. The complex states
/// of a recurrence have an order of their own.
struct UnitSharing {
  /// By parameter's name: the order of each of its axes.
  private(set) var orders: [String: [Int]] = [:]
  /// By order: how many units it is of.
  private(set) var counts: [Int] = []
  /// By order: whether it is given from outside, as that of the network's own inputs and outputs.
  private(set) var isGiven: [Bool] = []
  /// Orders that have turned out to be one: each leads to another one or, at the end, to itself.
  private var links: [Int] = []
  /// Orders that nothing may change.
  private var fixedOrders: [Int] = []
  /// The names of the network's parameters.
  private let names: Set<String>

  init(_ network: Network) {
    names = Set(network.parameterDescriptions.map(\.name))
    let input = begin(network.inputWidth)
    let output = walk(network.layers, path: "", input)
    let given = Set(([input, output] + fixedOrders).map(root))
    isGiven = counts.indices.map { given.contains(root($0)) }
    orders = orders.mapValues { $0.map(root) }
  }

  /// Gives every parameter of the layers its orders; returns that of what the layers give.
  private mutating func walk(_ layers: [Layer], path: String, _ input: Int) -> Int {
    var x = input
    for (layer, path, _) in layers.placed(inputWidth: counts[input], path: path) {
      switch layer {
      case .dense(let dense):
        let y = begin(dense.outputs)
        mark(path, ["weight"], as: [y, x])
        mark(path, ["bias"], as: [y])
        x = y
      case .normalization:
        mark(path, ["scale", "shift", "mean", "variance"], as: [x])
      case .linearRecurrence(let recurrence):
        let states = begin(recurrence.states)
        mark(
          path,
          [
            "eigenvalues.real", "eigenvalues.imaginary", "logStep", "A.real", "A.imaginary",
            "f.real", "f.imaginary", "inputBias.real", "inputBias.imaginary",
          ], as: [states])
        mark(path, ["B.real", "B.imaginary"], as: [states, x])
        mark(path, ["C.real", "C.imaginary"], as: [x, states])
        mark(path, ["D", "bias"], as: [x])
      case .recurrent(let recurrent):
        // Blocks and interleaved gates hold their units where they are.
        func fixed(_ count: Int) -> Int {
          let order = begin(count)
          fixedOrders.append(order)
          return order
        }
        let rows = fixed(recurrent.gates * recurrent.units)
        let y = fixed(recurrent.units)
        mark(path, ["inputWeight"], as: [rows, x])
        mark(path, ["inputBias", "recurrentBias"], as: [rows])
        let recurrentRows = recurrent.resetsFirst ? fixed(2 * recurrent.units) : rows
        let block = fixed(recurrent.blockSize)
        mark(path, ["recurrentWeight"], as: [recurrentRows, block])
        mark(path, ["candidateWeight"], as: [y, block])
        mark(path, ["threshold"], as: [y])
        x = y
      case .activation: break
      case .gate:
        mark(path, ["weight"], as: [x, x])
        mark(path, ["bias"], as: [x])
      case .residual(let branch):
        let y = walk(branch, path: path, x)
        links[root(y)] = root(x)
      }
    }
    return x
  }

  private mutating func begin(_ count: Int) -> Int {
    links.append(links.count)
    counts.append(count)
    return links.count - 1
  }

  private mutating func mark(_ path: String, _ names: [String], as orders: [Int]) {
    for name in names.map({ "\(path).\($0)" }) where self.names.contains(name) {
      self.orders[name] = orders
    }
  }

  /// The order that stands for all those that are one with `order`.
  private func root(_ order: Int) -> Int {
    links[order] == order ? order : root(links[order])
  }
}
