import Sparrow
import SparrowInterface

/// The C interface: an input is a plan and calls, with what they are given.
///
/// Its first byte chooses one of the small plans or the input's own end; then come calls, a byte
/// each and what their arguments need, until bytes run out. Memory is exactly as large as the
/// interface asks for, so that the address sanitizer sees the first byte beyond it.
enum InterfaceTarget {
  static func run(_ bytes: [UInt8]) throws {
    var input = CallBytes(bytes)
    let objects = InterfaceObjects(image(&input))
    var left = 48
    while !input.isEmpty, left > 0 {
      left -= 1
      objects.call(&input)
      input.kept = []
    }
  }

  private static let plans: [[UInt8]] = {
    do {
      return try SmallNetworks.all().map { network in
        Plan(network, instructionSet: .scalar).withImage { Array($0) }
      }
    } catch {
      preconditionFailure("small networks have plans: \(error)")
    }
  }()

  /// A plan with some words changed, or what follows.
  private static func image(_ input: inout CallBytes) -> [UInt8] {
    let choice = Int(input.byte())
    guard choice != 255 else { return input.takeRest() }
    var image = plans[choice % plans.count]
    for _ in 0..<max(0, Int(input.byte()) - 250) {
      let place = Int(input.short()) % (image.count / 4) * 4
      let value = input.word()
      image.withUnsafeMutableBytes {
        $0.storeBytes(of: value, toByteOffset: place, as: UInt32.self)
      }
    }
    return image
  }

  static func seeds() throws -> [[UInt8]] {
    // Every call once, on each plan; arguments are what is usual.
    (0..<UInt8(plans.count)).map { plan in
      var random = FuzzRandom(seed: UInt64(plan))
      var seed: [UInt8] = [plan, 0, 0, 0, 0, 0]
      for call in 0..<UInt8(InterfaceObjects.callCount) {
        seed += [call] + (0..<4).map { _ in UInt8(random.below(4)) }
      }
      return seed
    } + [[255] + plans[0]]
  }
}

/// Changes calls one by one.
enum CallMutator {
  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.below(4) {
      let call =
        [UInt8(random.below(InterfaceObjects.callCount))]
        + (0..<random.below(5)).map { _ in UInt8(random.below(random.below(3) == 0 ? 256 : 8)) }
      let place = random.below(bytes.count + 1)
      switch random.below(4) {
      case 0: bytes.insert(contentsOf: call, at: place)
      case 1: bytes += call
      case 2:
        if !bytes.isEmpty { bytes[0] = UInt8(random.below(16)) }
      default:
        bytes.replaceSubrange(place..<min(bytes.count, place + call.count), with: call)
      }
    }
    return bytes
  }
}

/// The bytes of an input, one after the other; zeros at its end.
struct CallBytes {
  private let bytes: [UInt8]
  private var place = 0
  /// Memory that a call is given, which Swift would free after its last use.
  var kept: [AnyObject] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isEmpty: Bool { place >= bytes.count }

  mutating func byte() -> UInt8 {
    guard place < bytes.count else { return 0 }
    place += 1
    return bytes[place - 1]
  }

  mutating func short() -> UInt16 { UInt16(byte()) | UInt16(byte()) << 8 }
  mutating func word() -> UInt32 { UInt32(short()) | UInt32(short()) << 16 }

  mutating func takeRest() -> [UInt8] {
    defer { place = bytes.count }
    return Array(bytes[min(place, bytes.count)...])
  }

  /// A float of any size, most of the time one between -1 and 1.
  mutating func float() -> Float {
    let odd: [Float] = [0, 1, .nan, .infinity, -.infinity, 1e30, -1, 201]
    let byte = byte()
    return byte >= 248 ? odd[Int(byte - 248)] : Float(byte) / 247
  }

  /// A size: a small one, or one that no object has.
  mutating func size(_ usual: Int) -> Int {
    switch byte() {
    case 0..<200: usual
    case 200..<220: 0
    case 220..<235: usual &+ 1
    case 235..<245: max(0, usual &- 1)
    case 245..<250: -1
    case 250..<253: .min
    default: .max
    }
  }
}
