/// Neurons that do the same: a layer, with what is computed from its values one by one.
///
/// In every time step a neuron adds up what comes in, in compartments that its program names, and
/// gives a value; one that is not zero goes out as a graded event. The groups are those of Pierro
/// et al. (2025): one for the encoder, one for the decoder, three for each block.
struct NeuronGroup: Sendable {
  /// The path of the layer that it begins with.
  var name: String
  /// Neurons. A complex state is one, and gives two values.
  var count: Int
  var program: NeuronProgram
  /// Operations on a value afterwards, in order.
  var operations: [NeuronOperation] = []
  var connections: [Connection] = []
  /// How many frames later than the input it gets there: 0 for what reads the input.
  var stage = 0
  /// Of the values that it gives.
  var exponent: Int

  /// Values that it gives.
  var outputs: Int { isComplex ? 2 * count : count }
  var isComplex: Bool {
    if case .state = program { true } else { false }
  }
  /// Updates of a neuron as a chip counts them: both parts of a complex one.
  var updates: Int { isComplex ? 2 : 1 }
  /// Sums that a neuron keeps apart.
  var compartments: Int {
    operations.reduce(program.compartments) {
      if case .sum = $1 { $0 + 1 } else { $0 }
    }
  }
}

/// Synapses from all values of a group, or of the input, to the neurons of another one.
struct Connection: Sendable {
  /// The group that gives the values; nil for the input.
  var source: Int?
  /// From where a value's synapses begin; one more than there are values.
  var offsets: [Int]
  var synapses: [Synapse]
  /// Whether the synapses are those of a matrix, and not one for each neuron.
  var isMatrix: Bool
}

struct Synapse: Sendable {
  var neuron: Int32
  var compartment: Int32
  var weight: Int32
}

/// How a neuron's value comes from its compartments. Numbers by neuron, except where they are one
/// for all; shifts are those of `Documentation/FixedPoint.md`.
enum NeuronProgram: Sendable {
  /// clip(R(c0 + bias, shift)).
  case dense(bias: [Int], shifts: [Int])
  case state(StateProgram)
  /// clip(R(c0 + bias, shift) + R(c1, feedThrough)), c1 being D times an input.
  case readout(bias: [Int], shifts: [Int], feedThrough: Int)
  /// clip(R(c1 · sigmoid(c0 + bias), shift)); sums have an exponent each.
  case gate(bias: [Int], exponents: [Int], shift: Int)
  /// c0.
  case relay

  var compartments: Int {
    switch self {
    case .dense, .relay: 1
    case .state, .readout, .gate: 2
    }
  }
}

/// s ← clip₃₂(R(Ā s, a) + R(f w, f)), w being the compartments, a complex number each; what is
/// given is clip(R(s, read)), or zero where the state is rectified and its real part is not above
/// zero.
struct StateProgram: Sendable {
  var bias: (real: [Int], imaginary: [Int])
  var a: (real: [Int], imaginary: [Int])
  var aShift: Int
  var f: (real: [Int], imaginary: [Int])
  var fShifts: [Int]
  var readShift: Int
  var isRectified: Bool
}

/// An operation on a single value.
enum NeuronOperation: Sendable {
  case rectify
  /// clip(R(g(x), shift)).
  case function(TabulatedFunction, exponent: Int, shift: Int)
  /// clip(R(x · g(x), shift)), which is how GELU is computed.
  case gated(TabulatedFunction, exponent: Int, shift: Int)
  /// clip(R(x · 2^own + c · 2^other, shift)), c being the next compartment: a residual sum.
  case sum(own: Int, other: Int, shift: Int)
}
