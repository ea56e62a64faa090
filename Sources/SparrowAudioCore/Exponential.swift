/// e^x within 2 ulp, the same bits on every processor: without a C library, and in operations that
/// round by themselves. Saturates to e^±87; what is not a number stays so.
func exponential(_ x: Float) -> Float {
  guard x == x else { return x }
  let x = min(max(x, -87), 87)
  let n = (x * 1.442_695_04).rounded(.toNearestOrEven)
  // ln 2 in two parts, of which the first times n is exact.
  var r = x - n * 0.693_359_375
  r += n * 2.121_944_40e-4
  // Weighted minimax of (e^r - 1 - r) / r² on |r| <= ln(2)/2.
  var p: Float = 1.381_459_645_9e-3
  p = p * r + 8.368_717_506_5e-3
  p = p * r + 4.166_838_899_3e-2
  p = p * r + 0.166_665_211_32
  p = p * r + 0.499_999_940_40
  p = p * r * r + r + 1
  return p * Float(bitPattern: UInt32(bitPattern: (Int32(n) + 127) << 23))
}
