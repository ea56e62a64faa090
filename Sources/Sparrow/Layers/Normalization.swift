/// Batch normalisation over sequences and time (Ioffe and Szegedy 2015); with the stored `mean` and
/// `variance` it is an affine map, which packing takes into its neighbours. Parameters, all
/// [width]: `scale`, `shift`, `mean`, `variance`.
public struct NormalizationLayer: Sendable {
  /// Added to the variance.
  public static let epsilon: Float = 1e-5
}

extension NormalizationLayer: LayerRule {
  package static var kinds: [String] { ["normalization"] }
  package init(kind: String, from decoder: any Decoder) throws {}
  package var kind: String { "normalization" }
  package var layer: Layer { .normalization }

  package func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    func parameter(
      _ name: String, _ role: ParameterRole,
      range: ClosedRange<Float> = ParameterDescription.finite
    ) -> ParameterDescription {
      ParameterDescription("\(path).\(name)", [inputWidth], [.inputs], role, range: range)
    }
    return [
      parameter("scale", .normalization), parameter("shift", .normalization),
      parameter("mean", .statistic),
      parameter("variance", .statistic, range: 0 ... .greatestFiniteMagnitude),
    ]
  }

  package func affine(at path: String, of network: Network) -> Affine? {
    let scale = network["\(path).scale"].values
    let shift = network["\(path).shift"].values
    let mean = network["\(path).mean"].values
    let variance = network["\(path).variance"].values
    var affine = Affine(scale: [], shift: [])
    for i in scale.indices {
      let factor =
        Double(scale[i]) / (Double(variance[i]) + Double(Self.epsilon)).squareRoot()
      affine.scale.append(Float(factor))
      affine.shift.append(Float(Double(shift[i]) - Double(mean[i]) * factor))
    }
    return affine
  }

  /// The map waits for a matrix that takes it in.
  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    guard let affine = affine(at: place.path, of: packer.network) else { return }
    values.pending = values.pending.map { $0.followed(by: affine) } ?? affine
  }

  package func activationPlaces(at path: String) -> [String] { [] }
}
