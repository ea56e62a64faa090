#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A driver without libFuzzer, for builds that have no sanitizer: it changes seeds and the
/// committed corpus at random, all targets in turn. It learns nothing, but needs no build of its
/// own and is the fastest.
///
/// Usage: SparrowFuzz SECONDS [CORPUS] [TARGET…], where CORPUS has a folder per target, or
/// SparrowFuzz TARGET FILE for one input.
///
/// The environment variable FUZZ_SEED makes the changes the same again.
///
/// An input that ends the process is in `.build/fuzz-input`; its target is the last one printed.
enum FuzzLoop {
  private static let maximumBytes = 1 << 16

  static func main() throws {
    var arguments = CommandLine.arguments.dropFirst()
    if arguments.count == 2, let target = targets[arguments[1]] {
      target.check(try FileCoder.read(arguments[2]))
      return
    }
    guard let seconds = arguments.popFirst().flatMap(Double.init), seconds > 0 else {
      print("usage: SparrowFuzz SECONDS [CORPUS] [TARGET…]")
      exit(64)
    }
    let corpus = arguments.popFirst() ?? "Fuzz/Corpus"
    let names = arguments.isEmpty ? targets.keys.sorted() : Array(arguments)
    for name in names where targets[name] == nil {
      print("there is no target \"\(name)\"; expected \(targets.keys.sorted())")
      exit(64)
    }
    let input = try LastInput()
    let given = getenv("FUZZ_SEED").flatMap { UInt64(String(cString: $0)) }
    let seed = given ?? UInt64(time(nil)) << 20 ^ UInt64(getpid())
    var total = 0
    for name in names {
      let target = targets[name]!
      print("\(name): ", terminator: "")
      fflush(nil)
      var inputs = try target.seeds()
      inputs += FileCoder.files(in: "\(corpus)/\(name)")
      for bytes in inputs { run(target, bytes, input) }
      var random = FuzzRandom(seed: seed)
      let end = clock() + seconds / Double(names.count)
      var count = inputs.count
      while clock() < end {
        // A change of a change now and then, but never far from what is read.
        var bytes = inputs[random.below(inputs.count)]
        for _ in 0...random.below(3) {
          bytes =
            random.below(3) == 0
            ? ByteMutator.mutate(bytes, &random) : target.mutate(bytes, &random)
        }
        if bytes.count > maximumBytes { bytes.removeLast(bytes.count - maximumBytes) }
        run(target, bytes, input)
        count += 1
      }
      print("\(count) inputs")
      total += count
    }
    print("\(total) inputs in all, seed \(seed)")
    Scratch.remove()
    input.remove()
  }

  private static func run(_ target: FuzzTarget, _ bytes: [UInt8], _ input: LastInput) {
    input.keep(bytes)
    // The signal ends the process.
    alarm(10)
    target.check(bytes)
    alarm(0)
    guard peakBytes < 1 << 30 else { fatalError("an input took \(peakBytes) bytes") }
  }

  /// The most memory that the process had.
  private static var peakBytes: Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss << 10
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }

  private static func clock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The input that runs, in a file: it is there when the process is not.
  private struct LastInput {
    private static let path = ".build/fuzz-input"
    private let file: Int32

    init() throws {
      mkdir(".build", 0o755)
      file = open(Self.path, O_RDWR | O_CREAT | O_TRUNC, 0o644)
      guard file >= 0 else { throw Scratch.Failure() }
    }

    func keep(_ bytes: [UInt8]) {
      guard pwrite(file, bytes, bytes.count, 0) == bytes.count,
        ftruncate(file, off_t(bytes.count)) == 0
      else { preconditionFailure("the input is kept") }
    }

    func remove() { unlink(Self.path) }
  }
}
