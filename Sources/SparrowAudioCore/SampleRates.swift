/// Sample rates of signals, in hertz.
package enum SampleRates {
  /// Those that signals may have.
  package static let supported = 1000...768_000
}
