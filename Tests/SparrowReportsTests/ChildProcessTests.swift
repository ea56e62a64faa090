import Dispatch
import Foundation
import SparrowFiles
import Testing

@Suite struct ChildProcessTests {
  private func output(
    _ script: String, input: [UInt8] = []
  ) throws(FileError) -> ProcessOutput {
    try ChildProcess.output(
      of: "/bin/sh", ["-c", script], environment: ["GREETING": "hello", "PATH": "/usr/bin:/bin"],
      input: input)
  }

  @Test func streamsAndEnvironment() throws {
    let result = try output("echo $GREETING; echo trouble >&2; exit 7")
    #expect(result.end == .exited(7))
    #expect(String(decoding: result.output, as: UTF8.self) == "hello\n")
    #expect(String(decoding: result.errors, as: UTF8.self) == "trouble\n")
  }

  /// More than a pipe holds, through all three of them.
  @Test func largeStreams() throws {
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
    let result = try output("tee /dev/stderr", input: bytes)
    #expect(result.end == .exited(0))
    #expect(result.output == bytes)
    #expect(result.errors == bytes)
  }

  @Test func inputThatNobodyReads() throws {
    signal(SIGPIPE, SIG_IGN)
    let bytes = [UInt8](repeating: 1, count: 1_000_000)
    #expect(try output("exec true", input: bytes).end == .exited(0))
    #expect(try output("wc -c").output.contains(UInt8(ascii: "0")))
  }

  /// A child finds signals as a shell's would, although the tests ignore this one.
  @Test func signals() throws {
    signal(SIGPIPE, SIG_IGN)
    #expect(try output("kill -PIPE $$").end == .killed(signal: SIGPIPE))
    var child = try ChildProcess("/bin/sh", ["-c", "exec sleep 100"], environment: [:])
    #expect(child.endIfKnown() == nil)
    kill(child.identifier, SIGKILL)
    #expect(child.wait() == .killed(signal: SIGKILL))
    #expect(child.endIfKnown() == .killed(signal: SIGKILL))
  }

  @Test func missingPrograms() {
    let error = #expect(throws: FileError.self) {
      _ = try ChildProcess("/none", [], environment: [:])
    }
    #expect(error?.path == "/none")
  }

  /// None waits for the end of another, whose pipes it might have inherited.
  @Test func manyAtOnce() {
    let results = Results()
    DispatchQueue.concurrentPerform(iterations: 64) { index in
      results.add(try? output("echo \(index); cat", input: Array("\(index)".utf8)).output)
    }
    #expect(results.values == Set((0..<64).map { Array("\($0)\n\($0)".utf8) }))
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var values: Set<[UInt8]> = []

    func add(_ value: [UInt8]?) { lock.withLock { _ = value.map { values.insert($0) } } }
  }
}
