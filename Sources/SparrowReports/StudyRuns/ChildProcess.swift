import Foundation
import SparrowFiles

/// Whether the program is to end: set by a signal handler, read by whoever can end in order.
package protocol StopSignal: Sendable {
  /// Whether a signal came that asks the program to end.
  var isRequested: Bool { get }
}

/// The end of a child process.
enum ChildEnd: Equatable {
  case exited(Int32)
  case killed(signal: Int32)
}

/// A child process with its output in files.
package enum ChildProcess {
  /// The environment variable with the process that a training ends with.
  package static let parentVariable = "SPARROW_PARENT"

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - program: The program's path.
  ///   - output: The file for its standard output; nil to drop it.
  ///   - log: The file to which its errors are appended.
  ///   - stop: Forwarded to the child as SIGTERM.
  /// - Throws: `FileError` if it cannot be started or a file cannot be opened.
  static func run(
    _ program: String, _ arguments: [String], output: String?, log: String, stop: any StopSignal
  ) throws(FileError) -> ChildEnd {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging([parentVariable: "\(getpid())"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput =
      try output.map { path throws(FileError) in try open(path, appends: false) }
      ?? FileHandle.nullDevice
    process.standardError = try open(log, appends: true)
    do { try process.run() } catch {
      throw FileError(path: program, reason: "it cannot be started: \(error.localizedDescription)")
    }
    var wasTold = false
    while process.isRunning {
      usleep(10_000)
      if stop.isRequested, !wasTold {
        process.terminate()
        wasTold = true
      }
    }
    return process.terminationReason == .uncaughtSignal
      ? .killed(signal: process.terminationStatus) : .exited(process.terminationStatus)
  }

  private static func open(_ path: String, appends: Bool) throws(FileError) -> FileHandle {
    if !appends || !Files.exists(path) { try Files.write([], to: path) }
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw FileError(path: path, reason: "it cannot be written")
    }
    if appends { _ = try? handle.seekToEnd() }
    return handle
  }
}
