import Foundation
import Sparrow

/// What a cell remembers: integers that are worth 2^-30, or 2^-e of an LSTM's c.
struct GoldenCell {
  /// h, or of an event-based GRU what was sent of it.
  var h: [Int]
  /// An LSTM's c, or an event-based GRU's h.
  var kept: [Int]
  var steps = 0
}

/// Recurrent cells by the rules of Documentation/FixedPoint.md, unit by unit.
extension GoldenNetwork {
  mutating func cell(
    _ layer: RecurrentLayer, _ path: String, _ x: [Int], _ exponent: Int
  ) -> ([Int], Int) {
    let units = layer.units
    let y = quantization.activations[path]!
    let zero = [Int](repeating: 0, count: units)
    var state = cells[path] ?? GoldenCell(h: zero, kept: zero)
    let isRectified = layer.cell == .rnn(.relu)
    let one = isRectified ? y : 30
    if case .eventGRU(let events) = layer.cell, let interval = events.resetInterval {
      if state.steps % interval == 0 { state.kept = zero }
    }
    state.steps += 1

    let bias = vector("\(path).recurrentBias", "\(path).recurrentBias")
    let a = sums(
      integers("\(path).inputWeight", "\(path).inputWeight"), x, exponent,
      bias: vector("\(path).inputBias", "\(path).inputBias")
    ).map { rounded($0.value, $0.exponent - (isRectified ? y : 12)) }
    func recurrent(_ name: String, _ h: [Int], from first: Int = 0) -> [Int] {
      let weights = integers("\(path).\(name)", "\(path).\(name)")
      let order = layer.structure.order(units: units)
      let size = layer.blockSize
      return weights.rows.indices.map { row in
        let e = weights.exponents[row] + y
        var sum = bias.values[first + row] << (e - bias.exponents[first + row])
        for i in 0..<size { sum += weights.rows[row][i] * h[order[row % units / size * size + i]] }
        return rounded(sum, e - (isRectified ? y : 12))
      }
    }
    var q = recurrent("recurrentWeight", read(state.h, one, y, isCounted: false))

    func logistic(_ gate: Int, _ i: Int) -> Int {
      function(a[gate * units + i] + q[gate * units + i], 12, odd: false, sigmoid)
    }
    func bent(_ z: Int, _ exponent: Int = 12) -> Int {
      function(z, exponent, odd: true) { tanh($0) }
    }
    func mixed(_ h: [Int], _ candidate: (Int) -> Int) -> [Int] {
      (0..<units).map { i in
        let z = logistic(1, i)
        return (32768 - z) * candidate(i) + rounded(z * h[i], 15)
      }
    }
    func candidate(_ i: Int) -> Int {
      bent(a[2 * units + i] + rounded(logistic(0, i) * q[2 * units + i], 15))
    }
    switch layer.cell {
    case .rnn(let function):
      state.h = (0..<units).map { i in
        function == .relu ? max(a[i] + q[i], 0) : bent(a[i] + q[i]) << 15
      }
    case .lstm:
      let e = quantization.activations["\(path).state"]!
      for i in 0..<units {
        let product = logistic(0, i) * bent(a[2 * units + i] + q[2 * units + i])
        state.kept[i] = clip(
          rounded(logistic(1, i) * state.kept[i], 15) + rounded(product, 30 - e), 1 << 31 - 1)
        state.h[i] = logistic(3, i) * bent(state.kept[i], e)
      }
    case .gru(false): state.h = mixed(state.h, candidate)
    case .gru(true):
      let reset = (0..<units).map { rounded(logistic(0, $0) * state.h[$0], 15 + 30 - y) }
      q += recurrent("candidateWeight", read(reset, y, y, isCounted: true), from: 2 * units)
      state.h = mixed(state.h) { bent(a[2 * units + $0] + q[2 * units + $0]) }
    case .eventGRU:
      state.kept = mixed(state.kept, candidate)
      let (thresholds, exponents) = vector("\(path).threshold", "\(path).threshold")
      for i in 0..<units {
        let threshold = min(max(thresholds[i], 0) << (30 - exponents[i]), 1 << 30)
        let isSent = state.kept[i] > threshold
        state.h[i] = isSent ? state.kept[i] : 0
        if isSent { state.kept[i] -= threshold }
      }
    }
    cells[path] = state
    return (read(state.h, one, y, isCounted: true), y)
  }

  /// Activations out of what a cell keeps. The 1 of a function, one above the limit, is clipped and
  /// not counted.
  private mutating func read(
    _ h: [Int], _ from: Int, _ to: Int, isCounted: Bool
  ) -> [Int] {
    h.map { h in
      let value = rounded(h, from - to)
      guard isCounted, value.magnitude > limit.magnitude + 1 else {
        return min(max(value, -limit), limit)
      }
      return clip(value, limit)
    }
  }
}
