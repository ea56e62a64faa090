#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The fuzz targets by name; the environment variable FUZZ_TARGET chooses one.
///
/// A target's `run` returns for any bytes or throws: most inputs are refused.
nonisolated(unsafe) let targets: [String: FuzzTarget] = [
  "model": FuzzTarget(ModelTarget.run, mutate: SafeTensorsMutator.mutate, seeds: ModelTarget.seeds),
  "plan": FuzzTarget(PlanTarget.run, mutate: PlanMutator.mutate, seeds: PlanTarget.seeds),
  "state": FuzzTarget(StateTarget.run, seeds: StateTarget.seeds),
  "recipe": FuzzTarget(RecipeTarget.run, mutate: JSONMutator.mutate, seeds: RecipeTarget.seeds),
  "checkpoint": FuzzTarget(
    CheckpointTarget.run, mutate: SafeTensorsMutator.mutate, seeds: CheckpointTarget.seeds),
  "chip": FuzzTarget(ChipTarget.chip, mutate: JSONMutator.mutate, seeds: ChipTarget.chipSeeds),
  "workload": FuzzTarget(
    ChipTarget.workload, mutate: JSONMutator.mutate, seeds: ChipTarget.workloadSeeds),
  "text": FuzzTarget(TextTarget.run, seeds: TextTarget.seeds),
  "labels": FuzzTarget(TextTarget.labels, seeds: TextTarget.labelSeeds),
  "mixtures": FuzzTarget(TextTarget.mixtures, seeds: TextTarget.mixtureSeeds),
  "sound": FuzzTarget(SoundTarget.run, seeds: SoundTarget.seeds),
]

struct FuzzTarget {
  var run: ([UInt8]) throws -> Void
  /// A change of an input that keeps its outer form; nil for libFuzzer's own.
  var mutate: (([UInt8], inout FuzzRandom) -> [UInt8])?
  /// Inputs to begin with.
  var seeds: () throws -> [[UInt8]]

  init(
    _ run: @escaping ([UInt8]) throws -> Void,
    mutate: (([UInt8], inout FuzzRandom) -> [UInt8])? = nil,
    seeds: @escaping () throws -> [[UInt8]]
  ) {
    self.run = run
    self.mutate = mutate
    self.seeds = seeds
  }

  nonisolated(unsafe) static let current: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = targets[name] else {
      let names = targets.keys.sorted().joined(separator: ", ")
      print("FUZZ_TARGET is \"\(name)\"; expected one of \(names)")
      exit(64)
    }
    return target
  }()
}

/// The package manager renames an executable's main function, so that libFuzzer's own is not there.
@main
struct SparrowFuzz {
  static func main() throws {
    // FUZZ_SEEDS: writes a target's first inputs to a folder, and ends.
    if let folder = getenv("FUZZ_SEEDS").map({ String(cString: $0) }) {
      for (index, seed) in try FuzzTarget.current.seeds().enumerated() {
        try Scratch.write(seed, to: "\(folder)/seed-\(index)")
      }
      return
    }
    // Seeds run before libFuzzer's inputs, so that plans and files which a target makes once are
    // not timed with one of these.
    for seed in try FuzzTarget.current.seeds() { try? FuzzTarget.current.run(seed) }
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(runDriver(&count, &arguments, { testOneInput($0, $1) }))
  }
}

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<
    UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  >,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do {
    try FuzzTarget.current.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
  } catch {
    // An error has to be one line that can be printed.
    if "\(error)".contains("\n") { fatalError("an error of several lines: \(error)") }
  }
  return 0
}

@_silgen_name("LLVMFuzzerMutate")
func libFuzzerMutate(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ room: Int) -> Int

@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ room: Int, _ seed: UInt32
) -> Int {
  var random = FuzzRandom(seed: UInt64(seed))
  // Half of the time bytes are changed blindly, since parsers have to stand that, too.
  guard let mutate = FuzzTarget.current.mutate, Bool.random(using: &random) else {
    return libFuzzerMutate(bytes, count, room)
  }
  let result = mutate(Array(UnsafeBufferPointer(start: bytes, count: count)), &random)
  let length = min(result.count, room)
  for i in 0..<length { bytes[i] = result[i] }
  return length
}

/// SplitMix64.
struct FuzzRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Files for what reads only such; in memory where the system has such a folder.
enum Scratch {
  static let folder: String = {
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    let path = "\(parent)/sparrow-fuzz-\(getpid())"
    mkdir(path, 0o700)
    return path
  }()

  struct Failure: Error {}

  static func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "wb") else { throw Failure() }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure() }
  }

  static func makeFolder(_ name: String) { mkdir("\(folder)/\(name)", 0o700) }
}
