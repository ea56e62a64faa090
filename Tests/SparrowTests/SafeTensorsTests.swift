import TestSupport
import Testing

@testable import Sparrow

struct SafeTensorsTests {
  private let file = SafeTensors(
    metadata: ["who": "a \"quoted\" name/ü"],
    tensors: [
      "b": Tensor(shape: [2, 3], values: [1, -2, 0.5, 0x1p-140, -0.0, .greatestFiniteMagnitude]),
      "a": Tensor(shape: [], values: [3]),
      "empty": Tensor(shape: [0, 4], values: []),
      "weird": Tensor(shape: [2], values: [.infinity, -.infinity]),
    ])

  @Test func roundTripIsExact() throws {
    for type in [SafeTensors.ElementType.float32, .float64] {
      let again = try SafeTensors(bytes: file.encode(as: type))
      #expect(again.metadata == file.metadata)
      #expect(again.tensors.keys == file.tensors.keys)
      for (name, tensor) in file.tensors {
        #expect(again.tensors[name]?.shape == tensor.shape)
        #expect(again.tensors[name]?.values.map(\.bitPattern) == tensor.values.map(\.bitPattern))
      }
    }
  }

  @Test(arguments: [
    SafeTensors.ElementType.float64, .float32, .float16, .bfloat16,
  ]) func encodingAgainGivesTheSameBytes(_ type: SafeTensors.ElementType) throws {
    let bytes = file.encode(as: type)
    #expect(try SafeTensors(bytes: bytes).encode(as: type) == bytes)
  }

  /// The layout of https://github.com/huggingface/safetensors, byte for byte.
  @Test func layout() throws {
    let bytes = SafeTensors(tensors: ["x": Tensor(shape: [2], values: [1, -2])]).encode()
    let header = #"{"x":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}}  "#
    #expect(header.utf8.count % 8 == 0)
    #expect(
      bytes == [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)
        + [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
  }

  // MARK: Narrow numbers

  private func stored(_ values: [Float], as type: SafeTensors.ElementType) throws -> [Float] {
    let file = SafeTensors(tensors: ["x": Tensor(shape: [values.count], values: values)])
    return try #require(try SafeTensors(bytes: file.encode(as: type)).tensors["x"]).values
  }

  @Test func knownHalves() throws {
    // Ties go to even; the largest half is 65504, the smallest 2^-24.
    let values: [Float] = [
      1, 1 + 0x1p-11, 1 + 0x3p-11, 1 + 0x1.2p-11, 65504, 65519, 65520, 0x1p-24, 0x1p-25, 0x1.8p-25,
      -0x1.ffcp-15, -0.0, 0x1p-140,
    ]
    let expected: [Float] = [
      1, 1, 1 + 0x1p-9, 1 + 0x1p-10, 65504, 65504, .infinity, 0x1p-24, 0, 0x1p-24,
      -0x1p-14, -0.0, 0,
    ]
    let halves = try stored(values, as: .float16)
    #expect(halves.map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(try stored([.nan], as: .float16)[0].isNaN)
    #expect(try stored([-.infinity], as: .float16) == [-.infinity])
  }

  @Test func knownBrainFloats() throws {
    let values: [Float] = [
      1, 1 + 0x1p-8, 1 + 0x3p-8, 1 + 0x1.2p-8, .greatestFiniteMagnitude, -.infinity, -0.0, 0x1p-126,
    ]
    let expected: [Float] = [
      1, 1, 1 + 0x1p-6, 1 + 0x1p-7, .infinity, -.infinity, -0.0, 0x1p-126,
    ]
    let narrow = try stored(values, as: .bfloat16)
    #expect(narrow.map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(
      try stored([.nan, Float(bitPattern: 0x7f80_0001)], as: .bfloat16).allSatisfy { $0.isNaN })
  }

  /// No narrow number is closer than the one that is chosen.
  @Test(arguments: [(SafeTensors.ElementType.float16, 11), (.bfloat16, 8)])
  func roundsToNearest(_ type: SafeTensors.ElementType, significantBits: Int) throws {
    var numbers = TestNumbers(seed: 5)
    let values = (0..<2000).map { _ in
      numbers.float(in: -2...2)
        * Float(sign: .plus, exponent: Int(numbers.next() % 24) - 12, significand: 1)
    }
    for (value, rounded) in zip(values, try stored(values, as: type)) {
      // Half precision has no exponents below -14.
      let exponent = max(Int(value.exponent), type == .float16 ? -14 : -126)
      let spacing = Float(sign: .plus, exponent: exponent - significantBits + 1, significand: 1)
      #expect(abs(rounded - value) <= spacing / 2)
      #expect((rounded / spacing).rounded() * spacing == rounded)
    }
  }

  /// All halves there are come back as themselves.
  @Test func everyHalf() {
    for bits in UInt16.min ... .max {
      let value = Half.float(bits)
      if value.isNaN {
        #expect(Half.bits(value) == 0x7e00)
      } else if Half.bits(value) != bits {
        Issue.record("\(bits) became \(Half.bits(value))")
      }
    }
  }
}
