import Synchronization

#if canImport(Glibc)
  package import Glibc
#elseif canImport(Musl)
  package import Musl
#else
  package import Darwin
#endif

/// A program that this process started, in a process group of its own.
///
/// Foundation's `Process` learns of a child's end from a run loop in another thread and may wait
/// for ever where two are started at once; here the system's `waitpid` says it.
package struct ChildProcess: ~Copyable {
  /// The end of a child process.
  package enum End: Equatable, Sendable, CustomStringConvertible {
    /// It returned, or called `exit`, with this status.
    case exited(Int32)
    case killed(signal: Int32)

    package var description: String {
      switch self {
      case .exited(let status): "ended with status \(status)"
      case .killed(let signal): "was killed by signal \(signal)"
      }
    }
  }

  /// The child's number.
  package let identifier: pid_t
  private var end: End?

  /// Held while a child starts, and between a pipe's opening and its mark that children do not
  /// inherit it.
  static let isStarting = Mutex(())

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - arguments: what follows the program's name.
  ///   - environment: all of its variables.
  ///   - input: an open file for its standard input; nil for an empty one.
  ///   - output: an open file for its standard output; nil to drop it.
  ///   - errors: an open file for its standard error; nil to drop it.
  /// - Throws: `FileError` if it cannot be started.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String],
    input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil
  ) throws(FileError) {
    var actions = FileActions()
    defer { actions.destroy() }
    for (descriptor, target) in [(input, 0), (output, 1), (errors, 2)] as [(Int32?, Int32)] {
      actions.set(target, to: descriptor)
    }
    var attributes = Attributes()
    defer { attributes.destroy() }
    let words = CStrings([program] + arguments)
    let variables = CStrings(environment.map { "\($0)=\($1)" })
    // A process may have inherited that it ignores this signal; the system would then forget how
    // children ended.
    signal(SIGCHLD, SIG_DFL)
    var child: pid_t = 0
    let code = Self.isStarting.withLock { _ in
      program.withSystemPath { path in
        posix_spawn(&child, path, &actions.value, &attributes.value, words.list, variables.list)
      }
    }
    guard code == 0 else {
      throw FileError(path: program, reason: "it cannot be started: \(systemReason(code))")
    }
    identifier = child
  }

  /// Waits for the child's end.
  package mutating func wait() -> End {
    while true {
      if let end = check(options: 0) { return end }
    }
  }

  /// The child's end; nil while it runs.
  package mutating func endIfKnown() -> End? { check(options: WNOHANG) }

  private mutating func check(options: Int32) -> End? {
    if let end { return end }
    var status: Int32 = 0
    let result = waitpid(identifier, &status, options)
    if result == identifier {
      // The layout of POSIX systems: a signal in the low seven bits, or the status above a byte.
      let signal = status & 0x7F
      end = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
    } else if result < 0, errno != EINTR {
      preconditionFailure("a child process was waited for elsewhere")
    }
    return end
  }
}

/// The files of a child's standard streams.
private struct FileActions {
  #if canImport(Darwin)
    var value: posix_spawn_file_actions_t?
  #else
    var value = posix_spawn_file_actions_t()
  #endif

  init() { posix_spawn_file_actions_init(&value) }

  mutating func set(_ target: Int32, to descriptor: Int32?) {
    if let descriptor {
      posix_spawn_file_actions_adddup2(&value, descriptor, target)
    } else {
      posix_spawn_file_actions_addopen(
        &value, target, "/dev/null", target == 0 ? O_RDONLY : O_WRONLY, 0)
    }
  }

  mutating func destroy() { posix_spawn_file_actions_destroy(&value) }
}

/// A process group of its own, and signals as a program finds them that a shell starts.
private struct Attributes {
  #if canImport(Darwin)
    var value: posix_spawnattr_t?
  #else
    var value = posix_spawnattr_t()
  #endif

  init() {
    posix_spawnattr_init(&value)
    var flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    #if canImport(Darwin)
      flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
    #endif
    posix_spawnattr_setflags(&value, Int16(flags))
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&value, &signals)
    for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&value, &signals)
  }

  mutating func destroy() { posix_spawnattr_destroy(&value) }
}

/// Strings for the system, with a null behind the last.
private final class CStrings {
  let list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    list = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() {
      list[index] = string.withSystemPath { strdup($0) }
    }
    list[count] = nil
  }

  deinit {
    for index in 0..<count { free(list[index]) }
    list.deallocate()
  }
}
