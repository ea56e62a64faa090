import Foundation
import SparrowFiles

/// Whether the program is to end: set by a signal handler, read by whoever can end in order.
package protocol StopSignal: Sendable {
  /// Whether a signal came that asks the program to end.
  var isRequested: Bool { get }
}

/// A command of a study, run as a process with its output in files.
package enum StudyProcess {
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
  ) throws(FileError) -> ChildProcess.End {
    let environment = ProcessInfo.processInfo.environment
      .merging([parentVariable: "\(getpid())"]) { $1 }
    let output = try output.map { path throws(FileError) in
      try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC)
    }
    let log = try OpenFile(log, O_WRONLY | O_CREAT | O_APPEND)
    var child = try ChildProcess(
      program, arguments, environment: environment, output: output?.descriptor,
      errors: log.descriptor)
    var wasTold = false
    while true {
      if let end = child.endIfKnown() { return end }
      usleep(10_000)
      if stop.isRequested, !wasTold {
        kill(child.identifier, SIGTERM)
        wasTold = true
      }
    }
  }

  /// A file that is closed with its last use.
  private final class OpenFile {
    let descriptor: Int32

    init(_ path: String, _ flags: Int32) throws(FileError) {
      descriptor = openFile(path, flags | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    }

    deinit { close(descriptor) }
  }
}
