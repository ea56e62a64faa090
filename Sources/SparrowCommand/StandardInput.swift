import ArgumentParser
import SparrowSoundFiles

/// The format of raw samples on standard input.
struct RawSoundOptions: ParsableArguments {
  @Option(help: "The sample rate of raw standard input (default: the network's).")
  var rate: Int?

  @Option(help: "The interleaved channels of raw standard input (default: 1).")
  var channels: Int?

  func validate() throws {
    if let rate, !(1...1_000_000).contains(rate) {
      throw ValidationError("--rate takes a number from 1 to 1000000")
    }
    if let channels, !(1...64).contains(channels) {
      throw ValidationError("--channels takes a number from 1 to 64")
    }
  }

  /// - Throws: unless the options are of some use.
  func check(_ usesStandardInput: Bool) throws {
    if !usesStandardInput && (rate != nil || channels != nil) {
      throw ValidationError("--rate and --channels are of raw standard input")
    }
  }

  /// The source that an argument names: a file, or - for standard input.
  func source(_ argument: String) -> SoundSource {
    guard argument == "-" else { return .file(argument) }
    return .descriptor(
      0, name: "standard input", raw: .init(sampleRate: rate, channelCount: channels))
  }
}

extension ExitCode {
  /// All is done, but of files that are truncated or damaged, only what could be decoded.
  static let partial = ExitCode(2)
}
