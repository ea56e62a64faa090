#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An error in a model file.
public enum ModelFileError: Error, Equatable, CustomStringConvertible {
  /// Not a whole safetensors file.
  case malformed(String)
  /// A safetensors file without a network of Sparrow's.
  case notANetwork
  /// Written by a version that this one does not know.
  case unsupportedVersion(Int)
  /// The file is whole, and the network in it makes no sense.
  case invalid(NetworkError)

  public var description: String {
    switch self {
    case .malformed(let reason): "not a valid model file: \(reason.onOneLine)"
    case .notANetwork:
      "a safetensors file without a network: its metadata has no \"\(ModelFile.key)\""
    case .unsupportedVersion(let version):
      "the model file has version \(version); this program reads versions 1 to "
        + "\(ModelFile.latestVersion), without \(ModelFile.codedVersion): make such a file anew by "
        + "`sparrow quantize` from the network before it"
    case .invalid(let error): "not a valid network: \(error)"
    }
  }
}

/// How a network lies in a safetensors file: its parameters as tensors, its description as JSON in
/// the metadata.
enum ModelFile {
  static let key = "sparrow.network"
  /// Version 2 has tensors that are stored without their zeros, version 3 networks in fixed point,
  /// version 5 matrices in 8 bits. Version 6 has all of that, with a shorter code for zeros and a
  /// checksum for networks in fixed point. Versions 2, 3 and 5 are read and no longer written;
  /// version 4 had networks in fixed point in one coded tensor, and is not read.
  static let latestVersion = 6
  static let codedVersion = 4
  /// The first whose zeros are in the shorter code.
  static let sparseVersion = 6

  /// Refuses files of few bytes that ask for much memory: zeros are stored in next to none.
  ///
  /// Parameters may take 64 MiB, or 256 times the file's own bytes where that is more, which is an
  /// eighth of a bit a weight.
  static func checkSize(
    _ parameters: [ParameterDescription], fileBytes: Int
  ) throws(ModelFileError) {
    var left = max(64 << 20, fileBytes * 256) / 4
    for parameter in parameters {
      // As far as it fits: a product of sizes may be larger than an integer.
      var count = 1
      for size in parameter.shape {
        count = count > left / max(size, 1) ? left + 1 : count * size
      }
      guard count <= left else {
        throw .malformed(
          "its parameters take more than 64 MiB, and more than 256 times the file's "
            + "\(fileBytes) bytes")
      }
      left -= count
    }
  }

  struct Version: Codable {
    var version: Int
  }

  struct Description: Codable {
    var version: Int
    var inputWidth: Int
    var layers: [Layer]
    var frontEnd: FrontEnd?
    var quantization: FixedPointDescription?
    var information: [String: String]

    init(
      version: Int, inputWidth: Int, layers: [Layer], frontEnd: FrontEnd?,
      quantization: FixedPointDescription?, information: [String: String]
    ) {
      self.version = version
      self.inputWidth = inputWidth
      self.layers = layers
      self.frontEnd = frontEnd
      self.quantization = quantization
      self.information = information
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
      version = try values.decode(Int.self, forKey: .version)
      inputWidth = try values.decode(Int.self, forKey: .inputWidth)
      layers = try values.decode([Layer].self, forKey: .layers)
      frontEnd = try values.decodeIfPresent(FrontEnd.self, forKey: .frontEnd)
      quantization = try values.decodeIfPresent(FixedPointDescription.self, forKey: .quantization)
      information = try values.decode([String: String].self, forKey: .information)
    }
  }
}

