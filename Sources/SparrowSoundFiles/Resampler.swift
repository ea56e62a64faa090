import CSamplerate

/// A change of sample rate that cannot be made.
public enum ResamplingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A rate is not positive, or one is more than 256 times the other.
  case unsupportedRates(from: Int, to: Int)
  /// A rate is outside the range that denoisers take.
  case unsupportedRate(Int, expected: ClosedRange<Int>)

  public var description: String {
    switch self {
    case .unsupportedRates(let input, let output):
      "cannot resample from \(input) Hz to \(output) Hz; "
        + "expected positive rates with a ratio of at most 256"
    case .unsupportedRate(let rate, let rates):
      "cannot denoise sound of \(rate) Hz; expected a rate from \(rates.lowerBound) to "
        + "\(rates.upperBound) Hz"
    }
  }
}

/// Changes the sample rate of sound that arrives in blocks.
///
/// Output frame k is the input at time k / `outputRate`: there is no delay to make up for. After
/// n input frames and ``flush(into:)``, exactly round(n · outputRate / inputRate) frames have come
/// out, whatever the sizes of the blocks.
///
/// The filter is libsamplerate's medium sinc. Its noise is at -121 dB, below that of 16-bit
/// samples, and its pass band reaches 90 % of the lower Nyquist frequency; the best one reaches 97
/// % and takes three to four times as long.
public struct Resampler: ~Copyable {
  /// Frames a second that go in.
  public let inputRate: Int
  /// Frames a second that come out.
  public let outputRate: Int
  /// Samples a frame, of both.
  public let channelCount: Int

  // One mono converter a channel: blocks stay planar, and the channel count has no limit.
  private let converters: [OpaquePointer]
  private var consumed = 0
  private var produced = 0
  private var scratch = [Float](repeating: 0, count: 4096)

  /// Makes a resampler; `channelCount` is at least 1.
  ///
  /// - Throws: ``ResamplingError`` if a rate is not positive or their ratio is outside 1/256...256.
  public init(
    from inputRate: Int, to outputRate: Int, channelCount: Int
  ) throws(ResamplingError) {
    precondition(channelCount > 0, "sound has at least one channel")
    guard inputRate > 0, outputRate > 0,
      src_is_valid_ratio(Double(outputRate) / Double(inputRate)) != 0
    else { throw .unsupportedRates(from: inputRate, to: outputRate) }
    self.inputRate = inputRate
    self.outputRate = outputRate
    self.channelCount = channelCount
    converters = (0..<(inputRate == outputRate ? 0 : channelCount)).map { _ in
      var code: Int32 = 0
      guard let converter = src_new(Int32(SRC_SINC_MEDIUM_QUALITY), 1, &code) else {
        preconditionFailure("no memory for a resampler")
      }
      return converter
    }
  }

  deinit {
    for converter in converters { src_delete(converter) }
  }

  /// Takes a block in and appends what can be said by now to `output`.
  ///
  /// - Parameters:
  ///   - block: `channelCount` arrays of one length, which may be 0.
  ///   - output: `channelCount` arrays.
  public mutating func process(_ block: [[Float]], into output: inout [[Float]]) {
    precondition(block.count == channelCount && output.count == channelCount, "channels differ")
    let count = block[0].count
    precondition(block.allSatisfy { $0.count == count }, "channels of one length")
    consumed += count
    convert(block, into: &output)
  }

  /// Appends the rest to `output`, as if silence followed, and makes the resampler ready for
  /// another sound.
  public mutating func flush(into output: inout [[Float]]) {
    precondition(output.count == channelCount, "channels differ")
    // By hand instead of libsamplerate's `end_of_input`, whose count is off by one for some ratios.
    let silence = [[Float]](
      repeating: [Float](repeating: 0, count: converters.isEmpty ? 0 : 1024), count: channelCount)
    while produced < outputFrameCount(for: consumed) { convert(silence, into: &output) }
    consumed = 0
    produced = 0
    for converter in converters { src_reset(converter) }
  }

  /// The number of frames that `count` frames become.
  public func outputFrameCount(for count: Int) -> Int {
    let (whole, rest) = count.quotientAndRemainder(dividingBy: inputRate)
    return whole * outputRate + (rest * outputRate + inputRate / 2) / inputRate
  }

  private mutating func convert(_ block: [[Float]], into output: inout [[Float]]) {
    // What silence at the end brings beyond the sound's length is dropped.
    let room = outputFrameCount(for: consumed) - produced
    var count = min(room, block[0].count)
    if converters.isEmpty {
      for channel in 0..<channelCount { output[channel].append(contentsOf: block[channel]) }
    }
    for (channel, converter) in converters.enumerated() {
      let start = output[channel].count
      append(block[channel], through: converter, to: &output[channel])
      count = min(room, output[channel].count - start)
      output[channel].removeLast(output[channel].count - start - count)
    }
    produced += count
  }

  private mutating func append(
    _ samples: [Float], through converter: OpaquePointer, to output: inout [Float]
  ) {
    samples.withUnsafeBufferPointer { input in
      scratch.withUnsafeMutableBufferPointer { part in
        var offset = 0
        while true {
          var data = SRC_DATA()
          data.data_in = input.baseAddress.map { $0 + offset }
          data.input_frames = input.count - offset
          data.data_out = part.baseAddress
          data.output_frames = part.count
          data.src_ratio = Double(outputRate) / Double(inputRate)
          let code = src_process(converter, &data)
          precondition(code == 0, "libsamplerate refused checked arguments")
          offset += data.input_frames_used
          output.append(contentsOf: part[..<data.output_frames_gen])
          // A part that is not full means that the input is used up.
          if data.output_frames_gen < part.count && offset == input.count { return }
        }
      }
    }
  }
}
