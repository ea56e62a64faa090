package import Sparrow

/// A network whose tensors another framework saved under names of its own, and why it cannot be
/// brought in.
package struct ImportError: Error, CustomStringConvertible, Equatable {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// A state dict of PyTorch, as `safetensors.torch.save_file` writes it: tensors by the names of
/// modules, without their order and without functions.
///
/// Gates, weights and biases have PyTorch's layout, which is Sparrow's too: i, f, g, o and r, z, n,
/// rows of weights for outputs.
package struct StateDictionary {
  private let tensors: [String: Tensor]
  private var used: Set<String> = []

  /// Names that wrappers put before all others: DataParallel and torch.compile.
  private static let wrappers = ["module.", "_orig_mod."]

  /// Reads a safetensors file.
  ///
  /// - Throws: `ModelFileError` for other bytes.
  package init(_ bytes: [UInt8]) throws(ModelFileError) {
    // A counter of batches is an integer, and of no use here.
    var tensors = try SafeTensors(
      bytes: bytes, leavingOut: { $0.hasSuffix(".num_batches_tracked") }
    )
    .tensors
    for wrapper in Self.wrappers + Self.wrappers
    where !tensors.isEmpty && tensors.keys.allSatisfy({ $0.hasPrefix(wrapper) }) {
      tensors = Dictionary(
        uniqueKeysWithValues: tensors.map { (String($0.dropFirst(wrapper.count)), $1) })
    }
    self.tensors = tensors
  }

  /// The beginnings of names up to their last dot, in order.
  private var modules: [String] {
    Set(tensors.keys.map { $0.split(separator: ".").dropLast().joined(separator: ".") }).sorted {
      $0.compare($1, options: .numeric) == .orderedAscending
    }
  }

  /// Makes a network.
  ///
  /// - Parameter items: the layers in order, each the name of a module, the name of a function
  ///   (relu, tanh, sigmoid, gelu for its approximation by tanh), or NAME:KIND where the tensors do
  ///   not say it: `norm:layer` or `norm:rms`, `rnn:tanh` or `rnn:relu`.
  /// - Throws: ``ImportError`` for tensors that belong to no layer, layers that are none of these,
  ///   and layers that do not fit each other.
  package mutating func network(_ items: [String]) throws(ImportError) -> Network {
    guard !items.isEmpty else {
      throw ImportError(
        "a state dict holds neither the order of its layers nor the functions between them; give "
          + "both, as in --layers \(modules.joined(separator: ",")) with relu, tanh, sigmoid or "
          + "gelu where they belong")
    }
    var builder = LayerBuilder()
    for item in items { try add(item, to: &builder) }
    if let name = tensors.keys.filter({ !used.contains($0) }).min() {
      throw ImportError(
        "the tensor \(name) of shape \(NumberArray.text(tensors[name]!.shape)) belongs to no layer "
          + "that was named")
    }
    return try builder.network()
  }

  private mutating func add(_ item: String, to builder: inout LayerBuilder) throws(ImportError) {
    let parts = item.split(separator: ":", maxSplits: 1).map(String.init)
    let name = parts.first ?? ""
    let kind = parts.count == 2 ? parts[1] : nil
    let found = tensors.keys.filter { $0.hasPrefix(name + ".") && !name.isEmpty }
    if found.isEmpty, kind == nil, let function = ActivationFunction(rawValue: name) {
      return builder.add(.activation(function), [:])
    }
    guard !found.isEmpty else {
      throw ImportError(
        "\"\(item)\" is neither a function nor one of \(modules.joined(separator: ", "))")
    }
    used.formUnion(found)
    let own = Dictionary(
      uniqueKeysWithValues: found.map { (String($0.dropFirst(name.count + 1)), tensors[$0]!) })
    try ModuleRule(name: name, tensors: own, kind: kind).add(to: &builder)
  }
}

/// Layers with their parameters, in order.
struct LayerBuilder {
  private var layers: [Layer] = []
  private var parameters: [String: Tensor] = [:]
  /// Values in a frame; nil before a layer says it.
  private(set) var inputWidth: Int?

  /// Adds a layer.
  ///
  /// - Parameters:
  ///   - own: the parameters by their names in the layer.
  ///   - width: the width of the input, where the layer says it.
  mutating func add(_ layer: Layer, _ own: [String: Tensor], inputWidth width: Int? = nil) {
    for (name, tensor) in own { parameters["layers.\(layers.count).\(name)"] = tensor }
    layers.append(layer)
    if inputWidth == nil { inputWidth = width }
  }

  func network() throws(ImportError) -> Network {
    guard let inputWidth else { throw ImportError("no layer says how wide a frame is") }
    do throws(NetworkError) {
      return try Network(
        inputWidth: inputWidth, layers: layers, parameters: parameters,
        information: ["source": "PyTorch", "sparrowVersion": sparrowVersion])
    } catch {
      throw ImportError("the layers do not fit each other: \(error)")
    }
  }
}
