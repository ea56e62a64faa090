import CSparrow

/// The diagonal state-space layer S5 (Smith et al. 2023), u and y real of the layer's width H, x
/// complex of P states:
///
///     x_t = Ā x_{t-1} + f (B u_t + b)        y_t = s Re(C g(x_t)) + D u_t + c
///
/// with Λ = min(Re, -1e-4) + i Im, Δ = exp(`logStep`), and, by zero-order hold, Ā = exp(Λ Δ), f =
/// (Ā - 1) / Λ; bilinear, Ā = (1 + Λ Δ / 2) / (1 - Λ Δ / 2), f = Δ / (1 - Λ Δ / 2). s is 2 where
/// states stand for conjugate pairs and 1 where they don't. b and c are zero where the layer has no
/// bias. With a largest time constant of τ frames, 1 / (τ Δ) is taken from Λ.
///
/// Parameters: `eigenvalues.real`, `eigenvalues.imaginary` [P], `logStep` [P], or, for a discrete
/// system, `A.real`, `A.imaginary`, `f.real`, `f.imaginary` [P]; then `B.real`, `B.imaginary` [P,
/// H], `C.real`, `C.imaginary` [H, P], `D` [H]; with a bias, `inputBias.real`,
/// `inputBias.imaginary` [P] (b) and `bias` [H] (c).
public struct LinearRecurrenceLayer: Sendable, Hashable, Codable {
  /// The discretisation of the continuous-time system.
  public enum Discretization: String, Sendable, Codable {
    /// Zero-order hold.
    case zeroOrderHold
    /// The bilinear (Tustin) method.
    case bilinear
    /// The parameters are Ā and f themselves.
    case discrete
  }

  /// The number of complex states, P.
  public var states: Int
  /// The discretisation of the continuous-time system.
  public var discretization: Discretization
  /// Whether each state stands for itself and its conjugate.
  public var conjugateSymmetry: Bool
  /// Whether states whose real part is not positive are read as zero.
  public var rectifiesState: Bool
  /// Whether something is added to what enters the state and to what the layer gives.
  public var hasBias: Bool
  /// Frames in which every state falls to 1/e at the latest; nil for no bound. All states decay by
  /// exp(-1/τ) a frame beside what their eigenvalues say (Re Λ Δ - 1/τ), so that the gradient never
  /// vanishes at the bound; bilinear discretisation keeps to it up to the cube of 1/τ. A discrete
  /// system has none of its own.
  public var maximumTimeConstant: Float?

  /// A linear recurrence.
  public init(
    states: Int, discretization: Discretization = .zeroOrderHold, conjugateSymmetry: Bool = true,
    rectifiesState: Bool = false, hasBias: Bool = false, maximumTimeConstant: Float? = nil
  ) {
    self.states = states
    self.discretization = discretization
    self.conjugateSymmetry = conjugateSymmetry
    self.rectifiesState = rectifiesState
    self.hasBias = hasBias
    self.maximumTimeConstant = maximumTimeConstant
  }

  /// The largest real part that an eigenvalue is used with.
  public static let stabilityBound: Float = -1e-4
  /// A step of e^80 frames forgets everything; longer ones would overflow.
  static let largestLogStep: Float = 80
}

extension LinearRecurrenceLayer: LayerRule {
  package static var kinds: [String] { ["linearRecurrence"] }
  package static func keys(ofKind kind: String) -> [String] { Key.allCases.map(\.rawValue) }
  package init(kind: String, from decoder: any Decoder) throws { try self.init(from: decoder) }
  package var kind: String { "linearRecurrence" }
  package func encodeMembers(to encoder: any Encoder) throws { try encode(to: encoder) }
  package var layer: Layer { .linearRecurrence(self) }
  package var title: String { "linear recurrence" }

