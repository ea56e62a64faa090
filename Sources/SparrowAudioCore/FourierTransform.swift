import CSparrow
package import SparrowCore

/// The discrete Fourier transform of real frames of one length: a view of tables.
package struct FourierTransform: @unchecked Sendable {
  /// Samples: a power of two of at least 128.
  package var length: Int { tables.length }
  /// Bins from 0 Hz to half the sample rate.
  package var bins: Int { length / 2 + 1 }
  /// Floats that the methods need to work in.
  package var workCount: Int { length + 16 }

  private let kernels: Kernels
  private let tables: sparrow_transform
  /// Keeps the tables alive; nil where the caller does.
  private let owner: AnyObject?

  /// - Parameters:
  ///   - twiddles, unpack: see `sparrow_transform`.
  ///   - owner: keeps both alive.
  package init(
    length: Int, twiddles: UnsafePointer<Float>, unpack: UnsafePointer<Float>, owner: AnyObject?,
    kernels: Kernels
  ) {
    precondition(length >= sparrow_shortest_transform && length & (length - 1) == 0)
    tables = sparrow_transform(length: length, twiddles: twiddles, unpack: unpack)
    self.owner = owner
    self.kernels = kernels
  }

  /// re, im: bins 0...length/2 of window ⊙ frame. `work`: ``workCount`` floats, where `frame` may
  /// lie.
  @inline(__always)
  package func forward(
    _ frame: UnsafePointer<Float>, window: UnsafePointer<Float>,
    re: UnsafeMutablePointer<Float>, im: UnsafeMutablePointer<Float>,
    work: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: tables) {
      kernels.transformForward($0, frame, window: window, re: re, im: im, work: work)
    }
  }

  /// frame = window ⊙ (length/2 × inverse transform). `re` and `im` are used up, and `frame` may
  /// lie where they do. `work`: ``workCount`` floats.
  @inline(__always)
  package func inverse(
    re: UnsafeMutablePointer<Float>, im: UnsafeMutablePointer<Float>,
    window: UnsafePointer<Float>, _ frame: UnsafeMutablePointer<Float>,
    work: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: tables) {
      kernels.transformInverse($0, re: re, im: im, window: window, frame, work: work)
    }
  }
}
