/// In JSON, beside the cell's kind:
///
///     {"kind": "gru", "units": 128, "structure": "blockDiagonal", "blocks": 8, "shuffled": true}
///
/// Missing keys have the initialisers' values; a structure is `full`, `diagonal` or
/// `blockDiagonal`.
extension RecurrentLayer {
  package static var kinds: [String] { Kind.allCases.map(\.rawValue) }

  package static func keys(ofKind kind: String) -> [String] {
    let own: [Key] =
      switch Kind(rawValue: kind) {
      case .rnn: [.function]
      case .lstm, nil: []
      case .gru: [.resetsFirst]
      case .eventGRU:
        [.trainsThresholds, .initialThreshold, .damping, .support, .surrogate, .resetInterval]
      }
    return ([.units, .structure, .blocks, .shuffled] + own).map(\.rawValue)
  }

  private enum Kind: String, CaseIterable {
    case rnn, lstm, gru, eventGRU
  }

  private enum Key: String, CodingKey {
    case units, structure, blocks, shuffled, function, resetsFirst
    case trainsThresholds, initialThreshold, damping, support, surrogate, resetInterval
  }

  private enum StructureName: String, Codable {
    case full, diagonal, blockDiagonal
  }

  package var kind: String {
    let kind: Kind =
      switch cell {
      case .rnn: .rnn
      case .lstm: .lstm
      case .gru: .gru
      case .eventGRU: .eventGRU
      }
    return kind.rawValue
  }

  package init(kind: String, from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    func value<Value: Decodable>(_ key: Key, or standard: Value) throws -> Value {
      try container.decodeIfPresent(Value.self, forKey: key) ?? standard
    }
    let cell: Cell
    switch Kind(rawValue: kind)! {
    case .rnn: cell = .rnn(try value(.function, or: .tanh))
    case .lstm: cell = .lstm
    case .gru: cell = .gru(resetsFirst: try value(.resetsFirst, or: false))
    case .eventGRU:
      let standard = EventGRU()
      cell = .eventGRU(
        EventGRU(
          trainsThresholds: try value(.trainsThresholds, or: standard.trainsThresholds),
          initialThreshold: try value(.initialThreshold, or: standard.initialThreshold),
          damping: try value(.damping, or: standard.damping),
          support: try value(.support, or: standard.support),
          surrogate: try value(.surrogate, or: standard.surrogate),
          resetInterval: try container.decodeIfPresent(Int.self, forKey: .resetInterval)))
    }
    let structure: RecurrentStructure =
      switch try value(.structure, or: StructureName.full) {
      case .full: .full
      case .diagonal: .diagonal
      case .blockDiagonal:
        .blockDiagonal(
          blocks: try container.decode(Int.self, forKey: .blocks),
          shuffled: try value(.shuffled, or: false))
      }
    self.init(cell, units: try container.decode(Int.self, forKey: .units), structure: structure)
  }

  package func encodeMembers(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(units, forKey: .units)
    switch structure {
    case .full: break
    case .diagonal: try container.encode(StructureName.diagonal, forKey: .structure)
    case .blockDiagonal(let blocks, let shuffled):
      try container.encode(StructureName.blockDiagonal, forKey: .structure)
      try container.encode(blocks, forKey: .blocks)
      if shuffled { try container.encode(shuffled, forKey: .shuffled) }
    }
    switch cell {
    case .rnn(let function): try container.encode(function, forKey: .function)
    case .lstm: break
    case .gru(let resetsFirst):
      if resetsFirst { try container.encode(resetsFirst, forKey: .resetsFirst) }
    case .eventGRU(let events):
      try container.encode(events.trainsThresholds, forKey: .trainsThresholds)
      if events.initialThreshold != EventGRU.usualThreshold {
        try container.encode(events.initialThreshold, forKey: .initialThreshold)
      }
      try container.encode(events.damping, forKey: .damping)
      try container.encode(events.support, forKey: .support)
      if events.surrogate != .event { try container.encode(events.surrogate, forKey: .surrogate) }
      try container.encodeIfPresent(events.resetInterval, forKey: .resetInterval)
    }
  }
}
