import Foundation
import TestSupport
import Testing

@testable import Sparrow

/// Files that are refused, each with what was wrong.
struct BadModelFileTests {
  private let network: Network
  private let bytes: [UInt8]

  init() throws {
    network = try SmallNetwork(
      testDescription: "", inputWidth: 3,
      layers: [.dense(DenseLayer(outputs: 4)), .residual([.normalization, .gate])]
    ).network
    bytes = network.modelFile()
  }

  private var headerCount: Int { Int(bytes[0]) + Int(bytes[1]) << 8 }

  /// What is said of the bytes; nil where they are taken.
  private func refusal(_ bytes: [UInt8]) -> String? {
    do throws(ModelFileError) {
      _ = try Network(modelFile: bytes)
      return nil
    } catch {
      return error.description
    }
  }

  private func expectRefusal(
    _ bytes: [UInt8], _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let refusal = refusal(bytes)
    for part in parts {
      #expect(
        refusal?.contains(part) == true, "\(refusal ?? "taken")", sourceLocation: sourceLocation)
    }
  }

  /// The file with another header and the same data.
  private func replacingHeader(_ header: [UInt8]) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
      + bytes[(8 + headerCount)...]
  }

  private func replacing(_ text: String, with other: String) throws -> [UInt8] {
    let header = String(decoding: bytes[8..<8 + headerCount], as: UTF8.self)
    try #require(header.contains(text))
    return replacingHeader(Array(header.replacingOccurrences(of: text, with: other).utf8))
  }

  private func withParameters(_ change: (inout [String: Tensor]) -> Void) throws -> [UInt8] {
    var file = try SafeTensors(bytes: bytes)
    change(&file.tensors)
    return file.encode()
  }

  @Test func wholeFileIsTaken() { #expect(refusal(bytes) == nil) }

  @Test func truncatedAnywhere() {
    for count in 0..<bytes.count {
      let refusal = refusal(Array(bytes[..<count]))
      #expect(refusal?.contains(count < 8 ? "at least 8" : "truncated") == true)
    }
  }

  @Test func notAModelFileAtAll() {
    expectRefusal(Array("RIFF\0\0\0\0WAVEfmt ".utf8), "not a model file")
    expectRefusal(Array(repeating: 0, count: 100), "not the JSON")
    expectRefusal(Array(repeating: 0xff, count: 100), "claims 18446744073709551615 bytes")
  }

  @Test(arguments: [UInt64.max, 1 << 62, 100_000_001, 4096])
  func absurdHeaderLength(_ length: UInt64) {
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    expectRefusal(prefix + bytes[8...], "the header claims \(length) bytes")
  }

  /// Zeros take next to no bytes; memory for them is asked for by few.
  @Test func fewBytesThatAskForMuchMemory() throws {
    let values = [Float](repeating: 0.5, count: 8192)
    let network = try Network(
      inputWidth: 1, layers: [.dense(DenseLayer(outputs: 8192))],
      parameters: [
        "layers.0.weight": Tensor(shape: [8192, 1], values: values),
        "layers.0.bias": Tensor(shape: [8192], values: values),
      ])
    var file = try SafeTensors(bytes: network.modelFile())
    let key = "sparrow.network"
    file.metadata[key] = file.metadata[key]!.replacingOccurrences(
      of: "\"inputWidth\":1", with: "\"inputWidth\":8192")
    file.tensors = [:]
    expectRefusal(file.encode(), "256 times")
  }

  @Test func headersThatAreNotJSON() {
    expectRefusal(replacingHeader([0xff, 0xfe, 0x80]), "not the JSON")
    expectRefusal(replacingHeader(Array("{\"a\":".utf8)), "not the JSON")
    expectRefusal(replacingHeader(Array("[1, 2]".utf8)), "not the JSON")
    expectRefusal(replacingHeader(Array("{\"a\": 3}".utf8)), "not the JSON")
    let deep = String(repeating: "[", count: 100_000)
    expectRefusal(replacingHeader(Array(deep.utf8)), "not the JSON")
  }

  @Test func tensorsThatReachOutside() throws {
    let shape = #""data_offsets":[0,16],"dtype":"F32","shape":[4]"#
    func with(_ entry: String) throws -> [UInt8] { try replacing(shape, with: entry) }
    let name = "layers.0.bias"
    try expectRefusal(
      with(#""data_offsets":[0,1600000],"dtype":"F32","shape":[400000]"#), name, "truncated")
    try expectRefusal(with(#""data_offsets":[16,0],"dtype":"F32","shape":[4]"#), name)
    try expectRefusal(with(#""data_offsets":[-16,0],"dtype":"F32","shape":[4]"#), name)
    try expectRefusal(with(#""data_offsets":[0],"dtype":"F32","shape":[4]"#), name)
    try expectRefusal(
      with(#""data_offsets":[0,16],"dtype":"F32","shape":[5]"#), name, "takes 20 bytes", "16")
    try expectRefusal(
      with(#""data_offsets":[0,16],"dtype":"I4","shape":[16]"#), name, "I4", "not supported")
    // Sizes whose product overflows.
    try expectRefusal(
      with(#""data_offsets":[0,16],"dtype":"F32","shape":[4611686018427387904,4]"#), name,
      "impossible shape")
    try expectRefusal(
      with(#""data_offsets":[0,16],"dtype":"F32","shape":[-1,-4]"#), name, "impossible shape")
    try expectRefusal(
      with(#""data_offsets":[0,16],"dtype":"F32","shape":[1e30]"#), "not the JSON")
  }

  @Test func tensorsThatOverlap() throws {
    // The bias of the gate on top of the bias of the first layer.
    let file = try SafeTensors(bytes: bytes)
    let names = file.tensors.keys.sorted()
    let first = try #require(names.first)
    var offset = 0
    for name in names where name != "layers.1.layers.1.bias" {
      if name > "layers.1.layers.1.bias" { break }
      offset += 4 * (file.tensors[name]?.count ?? 0)
    }
    try #require(first == "layers.0.bias")
    let overlapping = try replacing(
      "\"data_offsets\":[\(offset),\(offset + 16)]", with: "\"data_offsets\":[0,16]")
    expectRefusal(overlapping, "overlaps")
    expectRefusal(bytes + [0, 0, 0, 0], "4 bytes follow the last tensor")
  }

  @Test func parametersThatDoNotFit() throws {
    try expectRefusal(
      withParameters { $0["layers.0.weight"] = nil }, "layers.0.weight is missing")
    try expectRefusal(
      withParameters { $0["extra"] = Tensor(shape: [1], values: [0]) },
      "the parameter extra belongs to no layer")
    try expectRefusal(
      withParameters { $0["layers.0.weight"] = Tensor(shape: [3, 4], repeating: 0) },
      "layers.0.weight has the shape [3, 4]; expected [4, 3]")
    for value in [Float.nan, .infinity, -.infinity] {
      try expectRefusal(
        withParameters { $0["layers.0.bias"]?.values[2] = value },
        "layers.0.bias has the value \(value) at 2")
    }
    try expectRefusal(
      withParameters { $0["layers.1.layers.0.variance"]?.values[1] = -1 },
      "layers.1.layers.0.variance has the value -1.0 at 1; expected 0.0")
  }

  @Test func otherVersions() throws {
    try expectRefusal(
      replacing(#"\"version\":1"#, with: #"\"version\":7"#), "version 7", "versions 1 to 6")
    expectRefusal(SafeTensors(tensors: network.parameters).encode(), "sparrow.network")
  }

  @Test func descriptionsThatMakeNoSense() throws {
    func with(_ text: String, _ other: String) throws -> [UInt8] {
      try replacing(text, with: other)
    }
    try expectRefusal(with(#"\"kind\":\"gate\""#, #"\"kind\":\"gale\""#), "gale")
    try expectRefusal(with(#"\"inputWidth\":3"#, #"\"inputWidth\":\"x\""#), "inputWidth")
    try expectRefusal(with(#"\"inputWidth\":3"#, #"\"inputWidth\":0"#), "input width is 0")
    try expectRefusal(
      with(#"\"inputWidth\":3"#, #"\"inputWidth\":9223372036854775807"#),
      "input width is 9223372036854775807")
    // One more than an Int holds.
    try expectRefusal(
      with(#"\"inputWidth\":3"#, #"\"inputWidth\":9223372036854775808"#),
      "description of the network", "a number is outside the range of its type")
    try expectRefusal(with(#"\"inputWidth\":3,"#, ""), "\"inputWidth\" is missing")
    try expectRefusal(
      with(#"\"outputs\":4"#, #"\"outputs\":9223372036854775807"#), "layers.0: outputs")
    try expectRefusal(with(#"\"outputs\":4"#, #"\"outputs\":-4"#), "layers.0: outputs is -4")
    try expectRefusal(with(#"\"version\":1"#, #"\"version\":"#), "description of the network")
    let unknownBranch = #"{\"kind\":\"dense\",\"outputs\":5},{\"kind\":\"gate\"}"#
    try expectRefusal(
      with(#"{\"kind\":\"gate\"}"#, unknownBranch), "layers.1", "5 values for 4")
  }

  @Test func descriptionsThatNeverEnd() throws {
    let layers = #"\"layers\":[{\"kind\":\"dense\""#
    let many = String(repeating: #"{\"kind\":\"activation\",\"function\":\"relu\"},"#, count: 1100)
    try expectRefusal(
      replacing(layers, with: #"\"layers\":["# + many + #"{\"kind\":\"dense\""#), "1104 layers")
    let deep = String(repeating: #"{\"kind\":\"residual\",\"layers\":["#, count: 5000)
    try expectRefusal(replacing(layers, with: #"\"layers\":["# + deep), "description")
  }
}
