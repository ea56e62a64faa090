/// In JSON a layer is an object whose "kind" names it, with its sizes beside that:
///
///     {"kind": "dense", "outputs": 192}
///     {"kind": "residual", "layers": [{"kind": "normalization"}, …]}
extension Layer: Codable {
  private enum Kind: String, Codable {
    case dense, normalization, linearRecurrence, activation, gate, residual
    case rnn, lstm, gru, eventGRU

    /// Of the object besides its kind.
    var keys: [String] {
      switch self {
      case .dense: ["outputs"]
      case .normalization, .gate: []
      case .linearRecurrence: LinearRecurrenceLayer.Key.allCases.map(\.rawValue)
      case .activation: [Key.function.rawValue]
      case .residual: [Key.layers.rawValue]
      case .rnn: RecurrentLayer.Kind.rnn.keys
      case .lstm: RecurrentLayer.Kind.lstm.keys
      case .gru: RecurrentLayer.Kind.gru.keys
      case .eventGRU: RecurrentLayer.Kind.eventGRU.keys
      }
    }
  }

  private enum Key: String, CodingKey {
    case kind, function, layers
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let kind = try container.decode(Kind.self, forKey: .kind)
    try decoder.refuseKeys(besides: [Key.kind.rawValue] + kind.keys)
    switch kind {
    case .dense: self = .dense(try DenseLayer(from: decoder))
    case .normalization: self = .normalization
    case .linearRecurrence: self = .linearRecurrence(try LinearRecurrenceLayer(from: decoder))
    case .activation:
      self = .activation(try container.decode(ActivationFunction.self, forKey: .function))
    case .gate: self = .gate
    case .rnn: self = .recurrent(try RecurrentLayer(.rnn, from: decoder))
    case .lstm: self = .recurrent(try RecurrentLayer(.lstm, from: decoder))
    case .gru: self = .recurrent(try RecurrentLayer(.gru, from: decoder))
    case .eventGRU: self = .recurrent(try RecurrentLayer(.eventGRU, from: decoder))
    case .residual: self = .residual(try container.decode([Layer].self, forKey: .layers))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .dense(let dense):
      try container.encode(Kind.dense, forKey: .kind)
      try dense.encode(to: encoder)
    case .normalization: try container.encode(Kind.normalization, forKey: .kind)
    case .linearRecurrence(let recurrence):
      try container.encode(Kind.linearRecurrence, forKey: .kind)
      try recurrence.encode(to: encoder)
    case .activation(let function):
      try container.encode(Kind.activation, forKey: .kind)
      try container.encode(function, forKey: .function)
    case .gate: try container.encode(Kind.gate, forKey: .kind)
    case .recurrent(let recurrent):
      try container.encode(recurrent.kind, forKey: .kind)
      try recurrent.encode(to: encoder)
    case .residual(let layers):
      try container.encode(Kind.residual, forKey: .kind)
      try container.encode(layers, forKey: .layers)
    }
  }
}

extension LinearRecurrenceLayer {
  fileprivate enum Key: String, CodingKey, CaseIterable {
    case states, discretization, conjugateSymmetry, rectifiesState, hasBias, maximumTimeConstant
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(
      states: try container.decode(Int.self, forKey: .states),
      discretization: try container.decodeIfPresent(Discretization.self, forKey: .discretization)
        ?? .zeroOrderHold,
      conjugateSymmetry: try container.decodeIfPresent(Bool.self, forKey: .conjugateSymmetry)
        ?? true,
      rectifiesState: try container.decodeIfPresent(Bool.self, forKey: .rectifiesState) ?? false,
      hasBias: try container.decodeIfPresent(Bool.self, forKey: .hasBias) ?? false,
      maximumTimeConstant: try container.decodeIfPresent(Float.self, forKey: .maximumTimeConstant))
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(states, forKey: .states)
    try container.encode(discretization, forKey: .discretization)
    try container.encode(conjugateSymmetry, forKey: .conjugateSymmetry)
    try container.encode(rectifiesState, forKey: .rectifiesState)
    // Left out where there is none, so that older files stay as they are and older readers read them.
    if hasBias { try container.encode(hasBias, forKey: .hasBias) }
    try container.encodeIfPresent(maximumTimeConstant, forKey: .maximumTimeConstant)
  }
}
