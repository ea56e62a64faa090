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
    file.metadata[ModelFile.key]?.replace("\"version\":6", with: "\"version\":3")
    file.metadata["checksum"] = nil
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
        file.tensors[parameter.name] = Tensor(shape: parameter.shape, values: integers)
        file.types[parameter.name] =
          group.kind == .weights ? .int8 : group.kind == .system ? .int32 : .int16
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
    // 8 bits a value, 4.8 a gap; exponents of rows, and the header.
    #expect(bytes.count < count * 13 / 8 + rows + 800)
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

  // MARK: Version 6, damaged

  /// Any change is noticed, whatever sense it makes.
  @Test func everyChangeIsNoticed() throws {
    let network = try FixedPointTests.quantized(Self.small, .w8a16)
    let file = try SafeTensors(bytes: network.modelFile())
    #expect(Self.refusal(file) == "")
    for (name, tensor) in file.tensors {
      for place in tensor.values.indices {
        var damaged = file
        damaged.tensors[name]!.values[place] += damaged.tensors[name]!.values[place] > 0 ? -1 : 1
        #expect(Self.refusal(damaged).contains("damaged"), "\(name) \(place)")
      }
    }
    var other = file
    other.metadata[ModelFile.key]!.replace("\"outputs\":4", with: "\"outputs\":5")
    #expect(other != file && Self.refusal(other).contains("damaged"))
  }

  /// With a right checksum, or none, what makes no sense is refused by name.
  @Test func integersThatMakeNoSense() throws {
    let network = try FixedPointTests.quantized(Self.small, .w8a16)
    var file = try SafeTensors(bytes: network.modelFile())
    file.metadata["checksum"] = nil
    func refusal(_ change: (inout SafeTensors) -> Void) -> String {
      var damaged = file
      change(&damaged)
      let plain = Self.refusal(damaged)
      #expect(Self.refusal(damaged.sealed()) == plain)
      return plain
    }
    #expect(refusal { _ in } == "")
    #expect(refusal { $0.tensors["layers.0.weight"] = nil }.contains("layers.0.weight"))
    #expect(refusal { $0.tensors["layers.0.bias.exponents"] = nil }.contains("one exponent"))
    #expect(
      refusal { $0.tensors["stranger"] = Tensor(shape: [1], values: [1]) }.contains("stranger"))
    #expect(
      refusal {
        $0.metadata[ModelFile.key]!.replace("\"weightBits\":8", with: "\"weightBits\":99")
      }.contains("w99a16"))
    #expect(
      refusal { $0.metadata[ModelFile.key]!.replace("\"version\":6", with: "\"version\":4") }
        .contains("without 4"))
  }

  /// The code of gaps at its ends: no zeros, zeros alone, gaps of every size.
  @Test(arguments: [0.001, 0.02, 0.1, 0.5, 0.9, 1] as [Float])
  func zerosComeBack(density: Float) {
    var numbers = TestNumbers(seed: 8)
    for count in [1, 2, 7, 100, 5000] {
      let tensor = Tensor(shape: [count], values: numbers.sparseFloats(count, density: density))
      let sparse = SparseTensor(tensor)
      #expect(sparse.dense(shape: [count]) == tensor)
      #expect(
        SparseTensor(values: sparse.values, gaps: sparse.gaps + [0]).dense(shape: [count]) == nil)
      if !sparse.gaps.isEmpty {
        let cut = SparseTensor(values: sparse.values, gaps: Array(sparse.gaps.dropLast()))
        #expect(cut.dense(shape: [count]) == nil)
      }
      // Any bytes are gaps of some tensor, or refused.
      for _ in 0..<50 {
        let gaps = sparse.gaps.map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
        _ = SparseTensor(values: sparse.values, gaps: gaps).dense(shape: [count])
      }
    }
  }
}
