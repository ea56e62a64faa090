import Foundation
import TestSupport
import Testing

@testable import Sparrow

/// Files of networks in fixed point: what they hold, and which are refused.
struct FixedPointFileTests {
  private static let small = SmallNetwork(
    testDescription: "", inputWidth: 3, layers: [.dense(DenseLayer(outputs: 4)), .gate])

  /// What is said of a file; empty where it is taken.
  private static func refusal(_ file: SafeTensors) -> String {
    do throws(ModelFileError) {
      _ = try Network(modelFile: file.encode())
      return ""
    } catch {
      return "\(error)"
    }
  }

  // MARK: Old and new files

  /// The file as version 3 had it: a tensor of integers a parameter, and one of exponents a group.
  private static func version3(_ network: Network) throws -> SafeTensors {
    let quantization = try #require(network.quantization)
    var file = SafeTensors(metadata: try SafeTensors(bytes: network.modelFile()).metadata)
    file.metadata[ModelFile.key]?.replace("\"version\":4", with: "\"version\":3")
    for group in try #require(network.parameterGroups) {
      let exponents = try #require(quantization.parameters[group.name])
      file.tensors["\(group.name).exponents"] = Tensor(
        shape: [exponents.count], values: exponents.map(Float.init))
      file.types["\(group.name).exponents"] = .int8
      let formats = exponents.map { FixedPointFormat(bits: 32, exponent: $0) }
      for parameter in group.parameters {
        let values = network[parameter.name].values
        let columns = max(values.count / formats.count, 1)
        let integers = values.indices.map { Float(formats[$0 / columns].integer(values[$0])) }
        file.store(
          Tensor(shape: parameter.shape, values: integers), as: parameter.name,
          type: group.kind == .weights ? .int8 : group.kind == .system ? .int32 : .int16)
      }
    }
    return file
  }

  @Test(arguments: FixedPointTests.networks, FixedPointTests.schemes)
  func version3IsRead(_ small: SmallNetwork, _ scheme: QuantizationScheme) throws {
    let network = try FixedPointTests.quantized(small, scheme)
    #expect(try Network(modelFile: Self.version3(network).encode()) == network)
  }

  private static func fixture(_ name: String) throws -> [UInt8] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "safetensors"))
    return [UInt8](try Data(contentsOf: url))
  }

  /// A file that version 3 wrote, and the bytes that it has to become for ever.
  @Test func fixturesHoldTheSame() throws {
    let bytes = try Self.fixture("fixed_point")
    let network = try Network(modelFile: bytes)
    #expect(try Network(modelFile: Self.fixture("fixed_point_version3")) == network)
    #expect(network.modelFile() == bytes)
  }

  /// Nine zeros of ten and weights of eight bits take less than the weights alone would.
  @Test func zerosCostNothing() throws {
    var numbers = TestNumbers(seed: 3)
    let (rows, columns) = (200, 300)
    let layers: [Layer] = [.dense(DenseLayer(outputs: rows))]
    let weights = (0..<rows * columns).map { _ in
      let isZero = numbers.float(in: 0...1) > 0.1
      let weight = (0..<4).reduce(Float(0)) { sum, _ in sum + numbers.float(in: -1...1) }
      return isZero ? 0 : weight
    }
    let count = weights.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
    let parent = try Network(
      inputWidth: columns, layers: layers,
      parameters: [
        "layers.0.weight": Tensor(shape: [rows, columns], values: weights),
        "layers.0.bias": Tensor(shape: [rows], repeating: 0),
      ])
    var calibration = try Calibration(parent)
    calibration.add([Float](repeating: 1, count: columns))
    let network = try calibration.quantized(.w8a16)
    let bytes = network.modelFile()
    #expect(try Network(modelFile: bytes) == network)
    #expect(bytes.count < count * 13 / 8 + 600)
  }

  // MARK: Version 3, damaged

  @Test func damagedFilesOfVersion3() throws {
    let file = try Self.version3(FixedPointTests.quantized(Self.small, .w8a16))
    func refusal(_ change: (inout SafeTensors) -> Void) -> String {
      var damaged = file
      change(&damaged)
      return Self.refusal(damaged)
    }
    #expect(refusal { _ in } == "")
    #expect(refusal { $0.tensors["layers.0.weight.exponents"] = nil }.contains("exponents"))
    #expect(
      refusal {
        $0.tensors["layers.0.weight.exponents"] = Tensor(shape: [3], values: [1, 2, 3])
      }.contains("one exponent or 4"))
    #expect(
      refusal { $0.tensors["layers.0.bias.exponents"]!.values[0] = 100 }.contains("-64 to 64"))
    #expect(refusal { $0.types["layers.0.weight"] = nil }.contains("has no integers"))
    #expect(refusal { $0.tensors["layers.0.weight"]!.values[0] = -128 }.contains("not an integer"))
    #expect(refusal { $0.tensors["layers.1.bias"] = nil }.contains("missing"))
    #expect(
      refusal { $0.metadata["sparrow.network"]!.replace("\"layers.0\":", with: "\"layers.9\":") }
        .contains("no exponent"))
  }

  // MARK: Version 4, damaged

  private let network: Network
  private let file: SafeTensors
  /// What is coded, without the checksum.
  private let coded: [UInt8]

  init() throws {
    network = try FixedPointTests.quantized(Self.small, .w8a16)
    file = try SafeTensors(bytes: network.modelFile())
    coded = file.tensors["integers"]!.values.dropLast(4).map { UInt8($0) }
  }

  /// What is said of the file with other bytes, whose checksum is right.
  private func refusal(coded: [UInt8], metadata: [String: String]? = nil) -> String {
    var damaged = file
    let sum = checksum(coded)
    let bytes = coded + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
    damaged.tensors["integers"] = Tensor(shape: [bytes.count], values: bytes.map(Float.init))
    if let metadata { damaged.metadata = metadata }
    return Self.refusal(damaged)
  }

  private func refusal(_ change: (inout SafeTensors) -> Void) -> String {
    var damaged = file
    change(&damaged)
    return Self.refusal(damaged)
  }

  @Test func damagedTensors() {
    #expect(refusal { _ in } == "")
    #expect(refusal { $0.tensors["integers"] = nil }.contains("integers is missing"))
    #expect(refusal { $0.types["integers"] = .int16 }.contains("U8"))
    #expect(refusal { $0.types["integers"] = nil }.contains("U8"))
    #expect(
      refusal { $0.tensors["integers"] = Tensor(shape: [7], repeating: 0) }.contains(
        "at least eight"))
    #expect(
      refusal {
        let values = $0.tensors["integers"]!.values
        $0.tensors["integers"] = Tensor(shape: [1, values.count], values: values)
      }
      .contains("not a vector"))
    #expect(
      refusal { $0.tensors["layers.0.bias"] = Tensor(shape: [4], repeating: 0) }
        .contains("layers.0.bias is not expected"))
    #expect(
      refusal { $0.metadata["sparrow.network"]!.replace("\"layers.0\":", with: "\"layers.9\":") }
        .contains("no exponent"))
    #expect(
      refusal {
        $0.metadata["sparrow.network"]!.replace("\"weightBits\":8", with: "\"weightBits\":99")
      }
      .contains("w99a16"))
  }

  /// Any change of the coded bytes is noticed.
  @Test func everyFlippedBit() {
    for bit in 0..<8 * (coded.count + 4) {
      let refusal = refusal {
        let value = UInt8($0.tensors["integers"]!.values[bit / 8])
        $0.tensors["integers"]!.values[bit / 8] = Float(value ^ 1 << (bit % 8))
      }
      #expect(refusal.contains("integers is damaged"))
    }
  }

  /// Where the checksum is right, the code may still be anything: it is refused, or it is a
  /// network.
  @Test func codesThatMakeNoSense() {
    var refused = 0
    for bit in 0..<8 * coded.count {
      var other = coded
      other[bit / 8] ^= 1 << (bit % 8)
      if refusal(coded: other) != "" { refused += 1 }
    }
    #expect(refused > 4 * coded.count)
    for count in 4..<coded.count {
      #expect(refusal(coded: Array(coded[..<count])) != "")
    }
    #expect(refusal(coded: coded + [0]).contains("more bytes"))
    #expect(refusal(coded: coded + Array(repeating: 255, count: 1000)).contains("more bytes"))
    for byte in [0, 1, 127, 128, 254, 255] as [UInt8] {
      for count in [4, 5, 100, coded.count, 5000] {
        #expect(refusal(coded: Array(repeating: byte, count: count)) != "")
      }
    }
    var numbers = TestNumbers(seed: 11)
    for _ in 0..<2000 {
      let count = 4 + Int(numbers.next() % 200)
      #expect(refusal(coded: (0..<count).map { _ in UInt8(numbers.next() % 256) }) != "")
    }
  }

  /// A code for another network is too short, too long, or has numbers that don't fit.
  @Test(arguments: [3, 5, 400])
  func otherShapes(_ outputs: Int) throws {
    let text = try #require(file.metadata["sparrow.network"])
    let other = text.replacing("\"outputs\":4", with: "\"outputs\":\(outputs)")
    #expect(other != text)
    #expect(refusal(coded: coded, metadata: ["sparrow.network": other]).contains("integers"))
  }

  @Test func exponentsAndIntegersThatAreTooLarge() {
    func refusal(exponent: Int, integer: Int32) -> String {
      var encoder = RangeEncoder()
      encoder.encode(false, .even)
      var exponents = ByteModel()
      exponents.encode(UInt8(exponent + 128), to: &encoder)
      var tensors = IntegerTensorModel()
      tensors.encode(Array(repeating: integer, count: 12), to: &encoder)
      encoder.finish()
      return self.refusal(coded: encoder.bytes + Array(repeating: 0, count: 100))
    }
    #expect(refusal(exponent: 65, integer: 1).contains("layers.0.weight has the exponent 65"))
    #expect(refusal(exponent: -65, integer: 1).contains("the exponent -65"))
    #expect(refusal(exponent: 8, integer: -128).contains("has the integer 128 at 0"))
  }
}
