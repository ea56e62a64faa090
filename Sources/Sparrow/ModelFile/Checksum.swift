/// CRC-32 as in zlib, gzip and PNG.
func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
  // By halves of bytes: sixteen entries are made in no time.
  let table = (0..<16).map { (half: UInt32) in
    (0..<4).reduce(half) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0) }
  }
  var value = UInt32.max
  for byte in bytes {
    value ^= UInt32(byte)
    value = value >> 4 ^ table[Int(value & 15)]
    value = value >> 4 ^ table[Int(value & 15)]
  }
  return ~value
}
