public import Sparrow

/// Measured times of a plan's products on this machine, taken in turn as in a step, so that the
/// caches hold what they hold in a step.
public struct PlanTimes: Sendable {
  /// The median time of each matrix's product, in nanoseconds.
  public private(set) var nanoseconds: [Double]

  /// Measures the products.
  ///
  /// - Parameters:
  ///   - matrices: The matrices in the order of a step.
  ///   - activity: The density of the input of each matrix, from 0 to 1.
  ///   - rounds: The number of measurements of each.
  public init(_ matrices: [PackedMatrix], activity: [Double], rounds: Int = 401) {
    let products = zip(matrices, activity).map(Product.init)
    var times = [[Double]](repeating: [], count: matrices.count)
    var idle: [Double] = []
    for _ in 0..<rounds {
      for (index, product) in products.enumerated() {
        times[index].append(Self.time { product.run() })
      }
      idle.append(Self.time {})
    }
    // Reading the clock takes about as long as a small product.
    let clock = Self.median(idle)
    nanoseconds = times.map { max(0, Self.median($0) - clock) }
  }

  /// Measures the median time of a plan's step, in nanoseconds.
  public static func step(of plan: Plan, rounds: Int = 401) -> Double {
    var stream = NetworkStream(plan)
    let frame = (0..<plan.inputWidth).map { Float($0 % 7) / 7 }
    var output = [Float](repeating: 0, count: plan.outputWidth)
    var times: [Double] = []
    for _ in 0..<rounds {
      times.append(
        time {
          var span = output.mutableSpan
          stream.step(frame.span, into: &span)
        })
    }
    return median(times)
  }

  private static func time(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    let elapsed = (ContinuousClock.now - start).components
    return Double(elapsed.seconds) * 1e9 + Double(elapsed.attoseconds) * 1e-9
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// A matrix with an input of a given density.
private final class Product {
  private let matrix: PackedMatrix
  private let x: UnsafeMutablePointer<Float>
  private let y: UnsafeMutablePointer<Float>
  /// The input of a matrix of integers; results have four bytes either way.
  private let planes: ActivationPlanes?

  init(_ matrix: PackedMatrix, activity: Double) {
    self.matrix = matrix
    x = Self.memory(matrix.columns + PackedMatrix.overhang)
    y = Self.memory(matrix.storedRows)
    // Zeros are spread evenly.
    for i in 0..<matrix.columns {
      let isActive = Int(Double(i + 1) * activity) > Int(Double(i) * activity)
      x[i] = isActive ? 1 + Float(i % 5) : 0
    }
    let integers = (0..<matrix.columns).map { [x] in Int8(x[$0]) }
    planes =
      switch matrix.activationBits {
      case nil: nil
      case 8: ActivationPlanes(integers)
      default: ActivationPlanes(integers.map { Int16($0) * 1000 })
      }
  }

  deinit {
    x.deallocate()
    y.deallocate()
  }

  func run() {
    guard let planes else {
      matrix.multiply(x, into: y)
      return
    }
    y.withMemoryRebound(to: Int32.self, capacity: matrix.storedRows) {
      matrix.multiply(planes, into: $0)
    }
  }

  private static func memory(_ count: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer.allocate(byteCount: 4 * max(count, 1), alignment: 64)
      .initializeMemory(as: Float.self, repeating: 0, count: count)
  }
}
