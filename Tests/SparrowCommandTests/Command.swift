import Foundation
import SparrowFiles
import SparrowSoundFiles

/// The built command, run as users run it.
struct Command {
  struct Result {
    var status: Int32
    var output: Data
    var errors: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// The last thing that the command said, if it was one line.
    var onlyErrorLine: String? {
      let lines = errors.split(separator: "\n")
      return lines.count == 1 ? String(lines[0]) : nil
    }

    func json() throws -> [String: Any] {
      try JSONSerialization.jsonObject(with: output) as? [String: Any] ?? [:]
    }
  }

  /// Beside the test bundle.
  static let path = URL(fileURLWithPath: CommandLine.arguments[0])
    .deletingLastPathComponent().appendingPathComponent("sparrow").path

  /// A command that reads no standard input must not end the tests that write to it.
  private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

  static func run(
    _ arguments: [String], input: Data = Data(), environment: [String: String] = [:]
  ) throws -> Result {
    _ = ignoresBrokenPipes
    let result = try ChildProcess.output(
      of: path, arguments, environment: self.environment.merging(environment) { $1 },
      input: Array(input))
    guard case .exited(let status) = result.end else {
      throw Killed(arguments: arguments, end: result.end, errors: result.errorText)
    }
    return Result(
      status: status, output: Data(result.output), errors: result.errorText)
  }

  /// The variables of the tests' own process.
  static var environment: [String: String] { ProcessInfo.processInfo.environment }

  /// A command that a signal ended.
  struct Killed: Error {
    var arguments: [String]
    var end: ChildProcess.End
    var errors: String
  }
}

extension ProcessOutput {
  var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// Noise that a seed decides, with a tone in it.
func sound(seconds: Double, sampleRate: Int, channels: Int = 1) -> Sound {
  var state: UInt32 = 1
  let count = Int(seconds * Double(sampleRate))
  return Sound(
    sampleRate: sampleRate,
    channels: (0..<channels).map { channel in
      (0..<count).map { i in
        state = state &* 1_664_525 &+ 1_013_904_223
        let noise = Float(state >> 8) / Float(1 << 24) - 0.5
        let phase = 2 * Double.pi * 300 * Double(channel + 1) * Double(i) / Double(sampleRate)
        return 0.1 * noise + 0.2 * Float(sin(phase))
      }
    })
}
