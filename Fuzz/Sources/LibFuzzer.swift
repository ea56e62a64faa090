#if LIBFUZZER
  #if canImport(Glibc)
    import Glibc
  #else
    import Darwin
  #endif

  /// libFuzzer's driver: one target, which the environment variable FUZZ_TARGET names, with changes
  /// that follow what they reach.
  enum LibFuzzer {
    nonisolated(unsafe) static let target: FuzzTarget = {
      let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
      guard let target = targets[name] else {
        let names = targets.keys.sorted().joined(separator: ", ")
        print("FUZZ_TARGET is \"\(name)\"; expected one of \(names)")
        exit(64)
      }
      return target
    }()

    static func main() throws {
      // FUZZ_SEEDS: writes a target's first inputs to a folder, and ends.
      if let folder = getenv("FUZZ_SEEDS").map({ String(cString: $0) }) {
        for (index, seed) in try target.seeds().enumerated() {
          try Scratch.write(seed, to: "\(folder)/seed-\(index)")
        }
        return
      }
      // Seeds run before libFuzzer's inputs, so that plans and files which a target makes once are
      // not timed with one of these.
      for seed in try target.seeds() { target.check(seed) }
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
    LibFuzzer.target.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
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
    guard Bool.random(using: &random) else { return libFuzzerMutate(bytes, count, room) }
    let result = LibFuzzer.target.mutate(
      Array(UnsafeBufferPointer(start: bytes, count: count)), &random)
    let length = min(result.count, room)
    for i in 0..<length { bytes[i] = result[i] }
    return length
  }
#endif
