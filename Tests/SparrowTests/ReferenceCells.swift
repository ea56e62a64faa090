import Foundation
import Sparrow

/// Recurrent cells straight from their formulas, unit by unit.
extension ReferenceNetwork {
  /// - Parameter counting: the frames before a normalisation, which counts as part of the matrix.
  mutating func recurrent(
    _ layer: RecurrentLayer, _ path: String, _ frames: [[Double]], counting: [[Double]]
  ) -> [[Double]] {
    let units = layer.units
    let input = matrix("\(path).inputWeight")
    let (b, c) = (vector("\(path).inputBias"), vector("\(path).recurrentBias"))
    var h = [Double](repeating: 0, count: units)
    var kept = h
    var outputs: [[Double]] = []
    count("\(path).inputWeight", counting)
    for (step, frame) in frames.enumerated() {
      let a = input.indices.map { dot(input[$0], frame) + b[$0] }
      var q = recurrentSums("\(path).recurrentWeight", layer, h)
      func at(_ gate: Int, _ unit: Int) -> Double {
        a[gate * units + unit] + q[gate * units + unit] + c[gate * units + unit]
      }
      /// The convex sum of a GRU, of what a unit had.
      func mixed(_ before: [Double], _ candidate: (Int) -> Double) -> [Double] {
        (0..<units).map { unit in
          let z = sigmoid(at(1, unit))
          return (1 - z) * candidate(unit) + z * before[unit]
        }
      }
      func candidate(_ unit: Int) -> Double {
        let n = 2 * units + unit
        return tanh(a[n] + sigmoid(at(0, unit)) * (q[n] + c[n]))
      }
      switch layer.cell {
      case .rnn(let function):
        h = (0..<units).map { function == .relu ? max(at(0, $0), 0) : tanh(at(0, $0)) }
      case .lstm:
        kept = (0..<units).map {
          sigmoid(at(1, $0)) * kept[$0] + sigmoid(at(0, $0)) * tanh(at(2, $0))
        }
        h = (0..<units).map { sigmoid(at(3, $0)) * tanh(kept[$0]) }
      case .gru(false): h = mixed(h, candidate)
      case .gru(true):
        let reset = (0..<units).map { sigmoid(at(0, $0)) * h[$0] }
        q += recurrentSums("\(path).candidateWeight", layer, reset)
        h = mixed(h) { tanh(at(2, $0)) }
      case .eventGRU(let events):
        if let interval = events.resetInterval, step % interval == 0 {
          kept = kept.map { _ in 0 }
        }
        kept = mixed(kept, candidate)
        let thresholds = vector("\(path).threshold").map { min(max($0, 0), 1) }
        h = zip(kept, thresholds).map { $0 > $1 ? $0 : 0 }
        kept = zip(kept, thresholds).map { $0 > $1 ? $0 - $1 : $0 }
      }
      outputs.append(h)
    }
    return outputs
  }

  /// A product with the rows of some gates: each unit meets those of its block.
  private mutating func recurrentSums(
    _ name: String, _ layer: RecurrentLayer, _ h: [Double]
  ) -> [Double] {
    let weights = matrix(name)
    let size = layer.blockSize
    let order = layer.structure.order(units: layer.units)
    return weights.indices.map { row in
      let first = row % layer.units / size * size
      let seen = (0..<size).map { h[order[first + $0]] }
      count(name, row: weights[row], seen)
      return dot(weights[row], seen)
    }
  }
}
