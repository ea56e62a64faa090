#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The fuzz targets by name.
///
/// A target's `run` returns for any bytes or throws: most inputs are refused.
nonisolated(unsafe) let targets: [String: FuzzTarget] = [
  "model": FuzzTarget(ModelTarget.run, mutate: SafeTensorsMutator.mutate, seeds: ModelTarget.seeds),
  "plan": FuzzTarget(PlanTarget.run, mutate: PlanMutator.mutate, seeds: PlanTarget.seeds),
  "runner": FuzzTarget(RunnerTarget.run, mutate: PlanMutator.mutate, seeds: RunnerTarget.seeds),
  "interface": FuzzTarget(
    InterfaceTarget.run, mutate: CallMutator.mutate, seeds: InterfaceTarget.seeds),
  "state": FuzzTarget(StateTarget.run, mutate: StateMutator.mutate, seeds: StateTarget.seeds),
  "recipe": FuzzTarget(RecipeTarget.run, mutate: JSONMutator.mutate, seeds: RecipeTarget.seeds),
  "checkpoint": FuzzTarget(
    CheckpointTarget.run, mutate: SafeTensorsMutator.mutate, seeds: CheckpointTarget.seeds),
  "import": FuzzTarget(
    ImportTarget.run, mutate: SafeTensorsMutator.mutate, seeds: ImportTarget.seeds),
  "numbers": FuzzTarget(NumbersTarget.run, mutate: NumPyMutator.mutate, seeds: NumbersTarget.seeds),
  "study": FuzzTarget(StudyTarget.run, mutate: JSONMutator.mutate, seeds: StudyTarget.seeds),
  "chip": FuzzTarget(ChipTarget.chip, mutate: JSONMutator.mutate, seeds: ChipTarget.chipSeeds),
  "workload": FuzzTarget(
    ChipTarget.workload, mutate: JSONMutator.mutate, seeds: ChipTarget.workloadSeeds),
  "text": FuzzTarget(TextTarget.run, mutate: GzipMutator.mutate, seeds: TextTarget.seeds),
  "labels": FuzzTarget(
    TextTarget.labels, mutate: TableMutator.mutate, seeds: TextTarget.labelSeeds),
  "mixtures": FuzzTarget(
    TextTarget.mixtures, mutate: TableMutator.mutate, seeds: TextTarget.mixtureSeeds),
  "sound": FuzzTarget(SoundTarget.run, mutate: SoundMutator.mutate, seeds: SoundTarget.seeds),
]

struct FuzzTarget {
  var run: ([UInt8]) throws -> Void
  /// A change of an input that keeps its outer form.
  var mutate: ([UInt8], inout FuzzRandom) -> [UInt8]
  /// Inputs to begin with.
  var seeds: () throws -> [[UInt8]]

  init(
    _ run: @escaping ([UInt8]) throws -> Void,
    mutate: @escaping ([UInt8], inout FuzzRandom) -> [UInt8],
    seeds: @escaping () throws -> [[UInt8]]
  ) {
    self.run = run
    self.mutate = mutate
    self.seeds = seeds
  }

  /// Runs an input, which may be refused, but in one line that can be printed.
  func check(_ bytes: [UInt8]) {
    do { try run(bytes) } catch {
      if "\(error)".contains("\n") { fatalError("an error of several lines: \(error)") }
    }
  }
}

/// The package manager renames an executable's main function, so that libFuzzer's own is not there.
@main
struct SparrowFuzz {
  static func main() throws {
    #if LIBFUZZER
      try LibFuzzer.main()
    #else
      try FuzzLoop.main()
    #endif
  }
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

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(count, 1))) }
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

  static func remove() { FileCoder.remove(folder) }
}