  package func parameters(inputWidth width: Int, path: String) -> [ParameterDescription] {
    /// Both parts of a complex parameter.
    func complex(
      _ name: String, _ axes: [ParameterAxis], _ role: ParameterRole,
      _ fixedPoint: ParameterGroup.Kind?, besides: Bool = false
    ) -> [ParameterDescription] {
      ["real", "imaginary"].map { part in
        ParameterDescription(
          "\(path).\(name).\(part)", axes.map { $0 == .states ? states : width }, axes, role,
          group: "\(path).\(name)",
          part: part == "real" ? .real : .imaginary(besides: besides), fixedPoint: fixedPoint)
      }
    }
    // With a bound, a step may not be so short that 1 / Δ overflows.
    let shortest =
      maximumTimeConstant == nil ? -Float.greatestFiniteMagnitude : -Self.largestLogStep
    let system =
      discretization == .discrete
      ? complex("A", [.states], .stateSpace, .system)
        + complex("f", [.states], .stateSpace, .factor)
      : complex("eigenvalues", [.states], .stateSpace, nil) + [
        ParameterDescription(
          "\(path).logStep", [states], [.states], .stateSpace,
          range: shortest...Self.largestLogStep)
      ]
    let matrices =
      complex("B", [.states, .inputs], .stateSpaceMatrix, .weights)
      + complex("C", [.outputs, .states], .stateSpaceMatrix, .weights, besides: true) + [
        ParameterDescription(
          "\(path).D", [width], [.outputs], .stateSpace, fixedPoint: .feedThrough)
      ]
    let biases =
      hasBias
      ? complex("inputBias", [.states], .bias, .bias) + [
        ParameterDescription("\(path).bias", [width], [.outputs], .bias, fixedPoint: .bias)
      ] : []
    return system + matrices + biases
  }

  package func validate(inputWidth: Int, path: String) throws(NetworkError) {
    try Limits.check(states, "\(path): states")
    guard let bound = maximumTimeConstant else { return }
    guard discretization != .discrete else {
      throw .invalid(
        "\(path): a discrete system has its time constants in A; expected no maximumTimeConstant")
    }
    guard bound >= 1, bound.isFinite else {
      throw .invalid("\(path): maximumTimeConstant is \(bound); expected at least 1 frame")
    }
  }

  package func recurrentWidth(inputWidth: Int) -> Int? { inputWidth }

  // MARK: Folding

  package var foldsAffine: Bool { true }

  /// B takes in the map's scale and, as its bias, what B makes of the map's shift; so does D.
  package func fold(
    _ affine: Affine?, into folding: inout Folding, _ place: LayerPlace, to newPath: String
  ) throws(NetworkError) -> Layer {
    func values(_ name: String) -> [Float] { folding.network["\(place.path).\(name)"].values }
    func biases(_ name: String, _ count: Int) -> [Float] {
      hasBias ? values(name) : zeros(count)
    }
    let width = place.width
    folding.copyParameters(of: place, to: newPath)
    var b = MatrixToPack(
      rows: 2 * states, columns: width, weights: values("B.real") + values("B.imaginary"),
      bias: biases("inputBias.real", states) + biases("inputBias.imaginary", states))
    var d = values("D")
    var bias = biases("bias", width)
    if let affine {
      b.fold(affine)
      for i in d.indices {
        bias[i] += d[i] * affine.shift[i]
        d[i] *= affine.scale[i]
      }
    }
    func set(_ name: String, _ shape: [Int], _ values: some Sequence<Float>) {
      folding.parameters["\(newPath).\(name)"] = Tensor(shape: shape, values: Array(values))
    }
    let inputBias = b.bias ?? []
    set("B.real", [states, width], b.weights[..<(states * width)])
    set("B.imaginary", [states, width], b.weights[(states * width)...])
    set("D", [width], d)
    set("inputBias.real", [states], inputBias[..<states])
    set("inputBias.imaginary", [states], inputBias[states...])
    set("bias", [width], bias)
    var layer = self
    layer.hasBias = true
    return .linearRecurrence(layer)
  }

