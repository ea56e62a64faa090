import Foundation
import Sparrow

/// A workload by its shapes, for networks without a model file. In JSON:
///
///     {
///       "name": "two layers", "inputs": 120, "steps": 500,
///       "layers": [
///         {"kind": "lstm", "units": 340, "directions": 2},
///         {"kind": "eventGRU", "units": 512, "weightDensity": 0.1, "recurrentActivity": 0.2},
///         {"kind": "linearRecurrence", "states": 128, "inputActivity": 0.5},
///         {"kind": "gate"}, {"kind": "dense", "units": 10}
///       ]
///     }
///
/// The input of a layer is the output of the previous one. `directions` is 1 by default, and so are
/// the densities `weightDensity`, `inputActivity` and `recurrentActivity`, which for a linear
/// recurrence is that of the states that C reads.
extension Workload {
  /// Reads a workload file.
  ///
  /// - Parameters:
  ///   - json: The bytes of the file.
  ///   - source: The name of the file in errors.
  /// - Throws: ``ChipError/workload(_:)`` if the file is not valid.
  public init(json: some Sequence<UInt8>, source: String) throws(ChipError) {
    let file: WorkloadFile
    let json = Array(json)
    do throws(JSONSyntax.Problem) { try JSONSyntax.check(json) } catch {
      throw .workload("\(source) is not valid JSON: \(error)")
    }
    do {
      file = try JSONDecoder().decode(WorkloadFile.self, from: Data(json))
    } catch {
      throw .workload("\(source) is not valid: \((error as? DecodingError)?.summary ?? "\(error)")")
    }
    var layers: [WorkloadLayer] = []
    var width = file.inputs
    for (index, layer) in file.layers.enumerated() {
      do throws(ChipError) {
        layers.append(try layer.layer(inputs: &width, index: index))
      } catch {
        throw .workload("\(source): \(error.reason)")
      }
    }
    self.init(name: file.name, layers: layers, steps: file.steps)
    do throws(ChipError) {
      try validate()
    } catch {
      throw .workload("\(source): \(error.reason)")
    }
  }
}

extension ChipError {
  /// Without what begins every refusal of a workload.
  fileprivate var reason: String {
    if case .workload(let reason) = self { reason } else { "\(self)" }
  }
}

private struct WorkloadFile: Decodable {
  var name: String
  var inputs: Int
  var steps: Int
  var layers: [Layer]

  enum CodingKeys: String, CodingKey {
    case name, inputs, steps, layers
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    inputs = try container.decode(Int.self, forKey: .inputs)
    steps = try container.decode(Int.self, forKey: .steps)
    layers = try container.decode([Layer].self, forKey: .layers)
  }

  struct Layer: Decodable {
    var kind: WorkloadLayer.Kind
    var units: Int?
    var states: Int?
    var directions: Int?
    var weightDensity: Double?
    var inputActivity: Double?
    var recurrentActivity: Double?

    enum CodingKeys: String, CodingKey {
      case kind, units, states, directions, weightDensity, inputActivity, recurrentActivity
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
      kind = try container.decode(WorkloadLayer.Kind.self, forKey: .kind)
      units = try container.decodeIfPresent(Int.self, forKey: .units)
      states = try container.decodeIfPresent(Int.self, forKey: .states)
      directions = try container.decodeIfPresent(Int.self, forKey: .directions)
      weightDensity = try container.decodeIfPresent(Double.self, forKey: .weightDensity)
      inputActivity = try container.decodeIfPresent(Double.self, forKey: .inputActivity)
      recurrentActivity = try container.decodeIfPresent(Double.self, forKey: .recurrentActivity)
    }

    /// - Parameters:
    ///   - inputs: what the layer takes; becomes what it gives.
    ///   - index: its place, which decides where random zeros are.
    func layer(inputs: inout Int, index: Int) throws(ChipError) -> WorkloadLayer {
      let name = "layers.\(index)"
      func need(_ size: Int?, _ key: String) throws(ChipError) -> Int {
        guard let size else { throw .workload("\(name): no `\(key)`") }
        guard (1...MatrixProduct.largestSize).contains(size) else {
          throw .workload("\(name): \(key) is \(size); expected 1 to \(MatrixProduct.largestSize)")
        }
        return size
      }
      func pattern(_ part: UInt64 = 0) -> WeightPattern {
        weightDensity.map { .random(density: $0, seed: 2 * UInt64(index) + part) } ?? .dense
      }
      let (input, state) = (inputActivity ?? 1, recurrentActivity ?? 1)
      let both = directions ?? 1
      guard (1...2).contains(both) else {
        throw .workload("\(name): \(both) directions; expected 1 or 2")
      }
      var layer: WorkloadLayer
      switch kind {
      case .lstm, .gru, .eventGRU:
        let units = try need(units, "units")
        let make = kind == .lstm ? WorkloadLayer.lstm : WorkloadLayer.gru
        layer = make(name, inputs, units, both, pattern(), input, state)
        layer.kind = kind
        inputs = both * units
      case .dense:
        let units = try need(units, "units")
        layer = .dense(
          name, inputs: inputs, units: units, weights: pattern(), inputActivity: input)
        inputs = units
      case .gate: layer = .gate(name, units: inputs, weights: pattern(), inputActivity: input)
      case .linearRecurrence:
        layer = .linearRecurrence(
          name, inputs: inputs, states: try need(states, "states"), b: pattern(), c: pattern(1),
          inputActivity: input, stateActivity: state)
      }
      layer.directions = both
      return layer
    }
  }
}
