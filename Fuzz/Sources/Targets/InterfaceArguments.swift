import SparrowInterface

/// Checks what holds for every status.
func check(_ status: sparrow_status) {
  precondition(status.rawValue <= SPARROW_ERROR_FULL.rawValue, "a status of sparrow.h")
}

/// Samples in memory of exactly their size, or none, or misaligned.
struct Samples {
  private final class Memory {
    let start: UnsafeMutableRawPointer
    init(byteCount: Int) { start = .allocate(byteCount: byteCount, alignment: 4) }
    deinit { start.deallocate() }
  }

  /// The count that the interface is told; out of any range, there is one sample.
  let count: Int
  let start: UnsafeMutablePointer<Float>?

  /// Any number of them.
  init(_ input: inout CallBytes) {
    let usual = Int(input.byte()) * 3
    self.init(count: input.size(usual), &input)
  }

  init(count: Int, _ input: inout CallBytes) {
    let present = (0...1 << 16).contains(count) ? count : 1
    self.count = count
    let form = input.byte()
    let isOdd = form > 250
    let memory = Memory(byteCount: 4 * present + (isOdd ? 1 : 0))
    input.kept.append(memory)
    let base = memory.start + (isOdd ? 1 : 0)
    start = form == 250 ? nil : base.assumingMemoryBound(to: Float.self)
    let sizes: [Float] = [0, 0.1, 1, -1, 1e30, .nan, .infinity, .leastNonzeroMagnitude]
    for i in 0..<present {
      let value =
        form < 128 ? Float((i * 37 + Int(form)) % 201) / 100 - 1 : sizes[(i + Int(form)) % 8]
      base.storeBytes(of: value, toByteOffset: 4 * i, as: Float.self)
    }
  }

  /// Where as many samples go: elsewhere, or into the same memory.
  func output(_ input: inout CallBytes) -> Samples {
    input.byte() > 200 ? self : Samples(count: count, &input)
  }
}

/// Sample rates and block sizes: usual ones, and any.
func rate(_ input: inout CallBytes) -> UInt32 {
  let usual: [UInt32] = [0, 16_000, 8000, 44_100, 48_000, 1000, 768_000, 22_050]
  let byte = input.byte()
  return byte < 240 ? usual[Int(byte % 8)] : input.word()
}

func blockSize(_ input: inout CallBytes) -> UInt32 {
  let usual: [UInt32] = [1, 64, 3, 128, 160, 65_536, 0, 1]
  let byte = input.byte()
  return byte < 240 ? usual[Int(byte % 8)] : input.word()
}

extension InterfaceObjects {
  /// Saves a state and goes on from one: the same, an earlier one of any object, or a changed one.
  func state(
    _ handle: Handle, _ input: inout CallBytes, _ size: (Handle) -> Int,
    _ save: (Handle, UnsafeMutableRawPointer?, Int) -> sparrow_status,
    _ restore: (Handle, UnsafeRawPointer?, Int) -> sparrow_status
  ) {
    let count = size(handle)
    // A state of a million samples has nothing that one of a thousand has not.
    guard count < 1 << 20 else { return }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 1)
    defer { memory.deallocate() }
    check(save(handle, nil, count))
    let status = save(handle, memory, input.size(count))
    check(status)
    if status == SPARROW_OK {
      precondition(restore(handle, memory, count) == SPARROW_OK, "what was saved is restored")
      let bytes = UnsafeRawBufferPointer(start: memory, count: count)
      if states.count < 8 { states.append(Array(bytes)) }
    }
    guard !states.isEmpty else { return }
    var other = states[Int(input.byte()) % states.count]
    for _ in 0..<input.byte() % 4 where !other.isEmpty {
      other[Int(input.short()) % other.count] = input.byte()
    }
    check(restore(handle, other, other.count))
    check(restore(handle, nil, other.count))
  }
}
