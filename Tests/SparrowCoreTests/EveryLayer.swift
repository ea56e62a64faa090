import Sparrow
import TestSupport

extension PlanValidationTests {
  /// A small network with a layer of every kind, whose plan has a record of every kind.
  static func everyLayer() throws(NetworkError) -> Network {
    let layers: [Layer] = [
      .normalization, .activation(.tanh), .dense(DenseLayer(outputs: 20)), .activation(.relu),
      .layerNormalization(LayerNormalizationLayer()),
      .convolution(ConvolutionLayer(outputs: 20, kernel: 3, dilation: 2, groups: 2)),
      .residual([
        .normalization, .linearRecurrence(LinearRecurrenceLayer(states: 5, rectifiesState: true)),
        .activation(.gelu), .gate,
      ]),
      .recurrent(RecurrentLayer(.lstm, units: 5)),
      .recurrent(RecurrentLayer(.gru(resetsFirst: true), units: 6)),
      .recurrent(RecurrentLayer(.eventGRU(EventGRU(resetInterval: 3)), units: 4)),
      .dense(DenseLayer(outputs: 3)), .activation(.sigmoid),
    ]
    var numbers = TestNumbers(seed: 1)
    var parameters: [String: Tensor] = [:]
    for (layer, path, width) in layers.placed(inputWidth: 7, path: "") {
      for parameter in layer.parameters(inputWidth: width, path: path) {
        let range: ClosedRange<Float> = parameter.role == .statistic ? 0.5...1 : -1...1
        parameters[parameter.name] = Tensor(
          shape: parameter.shape, values: numbers.floats(parameter.count, in: range))
      }
    }
    return try Network(inputWidth: 7, layers: layers, parameters: parameters)
  }
  /// The same for integers, which have no normalisation that stands alone.
  static func everyLayerInFixedPoint() throws(NetworkError) -> Network {
    let layers: [Layer] = [
      .activation(.tanh), .dense(DenseLayer(outputs: 20)), .activation(.relu),
      .layerNormalization(LayerNormalizationLayer(centers: false)),
      .convolution(ConvolutionLayer(outputs: 20, kernel: 2, dilation: 3)),
      .residual([
        .linearRecurrence(LinearRecurrenceLayer(states: 5, rectifiesState: true)),
        .activation(.gelu), .gate,
      ]),
      .residual([.activation(.relu)]), .recurrent(RecurrentLayer(.lstm, units: 5)),
      .recurrent(RecurrentLayer(.gru(resetsFirst: true), units: 6)),
      .recurrent(RecurrentLayer(.eventGRU(EventGRU(resetInterval: 3)), units: 4)),
      .dense(DenseLayer(outputs: 3)), .activation(.sigmoid),
    ]
    var numbers = TestNumbers(seed: 1)
    var parameters: [String: Tensor] = [:]
    for (layer, path, width) in layers.placed(inputWidth: 7, path: "") {
      for parameter in layer.parameters(inputWidth: width, path: path) {
        parameters[parameter.name] = Tensor(
          shape: parameter.shape, values: numbers.floats(parameter.count))
      }
    }
    var calibration = try Calibration(
      Network(inputWidth: 7, layers: layers, parameters: parameters))
    calibration.add(numbers.floats(7 * 20))
    return try calibration.quantized(.w8a16)
  }
}
