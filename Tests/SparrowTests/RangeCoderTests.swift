import TestSupport
import Testing

@testable import Sparrow

struct RangeCoderTests {
  /// Bits of several kinds in turn, each with a model of its own: as likely as not, rare ones, rare
  /// zeros, and always the same.
  @Test(arguments: [0, 1, 2, 7, 8, 100, 20_000])
  func bitsComeBack(_ count: Int) {
    var numbers = TestNumbers(seed: UInt64(count))
    let shares: [Float] = [0.5, 0.01, 0.99, 0, 1]
    let bits = (0..<count).map { numbers.float(in: 0...1) < shares[$0 % 5] }
    var encoder = RangeEncoder()
    var models = shares.map { _ in BitModel() }
    for (index, bit) in bits.enumerated() { encoder.encode(bit, &models[index % 5]) }
    for bit in bits { encoder.encode(bit, .even) }
    encoder.finish()

    var decoder = RangeDecoder(encoder.bytes[...])
    models = shares.map { _ in BitModel() }
    #expect(bits.indices.map { decoder.decode(&models[$0 % 5]) } == bits)
    #expect(bits.map { _ in decoder.decode(.even) } == bits)
    #expect(decoder.isWhole && !decoder.isExhausted)
  }

  /// The rarest bits that models allow make the longest carries, and the smallest ranges.
  @Test func unlikelyBits() {
    var model = BitModel()
    for _ in 0..<1000 { model.learn(true) }
    #expect(model.probability > 65_500 && model.probability < .max)
    for bit in [true, false] {
      var encoder = RangeEncoder()
      for index in 0..<1000 { encoder.encode(index % 97 == 0 ? !bit : bit, model) }
      encoder.finish()
      var decoder = RangeDecoder(encoder.bytes[...])
      for index in 0..<1000 { #expect(decoder.decode(model) == (index % 97 == 0 ? !bit : bit)) }
      #expect(decoder.isWhole)
    }
  }

  /// What is near to certain costs next to nothing, and a coin's toss a bit.
  @Test func lengths() {
    var encoder = RangeEncoder()
    var model = BitModel()
    for _ in 0..<80_000 { encoder.encode(true, &model) }
    encoder.finish()
    #expect(encoder.bytes.count < 20)
    encoder = RangeEncoder()
    var numbers = TestNumbers(seed: 1)
    for _ in 0..<80_000 { encoder.encode(numbers.float(in: 0...1) < 0.5, .even) }
    encoder.finish()
    #expect((10_000...10_005).contains(encoder.bytes.count))
  }

  @Test func pastTheEndThereAreZeros() {
    for bytes in [[], [255], [1, 2, 3, 4], Array(repeating: 255, count: 9)] as [[UInt8]] {
      var decoder = RangeDecoder(bytes[...])
      #expect(decoder.isExhausted == (bytes.count < 4))
      for _ in 0..<1000 { _ = decoder.decode(.even) }
      #expect(decoder.isExhausted && !decoder.isWhole)
    }
  }

  @Test func numbersOfEveryLength() {
    let largest = (UInt64(1) << UInt64(NumberModel.mostBits)) - 1
    let numbers: [UInt64] = (0..<UInt64(NumberModel.mostBits)).flatMap { (place: UInt64) in
      let power: UInt64 = 1 << place
      return [power, min(power + 1, largest), 2 * power - 1]
    }
    var encoder = RangeEncoder()
    var model = NumberModel()
    for number in numbers + numbers { model.encode(number, to: &encoder) }
    encoder.finish()
    var decoder = RangeDecoder(encoder.bytes[...])
    model = NumberModel()
    for number in numbers + numbers { #expect(model.decode(from: &decoder) == number) }
    #expect(decoder.isWhole)
  }

  @Test func everyByte() {
    let bytes = (0...255).map { UInt8($0) } + Array(repeating: 77, count: 100)
    var encoder = RangeEncoder()
    var model = ByteModel()
    for byte in bytes { model.encode(byte, to: &encoder) }
    encoder.finish()
    var decoder = RangeDecoder(encoder.bytes[...])
    model = ByteModel()
    #expect(bytes.map { _ in model.decode(from: &decoder) } == bytes)
  }

  static let tensors: [[Int32]] = [
    [], [0], [5], [-1], [0, 0, 0], [1, 0], [0, 1], [Int32.max, -Int32.max, 0, 1],
    Array(repeating: 0, count: 100_000) + [7], [7] + Array(repeating: 0, count: 100_000),
    (-127...127).map { Int32($0) },
  ]

  @Test func tensorsWithoutTheirZeros() {
    var encoder = RangeEncoder()
    var model = IntegerTensorModel()
    for integers in Self.tensors { model.encode(integers, to: &encoder) }
    encoder.finish()
    var decoder = RangeDecoder(encoder.bytes[...])
    model = IntegerTensorModel()
    for integers in Self.tensors {
      var read = Array(repeating: Int32(0), count: integers.count)
      let fault = model.decode(count: integers.count, limit: .max, from: &decoder) {
        read[$0] = $1
      }
      #expect(fault == nil)
      #expect(read == integers)
    }
    #expect(decoder.isWhole)
  }

  @Test func tensorsThatDoNotFit() {
    func fault(_ integers: [Int32], count: Int, limit: Int32, dropping: Int = 0) -> String? {
      var encoder = RangeEncoder()
      var model = IntegerTensorModel()
      model.encode(integers, to: &encoder)
      encoder.finish()
      var decoder = RangeDecoder(encoder.bytes.dropLast(dropping))
      model = IntegerTensorModel()
      return model.decode(count: count, limit: limit, from: &decoder) { place, _ in
        #expect((0..<count).contains(place))
      }
    }
    #expect(fault([0, 3, -4], count: 3, limit: 4) == nil)
    #expect(fault([0, 3, -4], count: 3, limit: 3) == "has the integer 4 at 2; expected at most 3")
    #expect(
      fault([0, 0, 0, 1], count: 2, limit: 4) == "has more zeros than its 2 places hold")
    let many = (0..<100).map { Int32($0 % 7 - 3) }
    #expect(fault(many, count: 100, limit: 3) == nil)
    #expect(fault(many, count: 100, limit: 3, dropping: 20) != nil)
  }

  /// As every other implementation has it.
  @Test func checksums() {
    #expect(checksum("123456789".utf8) == 0xcbf4_3926)
    #expect(checksum([]) == 0)
  }
}
