import CZlib
import Sparrow

/// Changes bytes blindly: flips, insertions, removals, repetitions, a part of itself elsewhere.
enum ByteMutator {
  private static let telling: [UInt8] = [0, 1, 0x0A, 0x20, 0x22, 0x7F, 0x80, 0xFE, 0xFF]

  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    var bytes = bytes
    guard !bytes.isEmpty else { return [UInt8(truncatingIfNeeded: random.next())] }
    for _ in 0...random.below(4) {
      guard !bytes.isEmpty else { break }
      let place = random.below(bytes.count)
      let end = min(bytes.count, place + 1 + random.below(random.below(4) == 0 ? 256 : 8))
      switch random.below(7) {
      case 0: bytes[place] ^= 1 << UInt8(random.below(8))
      case 1: bytes[place] = telling[random.below(telling.count)]
      case 2: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
      case 4: bytes.removeSubrange(place..<end)
      case 5: bytes.insert(contentsOf: Array(bytes[place..<end]), at: random.below(bytes.count))
      default:
        // The end is often where a length is believed.
        if random.below(4) == 0 { bytes.removeLast(bytes.count - place) }
      }
    }
    return bytes
  }
}

/// Changes the header of a safetensors file as JSON and its length with it, or the numbers behind
/// it; half of the time the result gets the checksum that is right for it.
enum SafeTensorsMutator {
  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    guard bytes.count > 8 else { return bytes }
    let length = bytes[..<8].reversed().reduce(0) { ($0 & 0xFF_FFFF_FFFF) << 8 | Int($1) }
    guard length <= bytes.count - 8 else { return bytes }
    var header = Array(bytes[8..<8 + length])
    var data = Array(bytes[(8 + length)...])
    if random.below(3) > 0 || data.isEmpty {
      header = JSONMutator.mutate(header, &random)
    } else {
      for _ in 0..<4 {
        let place = random.below(data.count)
        data[place] = [0, 0x7F, 0x80, 0xFF][random.below(4)]
      }
    }
    let changed =
      (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
    guard random.below(2) == 0, let file = try? SafeTensors(bytes: changed) else { return changed }
    return file.sealed().encode()
  }
}

/// Changes a text within gzip, whose length and checksum follow.
enum GzipMutator {
  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    let isGzip = bytes.starts(with: [0x1F, 0x8B])
    // The text of a stored block, the only kind that is made here, or a plain one.
    let text = isGzip ? (bytes.count >= 23 ? Array(bytes[15..<bytes.count - 8]) : []) : bytes
    let changed = ByteMutator.mutate(text, &random)
    return random.below(2) == 0 ? changed : stored(Array(changed.prefix(65_535)))
  }

  /// gzip (RFC 1952) with one stored block (RFC 1951).
  static func stored(_ text: [UInt8]) -> [UInt8] {
    func word(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let sum = text.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + word(text.count, 2) + word(~text.count, 2)
      + text + word(Int(sum), 4) + word(text.count, 4)
  }
}

/// Changes cells of a table, which keeps its tabs and lines.
enum TableMutator {
  private static let cells = [
    "", "0", "-1", "1e308", "nan", "inf", "2.5", "a", "id", "snr_db", "word", "start_s", "end_s",
    "noise", "../a", "\u{FEFF}", "9223372036854775808", "low",
  ]

  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    var rows = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map {
      $0.split(separator: 0x09, omittingEmptySubsequences: false).map(Array.init)
    }
    let row = random.below(rows.count)
    let cell = random.below(rows[row].count)
    switch random.below(5) {
    case 0: rows.insert(rows[row], at: random.below(rows.count))
    case 1: rows[row].remove(at: cell)
    case 2: rows[row].insert(rows[random.below(rows.count)].first ?? [], at: cell)
    default: rows[row][cell] = Array(cells[random.below(cells.count)].utf8)
    }
    return Array(rows.map { Array($0.joined(separator: [0x09])) }.joined(separator: [0x0A]))
  }
}

/// Changes the header of a NumPy array in its own syntax, and its length with it.
enum NumPyMutator {
  private static let words = [
    "'<f4'", "'>f8'", "'|u1'", "'<f2'", "'<i8'", "True", "False", "()", "(0,)", "(2, 3)", "(-1,)",
    "(4294967296, 4294967296)", "(9223372036854775807,)", "(1, 2, 3, 4)", "'descr'", "'shape'",
  ]

  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    guard bytes.first == 0x93, bytes.count > 10 else {
      return SafeTensorsMutator.mutate(bytes, &random)
    }
    let length = Int(bytes[8]) | Int(bytes[9]) << 8
    guard bytes[6] == 1, 10 + length <= bytes.count else {
      return ByteMutator.mutate(bytes, &random)
    }
    var header = Array(bytes[10..<10 + length])
    let word = Array(words[random.below(words.count)].utf8)
    // Between two quotes or brackets most of the time.
    let places = header.indices.filter { "'(), :".utf8.contains(header[$0]) }
    let place = places.isEmpty ? 0 : places[random.below(places.count)]
    let end = places.first { $0 > place + 1 } ?? header.count
    header.replaceSubrange(min(place, end)..<end, with: word)
    let count = min(header.count, 65_535)
    return Array(bytes[..<8]) + [UInt8(count & 0xFF), UInt8(count >> 8)] + header[..<count]
      + bytes[(10 + length)...]
  }
}

/// Changes what lies in the pages of an Ogg file, whose checksums follow, and numbers of other
/// files.
enum SoundMutator {
  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    // The sizes of a WAV file and its like lie in its first bytes.
    var bytes = bytes
    guard bytes.starts(with: Array("OggS".utf8)) else {
      guard bytes.count >= 48 else { return ByteMutator.mutate(bytes, &random) }
      let place = random.below(44)
      let value: [UInt8] = [
        [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0x80], [1, 0, 0, 0], [0x10, 0, 0, 0],
      ][random.below(5)]
      bytes.replaceSubrange(place..<place + 4, with: value)
      return bytes
    }
    for _ in 0...random.below(3) {
      bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
    }
    seal(&bytes)
    return bytes
  }

  /// Sets the checksum of every page (RFC 3533): a CRC of 32 bits, most significant bit first.
  private static func seal(_ bytes: inout [UInt8]) {
    var start = 0
    while start + 27 <= bytes.count {
      let segments = Int(bytes[start + 26])
      guard start + 27 + segments <= bytes.count else { return }
      let end = bytes[start + 27..<start + 27 + segments].reduce(start + 27 + segments) {
        $0 + Int($1)
      }
      guard end <= bytes.count else { return }
      for i in 22..<26 { bytes[start + i] = 0 }
      let sum = bytes[start..<end].reduce(UInt32(0)) { $0 << 8 ^ table[Int($0 >> 24 ^ UInt32($1))] }
      for i in 0..<4 { bytes[start + 22 + i] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(i))) }
      start = end
    }
  }

  private static let table: [UInt32] = (0..<256).map { (index: UInt32) in
    (0..<8).reduce(index << 24) { sum, _ in sum << 1 ^ (sum >> 31 * 0x04C1_1DB7) }
  }
}
