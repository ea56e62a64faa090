import ArgumentParser
import NIOCore
import SparrowAudio
import SparrowServer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The process's limits, signals and environment.
enum Process {
  /// Allows as many open files as connections need, as far as the system lets a process.
  static func allowFiles(for count: Int) {
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    var limits = rlimit()
    guard getrlimit(resource, &limits) == 0, limits.rlim_cur < rlim_t(count) else { return }
    limits.rlim_cur = min(rlim_t(count), limits.rlim_max)
    setrlimit(resource, &limits)
  }

  /// The system's words for an error.
  static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  static func remove(_ path: String) { unlink(path) }

  private static var endings: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    return signals
  }

  /// Has SIGTERM and SIGINT wait for ``waitForEnding()``.
  static func holdEndings() {
    var signals = endings
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Waits for a signal to end; a second one ends the process at once.
  static func waitForEnding() {
    var signals = endings
    var number: Int32 = 0
    sigwait(&signals, &number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// The instruction set that the environment variable SPARROW_ISA names, or the best.
  static func instructionSet() throws -> InstructionSet {
    guard let value = getenv("SPARROW_ISA") else { return .best }
    let name = String(cString: value)
    if name.isEmpty { return .best }
    let sets = InstructionSet.all.filter(\.isSupported)
    guard let set = sets.first(where: { "\($0.name)" == name }) else {
      let names = sets.map { "\($0.name)" }.joined(separator: ", ")
      throw ValidationError("SPARROW_ISA is \"\(name)\"; this processor has \(names)")
    }
    return set
  }
}

extension Server {
  /// The port that the server listens on; nil for a Unix socket.
  var port: Int? { address?.port }
}

extension TimeAmount {
  static func seconds(_ seconds: Double) -> TimeAmount { .nanoseconds(Int64(seconds * 1e9)) }
}
