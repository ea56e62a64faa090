import SparrowCore
import Testing

/// Calls `body` with a copy of `values` that is followed by canaries, and gives the values back.
/// Records an issue where a canary died: something was written past the end.
func withCanaries<Number: Numeric>(
  _ values: [Number], _ body: (UnsafeMutablePointer<Number>) -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) -> [Number] {
  let canaries = 64
  let canary: Number = 12345
  var memory = values + Array(repeating: canary, count: canaries)
  memory.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
  #expect(
    memory[values.count...].allSatisfy { $0 == canary }, "written past the end",
    sourceLocation: sourceLocation)
  return Array(memory[..<values.count])
}

/// Distance in units of the last place of the reference, as a single-precision number.
func ulps(_ value: Float, _ reference: Double) -> Double {
  abs(Double(value) - reference) / Double(Float(reference).ulp)
}
