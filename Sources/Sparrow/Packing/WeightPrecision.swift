/// How a plan keeps the weights of a network in single precision. Networks in fixed point have
/// bytes anyway.
///
/// A step of a network that does not fit the caches waits for its weights, so that half the bytes
/// take half the time. What is rounded changes what the network computes: choose it with its error
/// in view.
public enum WeightPrecision: String, CaseIterable, Sendable {
  /// As they are.
  case single
  /// The upper 16 bits, rounded to nearest even: 8 significant ones. Matrices that are stored whole
  /// (``MatrixFormat/dense``) alone; others stay as they are.
  case bfloat16
  /// Signed bytes with a scale a row, its largest weight being 127. Every product rounds its inputs
  /// to 16 bits with a scale a vector; sums are exact, and the rest of a layer is in single
  /// precision. Weights that become zero cost nothing, and count as zeros.
  case int8
}
