import CSparrow
package import SparrowCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The discrete Fourier transform of real frames of one length, with its tables.
package final class FourierTransform: @unchecked Sendable {
  /// Samples: a power of two of at least 128.
  package let length: Int
  package var bins: Int { length / 2 + 1 }
  /// Floats that the methods need to work in.
  package var workCount: Int { 2 * length }

  private let kernels: Kernels
  private let tables: UnsafeMutablePointer<Float>
  private let transform: UnsafeMutablePointer<sparrow_transform>

  package init(length: Int, instructionSet: InstructionSet = .best) {
    precondition(length >= sparrow_shortest_transform && length & (length - 1) == 0)
    self.length = length
    kernels = Kernels(instructionSet)
    let half = length / 2
    var values: [Float] = []
    func append(_ count: Int, _ value: (Int) -> Double) {
      for i in 0..<count { values.append(Float(value(i))) }
    }
    // Stage by stage, the factors e^(-2 pi i k p / left) for k = 1, 2, 3 of the p-th butterfly.
    var left = half
    var stride = 1
    while left > 4 {
      for k in 1...3 {
        let angle = -2 * Double.pi * Double(k) / Double(left)
        append(half / 4) { cos(angle * Double($0 / stride)) }
        append(half / 4) { sin(angle * Double($0 / stride)) }
      }
      left /= 4
      stride *= 4
    }
    let unpack = values.count
    append(half) { cos(2 * Double.pi * Double($0) / Double(length)) }
    append(half) { -sin(2 * Double.pi * Double($0) / Double(length)) }
    tables = .allocate(capacity: values.count)
    tables.initialize(from: values, count: values.count)
    transform = .allocate(capacity: 1)
    transform.initialize(
      to: sparrow_transform(length: length, twiddles: tables, unpack: tables + unpack))
  }

  deinit {
    tables.deallocate()
    transform.deallocate()
  }

  /// re, im: bins 0...length/2 of window ⊙ frame. `work`: ``workCount`` floats.
  @inline(__always)
  package func forward(
    _ frame: UnsafePointer<Float>, window: UnsafePointer<Float>,
    re: UnsafeMutablePointer<Float>, im: UnsafeMutablePointer<Float>,
    work: UnsafeMutablePointer<Float>
  ) {
    kernels.transformForward(transform, frame, window: window, re: re, im: im, work: work)
  }

  /// frame = window ⊙ (length/2 × inverse transform). `work`: ``workCount`` floats.
  @inline(__always)
  package func inverse(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, window: UnsafePointer<Float>,
    _ frame: UnsafeMutablePointer<Float>, work: UnsafeMutablePointer<Float>
  ) {
    kernels.transformInverse(transform, re: re, im: im, window: window, frame, work: work)
  }
}
