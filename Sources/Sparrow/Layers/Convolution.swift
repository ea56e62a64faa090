import CSparrow
import SparrowCore

/// A causal convolution in time: y_t = Σ_j W_j x_{t - (k - 1 - j) d} + b for j from 0 to k - 1, k
/// being the kernel and d the dilation, in frames; frames before the first are zero. With g groups,
/// each of the g equal parts of the output sees the same part of the input alone; g = width is a
/// depthwise convolution.
///
/// Parameters, with D inputs: `weight` [outputs, k D / g], in a row the taps from the oldest to the
/// newest, each with the inputs of the row's group; `bias` [outputs]. That is PyTorch's `Conv1d(D,
/// outputs, k, dilation: d, groups: g).weight` with its last two axes exchanged, after `(k - 1) d`
/// frames of padding on the left.
public struct ConvolutionLayer: Sendable, Hashable {
  /// The width of the output.
  public var outputs: Int
  /// k: taps.
  public var kernel: Int
  /// d: frames between taps.
  public var dilation: Int
  /// g: equal parts of the input and the output that do not see each other.
  public var groups: Int

  /// A convolution.
  ///
  /// - Parameters: as the properties of these names.
  public init(outputs: Int, kernel: Int, dilation: Int = 1, groups: Int = 1) {
    self.outputs = outputs
    self.kernel = kernel
    self.dilation = dilation
    self.groups = groups
  }

  /// Frames that the layer remembers.
  public var history: Int { (kernel - 1) * dilation }
}

extension ConvolutionLayer: LayerRule {
  private enum Key: String, CodingKey, CaseIterable { case outputs, kernel, dilation, groups }

  package static var kinds: [String] { ["convolution"] }
  package static func keys(ofKind kind: String) -> [String] { Key.allCases.map(\.rawValue) }
  package init(kind: String, from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(
      outputs: try container.decode(Int.self, forKey: .outputs),
      kernel: try container.decode(Int.self, forKey: .kernel),
      dilation: try container.decodeIfPresent(Int.self, forKey: .dilation) ?? 1,
      groups: try container.decodeIfPresent(Int.self, forKey: .groups) ?? 1)
  }
  package var kind: String { "convolution" }
  package func encodeMembers(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(outputs, forKey: .outputs)
    try container.encode(kernel, forKey: .kernel)
    try container.encode(dilation, forKey: .dilation)
    try container.encode(groups, forKey: .groups)
  }
  package var layer: Layer { .convolution(self) }

  package func outputWidth(for width: Int) -> Int { outputs }

  package func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    [
      ParameterDescription(
        "\(path).weight", [outputs, kernel * inputWidth / max(groups, 1)], [.outputs, .taps],
        .weight, fixedPoint: .weights),
      ParameterDescription("\(path).bias", [outputs], [.outputs], .bias, fixedPoint: .bias),
    ]
  }

  package func validate(inputWidth: Int, path: String) throws(NetworkError) {
    try Limits.check(outputs, "\(path): outputs")
    try Limits.check(kernel, "\(path): kernel")
    try Limits.check(dilation, "\(path): dilation")
    try Limits.check(groups, "\(path): groups")
    guard inputWidth % groups == 0, outputs % groups == 0 else {
      throw .invalid(
        "\(path): \(inputWidth) inputs and \(outputs) outputs cannot be cut into "
          + "\(groups) groups of one size")
    }
    // Packing lays groups out as the matrix that they are part of; the history is a stream's
    // memory.
    guard outputs * kernel * inputWidth <= Limits.parameters else {
      throw .invalid(
        "\(path): \(outputs) outputs of \(kernel) frames of \(inputWidth); expected at most "
          + "\(Limits.parameters) products")
    }
    guard kernel * padded(inputWidth) <= Self.longest, kernel * dilation <= Self.longest else {
      throw .invalid(
        "\(path): \(kernel) frames of \(inputWidth) values, \(dilation) apart; expected at most "
          + "\(Self.longest) values and frames")
    }
  }

  private static let longest = 1 << 20

  package var channels: ChannelOrder { .fixed }

  // MARK: Packing

  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    // Frames before the first are zero after a normalisation too, so it cannot go into the weights.
    _ = values.settle(&packer, toChange: false)
    values.transform(to: outputs, by: &packer) { packer, input, output, _ in
      var record = sparrow_layer(SPARROW_LAYER_CONVOLUTION, input: input, output: output)
      let (path, width) = (place.path, place.width)
      record.taps = UInt32(kernel)
      record.dilation = UInt32(dilation)
      record.states = UInt32(input.width)
      record.state = UInt32(packer.stateCount)
      let weightName = "\(path).weight"
      if let integers = packer.integers(at: path, as: IntegerDense.self) {
        var matrix = integers.matrix
        matrix.weights = spread(matrix.weights, width, to: input.width)
        matrix.columns = kernel * input.width
        record.matrices.0 = packer.append(
          matrix, named: weightName, ownRows: outputs / groups, ownColumns: kernel * width)
        record.vectors.0 = packer.image.append(padded(integers.shifts))
        let words = Int(IntegerWork(record).count) + kernel * input.width / 2
        let work = packer.scratch.allocate(words * packer.scratch.valuesPerWord)
        record.work = work.offset
        packer.append(record, of: path)
        packer.scratch.release(work)
      } else {
        let work = packer.scratch.allocate(kernel * input.width)
        record.work = work.offset
        record.matrices.0 = packer.append(
          MatrixToPack(
            rows: outputs, columns: kernel * input.width,
            weights: spread(packer.network[weightName].values, width, to: input.width),
            bias: packer.network["\(path).bias"].values, ownRows: outputs / groups,
            ownColumns: kernel * width), named: weightName)
        packer.append(record, of: path)
        packer.scratch.release(work)
      }
      appendState(to: &packer, width: width, stored: input.width)
    }
  }

  /// The weights as a matrix for whole frames of `stored` values, with the zeros between groups.
  private func spread<Weight: Numeric>(
    _ weights: [Weight], _ width: Int, to stored: Int
  ) -> [Weight] {
    let (own, rows) = (width / groups, outputs / groups)
    var result = [Weight](repeating: 0, count: outputs * kernel * stored)
    for row in 0..<outputs {
      for tap in 0..<kernel {
        let from = (row * kernel + tap) * own
        let to = (row * kernel + tap) * stored + row / rows * own
        for i in 0..<own { result[to + i] = weights[from + i] }
      }
    }
    return result
  }

  /// The frames of the ring without their padding, and where it begins.
  private func appendState(to packer: inout Packer, width: Int, stored: Int) {
    guard history > 0 else { return }
    let perWord = packer.scratch.valuesPerWord
    let words = stored / perWord
    for frame in 0..<history {
      packer.segments.append(
        sparrow_plan_segment(
          start: UInt32(packer.stateCount + frame * words),
          count: UInt32((width + perWord - 1) / perWord)))
    }
    packer.segments.append(
      sparrow_plan_segment(start: UInt32(packer.stateCount + history * words), count: 1))
    packer.stateCount += history * words + 16
  }

  // MARK: Fixed point

  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int {
    DenseLayer(outputs: outputs).chooseExponents(place, x, in: &quantizer)
  }

  /// As of a dense layer, over the frames of all taps.
  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    try DenseLayer(outputs: outputs).makeIntegers(place, x, in: &builder)
  }
}