extension Network {
  /// Reads a model file.
  ///
  /// - Throws: ``ModelFileError`` where the file is truncated, is not a model file, has a future
  ///   version, or holds a network whose shapes or values make no sense.
  public init(modelFile bytes: [UInt8]) throws(ModelFileError) {
    var file = try SafeTensors(bytes: bytes)
    guard let json = file.metadata[ModelFile.key] else { throw .notANetwork }
    guard !file.isDamaged else {
      throw .malformed("the file is damaged: its contents don't have the checksum that it gives")
    }
    let description: ModelFile.Description
    do throws(JSONSyntax.Problem) {
      try JSONSyntax.check(json.utf8)
    } catch {
      throw .malformed("the description of the network: \(error)")
    }
    do {
      let data = Data(json.utf8)
      let version = try JSONDecoder().decode(ModelFile.Version.self, from: data).version
      guard (1...ModelFile.latestVersion).contains(version), version != ModelFile.codedVersion
      else {
        throw ModelFileError.unsupportedVersion(version)
      }
      description = try JSONDecoder().decode(ModelFile.Description.self, from: data)
    } catch let error as ModelFileError {
      throw error
    } catch let error as DecodingError {
      throw .malformed("the description of the network: \(error.summary)")
    } catch {
      throw .malformed("the description of the network is not JSON")
    }
    do throws(NetworkError) {
      // Before there are shapes to trust.
      try Network.validate(
        inputWidth: description.inputWidth, layers: description.layers,
        frontEnd: description.frontEnd)
    } catch {
      throw .invalid(error)
    }
    let parameters = description.layers.parameters(
      inputWidth: description.inputWidth, path: "")
    try ModelFile.checkSize(parameters, fileBytes: bytes.count)
    if let fixedPoint = description.quantization {
      let (quantization, integers) = try fixedPoint.read(
        from: &file, parameters, version: description.version)
      do throws(NetworkError) {
        try self.init(
          inputWidth: description.inputWidth, layers: description.layers, integers: integers,
          frontEnd: description.frontEnd, quantization: quantization,
          information: description.information)
      } catch {
        throw .invalid(error)
      }
      return
    }
    let shapes = Dictionary(parameters.map { ($0.name, $0.shape) }) { first, _ in first }
    try file.restoreZeros(shapes: shapes, version: description.version)
    try file.applyScales(shapes: shapes)
    do throws(NetworkError) {
      try self.init(
        inputWidth: description.inputWidth, layers: description.layers,
        parameters: file.tensors, frontEnd: description.frontEnd, quantization: nil,
        information: description.information)
    } catch {
      throw .invalid(error)
    }
  }

  /// The bytes of a model file.
  ///
  /// Tensors lie there without their zeros where that takes fewer bytes.
  ///
  /// - Parameter type: how parameters are stored; narrower types round them. As `.int8`, matrices
  ///   have 8 bits and a scale a row, and other parameters single precision. A network in fixed
  ///   point is stored in integers, whatever this says.
  /// - Precondition: the type is none of the other integers.
  public func modelFile(as type: SafeTensors.ElementType = .float32) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var file = SafeTensors()
    if let quantization {
      file.storeIntegers(of: self, quantization)
    } else {
      precondition(!type.isInteger || type == .int8, "parameters are no integers")
      for description in parameterDescriptions {
        let (name, tensor) = (description.name, self[description.name])
        if type == .int8, description.role == .weight || description.role == .stateSpaceMatrix {
          file.storeScaled(tensor, as: name)
        } else {
          file.store(tensor, as: name, type: type == .int8 ? .float32 : type)
        }
      }
    }
    let description = ModelFile.Description(
      version: quantization != nil || file.hasScaledTensors || file.hasSparseTensors ? 6 : 1,
      inputWidth: inputWidth,
      layers: layers, frontEnd: frontEnd,
      quantization: quantization.map(FixedPointDescription.init),
      information: information)
    guard let json = try? encoder.encode(description) else {
      preconditionFailure("a checked network has only finite numbers")
    }
    file.metadata = ["format": "pt", ModelFile.key: String(decoding: json, as: UTF8.self)]
    return (quantization == nil ? file : file.sealed())
      .encode(as: type == .int8 ? .float32 : type)
  }
}

extension DecodingError {
  /// The place in the JSON and what was wrong there, in one line.
  public var summary: String {
    let (context, reason): (Context, String) =
      switch self {
      case .keyNotFound(let key, let context): (context, "\"\(key.stringValue)\" is missing")
      case .typeMismatch(_, let context), .dataCorrupted(let context):
        (context, context.reason)
      case .valueNotFound(_, let context): (context, "a value is missing")
      @unknown default:
        (Context(codingPath: [], debugDescription: ""), "the JSON does not have the expected form")
      }
    let path = context.codingPath
      .map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    return (path.isEmpty ? reason : "at \(path): \(reason)").onOneLine
  }
}

extension DecodingError.Context {
  /// The reason. JSON is checked before it is decoded, so that what Foundation then takes for
  /// no valid JSON is a number that has no room in its type.
  fileprivate var reason: String {
    codingPath.isEmpty && debugDescription.hasPrefix("The given data was not valid JSON")
      ? "a number is outside the range of its type" : debugDescription
  }
}
