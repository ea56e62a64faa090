/// Which rows and columns of a network's parameters stand for the same units, and so have to stay
/// in the same order.
///
/// A dense layer's outputs begin an order, which holds through everything that treats channels one
/// by one up to the next dense layer; what a residual branch gives has that of what it takes. The
/// complex states of a recurrence have an order of their own.
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

  init(_ network: Network) {
    let input = begin(network.inputWidth)
    let output = walk(network.layers, path: "", input)
    let given = Set(([input, output] + fixedOrders).map(root))
    isGiven = counts.indices.map { given.contains(root($0)) }
    orders = orders.mapValues { $0.map(root) }
  }

  /// Gives every parameter of the layers its orders; returns that of what the layers give.
  private mutating func walk(_ layers: [Layer], path: String, _ input: Int) -> Int {
    var x = input
    for (layer, path, width) in layers.placed(inputWidth: counts[input], path: path) {
      let rule = layer.rule
      let y =
        switch rule.channels {
        case .kept: x
        case .new: begin(layer.outputWidth(for: width))
        case .fixed: fixed(layer.outputWidth(for: width))
        }
      guard rule.branch.isEmpty else {
        let end = walk(rule.branch, path: path, x)
        links[root(end)] = root(x)
        continue
      }
      /// The layer's own orders, by axis and length.
      var own: [OwnOrder: Int] = [:]
      for parameter in layer.parameters(inputWidth: width, path: path) {
        orders[parameter.name] = parameter.axes.indices.map { i in
          let (axis, count) = (parameter.axes[i], parameter.shape[i])
          switch axis {
          case .inputs: return x
          case .outputs: return y
          case .taps:
            // A row has its inputs once for each tap.
            fixedOrders.append(x)
            return fixed(count)
          case .states, .gates, .block:
            let key = OwnOrder(axis: axis, count: count)
            if let order = own[key] { return order }
            let order = axis == .states ? begin(count) : fixed(count)
            own[key] = order
            return order
          }
        }
      }
      x = y
    }
    return x
  }

  private struct OwnOrder: Hashable {
    let axis: ParameterAxis
    let count: Int
  }

  private mutating func begin(_ count: Int) -> Int {
    links.append(links.count)
    counts.append(count)
    return links.count - 1
  }

  /// An order that nothing may change.
  private mutating func fixed(_ count: Int) -> Int {
    let order = begin(count)
    fixedOrders.append(order)
    return order
  }

  /// The order that stands for all those that are one with `order`.
  private func root(_ order: Int) -> Int {
    links[order] == order ? order : root(links[order])
  }
}
