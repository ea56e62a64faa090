#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A program's end and all that it wrote.
package struct ProcessOutput: Sendable {
  /// The program's end.
  package var end: ChildProcess.End
  /// Its standard output.
  package var output: [UInt8]
  /// Its standard error.
  package var errors: [UInt8]
}

extension ChildProcess {
  /// Runs a program to its end.
  ///
  /// A program that does not read its input to the end is no error; SIGPIPE has to be ignored where
  /// that may happen.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - arguments: what follows the program's name.
  ///   - environment: all of its variables.
  ///   - input: what it reads from standard input.
  /// - Throws: `FileError` if it cannot be started.
  package static func output(
    of program: String, _ arguments: [String], environment: [String: String], input: [UInt8] = []
  ) throws(FileError) -> ProcessOutput {
    let pipes = try (0..<3).map { _ throws(FileError) in try SystemPipe() }
    var child = try ChildProcess(
      program, arguments, environment: environment, input: pipes[0].reading,
      output: pipes[1].writing, errors: pipes[2].writing)
    pipes[0].closeReading()
    pipes[1].closeWriting()
    pipes[2].closeWriting()
    let texts = exchange(input, to: pipes[0], from: [pipes[1], pipes[2]])
    return ProcessOutput(end: child.wait(), output: texts[0], errors: texts[1])
  }

  /// Serves all pipes at once: a full one would hold up the others.
  private static func exchange(
    _ input: [UInt8], to sink: SystemPipe, from sources: [SystemPipe]
  ) -> [[UInt8]] {
    var texts = sources.map { _ in [UInt8]() }
    var written = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    if input.isEmpty { sink.closeWriting() }
    while sink.writing >= 0 || sources.contains(where: { $0.reading >= 0 }) {
      // A negative descriptor is passed over.
      var requests = [pollfd(fd: sink.writing, events: Int16(POLLOUT), revents: 0)]
      requests += sources.map { pollfd(fd: $0.reading, events: Int16(POLLIN), revents: 0) }
      guard poll(&requests, nfds_t(requests.count), -1) > 0 else { continue }
      if requests[0].revents != 0 {
        // No more than the pipe takes without waiting.
        let count = min(Int(PIPE_BUF), input.count - written)
        let result = input[written..<written + count].withUnsafeBytes {
          writeBytes(sink.writing, $0.baseAddress!, count)
        }
        if result > 0 { written += result }
        if (result < 0 && errno != EINTR) || written == input.count { sink.closeWriting() }
      }
      for (index, source) in sources.enumerated() where requests[index + 1].revents != 0 {
        let count = readSome(source.reading, &buffer, buffer.count)
        if count > 0 { texts[index] += buffer[..<count] } else { source.closeReading() }
      }
    }
    return texts
  }
}

/// A pipe that no other child inherits; what is left of it is closed with it.
private final class SystemPipe {
  /// The end to read from; -1 once it is closed.
  private(set) var reading: Int32
  /// The end to write to; -1 once it is closed.
  private(set) var writing: Int32

  init() throws(FileError) {
    var ends: [Int32] = [0, 0]
    let code = ChildProcess.isStarting.withLock { _ in
      guard pipe(&ends) == 0 else { return errno }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return 0
    }
    guard code == 0 else { throw FileError(path: "a pipe", code: code) }
    (reading, writing) = (ends[0], ends[1])
  }

  func closeReading() {
    if reading >= 0 { close(reading) }
    reading = -1
  }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  deinit {
    closeReading()
    closeWriting()
  }
}