  // MARK: Packing

  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    values.transform(to: place.width, by: &packer) { packer, input, output, affine in
      var record = sparrow_layer(
        SPARROW_LAYER_LINEAR_RECURRENCE, input: input, output: output)
      let stored = padded(states)
      record.function =
        rectifiesState
        ? SPARROW_ACTIVATION_RELU.rawValue : SPARROW_ACTIVATION_NONE.rawValue
      record.states = UInt32(stored)
      record.multiplications = UInt32(8 * states + place.width)
      record.state = UInt32(packer.stateCount)
      if let integers = packer.integers(at: place.path, as: IntegerRecurrence.self) {
        pack(integers, place, into: &packer, &record)
      } else {
        pack(place, into: &packer, &record, folding: affine)
      }
      packer.appendStates(states, stored: stored, place.path, at: packer.stateCount)
      packer.stateCount += 2 * stored
    }
  }

  /// The record in single precision.
  private func pack(
    _ place: LayerPlace, into packer: inout Packer, _ record: inout sparrow_layer,
    folding affine: Affine?
  ) {
    let (path, width) = (place.path, place.width)
    let network = packer.network
    func values(_ name: String) -> [Float] { network["\(path).\(name)"].values }
    let stored = padded(states)

    // B: real rows, then imaginary rows, each padded, so that a state's parts are vectors.
    let padding = zeros((stored - states) * width)
    var b = MatrixToPack(
      rows: 2 * stored, columns: width,
      weights: values("B.real") + padding + values("B.imaginary") + padding,
      ownRows: 2 * states)
    var d = values("D")
    var bias = zeros(width)
    if hasBias {
      let padding = zeros(stored - states)
      b.bias = values("inputBias.real") + padding + values("inputBias.imaginary") + padding
      bias = values("bias")
    }
    if let affine {
      b.fold(affine)
      for i in bias.indices { bias[i] += d[i] * affine.shift[i] }
      d = zip(d, affine.scale).map { $0 * $1 }
    }

    // s Re(C x) as a real matrix on [Re x, Im x].
    let scale: Float = conjugateSymmetry ? 2 : 1
    var c = zeros(width * 2 * stored)
    let cReal = values("C.real")
    let cImaginary = values("C.imaginary")
    for row in 0..<width {
      for state in 0..<states {
        c[row * 2 * stored + state] = scale * cReal[row * states + state]
        c[row * 2 * stored + stored + state] = -scale * cImaginary[row * states + state]
      }
    }

    var a = zeros(2 * stored)
    var f = zeros(2 * stored)
    let system = system(values)
    for i in 0..<states {
      (a[i], a[stored + i]) = (Float(system.a[i].real), Float(system.a[i].imaginary))
      (f[i], f[stored + i]) = (Float(system.f[i].real), Float(system.f[i].imaginary))
    }

    let work = packer.scratch.allocate(2 * stored)
    record.work = work.offset
    record.matrices.0 = packer.append(b, named: "\(path).B")
    record.matrices.1 = packer.append(
      MatrixToPack(
        rows: width, columns: 2 * stored, weights: c,
        bias: affine == nil && !hasBias ? nil : bias, ownColumns: 2 * states),
      named: "\(path).C")
    record.vectors.0 = packer.image.append(a)
    record.vectors.1 = packer.image.append(f)
    record.vectors.2 = packer.image.append(d + zeros(padded(width) - width))
    packer.append(record, of: path)
    packer.scratch.release(work)
  }
}

// MARK: In JSON

extension LinearRecurrenceLayer {
  fileprivate enum Key: String, CodingKey, CaseIterable {
    case states, discretization, conjugateSymmetry, rectifiesState, hasBias, maximumTimeConstant
  }

  /// Reads an object; missing keys have their defaults, unknown ones are refused.
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

  /// Writes the keys; `hasBias` and `maximumTimeConstant` only if they are set.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(states, forKey: .states)
    try container.encode(discretization, forKey: .discretization)
    try container.encode(conjugateSymmetry, forKey: .conjugateSymmetry)
    try container.encode(rectifiesState, forKey: .rectifiesState)
    // Left out where there is none, so that older files stay as they are and older readers read
    // them.
    if hasBias { try container.encode(hasBias, forKey: .hasBias) }
    try container.encodeIfPresent(maximumTimeConstant, forKey: .maximumTimeConstant)
  }
}
