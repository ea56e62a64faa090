/// The largest distance between two sequences, relative to the largest magnitude in the second.
/// Infinite where their lengths differ or a value is not finite.
public func relativeError(
  _ values: some Collection<Float>, _ reference: some Collection<Double>
) -> Double {
  relativeError(values.map(Double.init), reference)
}

public func relativeError(
  _ values: some Collection<Double>, _ reference: some Collection<Double>
) -> Double {
  guard values.count == reference.count else { return .infinity }
  var distance = 0.0
  var magnitude = 0.0
  for (value, expected) in zip(values, reference) {
    guard value.isFinite, expected.isFinite else { return .infinity }
    distance = max(distance, abs(value - expected))
    magnitude = max(magnitude, abs(expected))
  }
  return distance == 0 ? 0 : distance / magnitude
}
