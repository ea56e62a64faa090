import CSparrow

/// Changes plan images: words of the header and the records, which are 32-bit numbers, and whole
/// records.
enum PlanMutator {
  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    guard bytes.count >= MemoryLayout<sparrow_plan_header>.size + 8 else { return bytes }
    var bytes = bytes
    for _ in 0...random.below(3) {
      switch random.below(4) {
      case 0: changeRecords(&bytes, &random)
      case 1: changeWord(&bytes, at: place(in: recordWords(bytes), &random), &random)
      default:
        // Most of the rest that can be wrong stands in the first kilobytes.
        let end = Bool.random(using: &random) ? min(bytes.count, 2048) : bytes.count
        changeWord(&bytes, at: random.below(end / 4) * 4, &random)
      }
    }
    return bytes
  }

  private static func word(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt32.self) }
  }

  private static func changeWord(_ bytes: inout [UInt8], at place: Int, _ random: inout FuzzRandom)
  {
    let old = word(bytes, place)
    let new: UInt32 =
      switch random.below(7) {
      case 0: old &+ 1
      case 1: old &- 1
      case 2: [0, 1, 16, 64, .max, 1 << 31, 1 << 16, 1 << 24][random.below(8)]
      case 3: UInt32(truncatingIfNeeded: bytes.count &- random.below(256))
      // Another offset, slot or size of the same image.
      case 4: word(bytes, random.below(min(bytes.count, 4096) / 4) * 4)
      case 5: old &+ [16, 64, UInt32(bitPattern: -16), UInt32(bitPattern: -64)][random.below(4)]
      default: old ^ (1 << UInt32(random.below(32)))
      }
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: new, toByteOffset: place, as: UInt32.self) }
  }

  /// The words of the layers' records and of the front end's, as far as they lie in the image.
  private static func recordWords(_ bytes: [UInt8]) -> [Range<Int>] {
    let header = header(bytes)
    let size = MemoryLayout<sparrow_layer>.size
    let frontEnd = Int(header.front_end_offset)
    let spans = (0..<min(Int(header.layer_count), 64)).map {
      Int(header.layers_offset) + $0 * size..<Int(header.layers_offset) + ($0 + 1) * size
    }
    let own = frontEnd..<frontEnd + MemoryLayout<sparrow_keyword_front_end>.size
    return (spans + (frontEnd > 0 ? [own] : [])).filter { $0.upperBound <= bytes.count - 4 }
  }

  private static func header(_ bytes: [UInt8]) -> sparrow_plan_header {
    bytes.withUnsafeBytes { $0.loadUnaligned(as: sparrow_plan_header.self) }
  }

  private static func place(in spans: [Range<Int>], _ random: inout FuzzRandom) -> Int {
    guard !spans.isEmpty else { return 8 }
    let span = spans[random.below(spans.count)]
    return span.lowerBound + random.below(span.count / 4) * 4
  }

  /// A record in another's place, or fewer or more of them.
  private static func changeRecords(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let size = MemoryLayout<sparrow_layer>.size
    let records = recordWords(bytes).filter { $0.count == size }
    guard !records.isEmpty else { return }
    let (from, to) = (records[random.below(records.count)], records[random.below(records.count)])
    switch random.below(3) {
    case 0: bytes.replaceSubrange(to, with: Array(bytes[from]))
    case 1:
      let record = Array(bytes[from])
      bytes.replaceSubrange(from, with: Array(bytes[to]))
      bytes.replaceSubrange(to, with: record)
    default:
      let matrix = MemoryLayout<sparrow_matrix>.size
      let offset = MemoryLayout<sparrow_layer>.offset(of: \.matrices)!
      let source = from.lowerBound + offset + random.below(3) * matrix
      let target = to.lowerBound + offset + random.below(3) * matrix
      bytes.replaceSubrange(target..<target + matrix, with: Array(bytes[source..<source + matrix]))
    }
  }
}

/// Changes the values of a state, and leaves its header alone most of the time.
enum StateMutator {
  private static let values: [Float] = [
    0, 1, -1, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0,
  ]

  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    guard bytes.count >= 32, random.below(8) > 0 else { return ByteMutator.mutate(bytes, &random) }
    var bytes = bytes
    for _ in 0...random.below(8) {
      let place = 24 + random.below((bytes.count - 24) / 4) * 4
      let value =
        Bool.random(using: &random)
        ? values[random.below(values.count)].bitPattern : UInt32(truncatingIfNeeded: random.next())
      bytes.withUnsafeMutableBytes {
        $0.storeBytes(of: value, toByteOffset: place, as: UInt32.self)
      }
    }
    return bytes
  }
}
