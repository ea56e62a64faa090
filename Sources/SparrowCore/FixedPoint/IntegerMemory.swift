package import CSparrow

/// Everything that a layer touches in a step in integers; see ``StepMemory``.
package struct IntegerMemory {
  let image: UnsafeRawPointer
  let kernels: Kernels
  /// The largest magnitude of an activation.
  package let limit: Int32
  package let state: UnsafeMutablePointer<Int32>
  let scratch: UnsafeMutablePointer<Int32>

  /// The activations of a slot.
  @inline(__always)
  package func slot(_ offset: UInt32) -> UnsafeMutablePointer<Int16> {
    UnsafeMutableRawPointer(scratch + Int(offset)).assumingMemoryBound(to: Int16.self)
  }

  @inline(__always)
  func vector(_ offset: UInt32) -> UnsafePointer<Int32> {
    (image + Int(offset)).assumingMemoryBound(to: Int32.self)
  }
}

/// How a layer's work lies in scratch memory: sums of products, what C reads of a state, and the
/// planes of the activations that a matrix multiplies.
package struct IntegerWork {
  /// Words from the work's beginning.
  let read: Int
  let low: Int
  let high: Int
  /// Words of all of it.
  package let count: UInt64

  package init(_ layer: sparrow_layer) {
    self.init(
      rows: max(max(layer.matrices.0.stored_rows, layer.matrices.1.stored_rows), layer.width),
      states: layer.states, layer)
  }

  /// - Parameters:
  ///   - rows: the most that a matrix of the layer gives, with padding.
  ///   - states: complex ones, with padding.
  init(rows: UInt32, states: UInt32, _ layer: sparrow_layer) {
    let (first, second, third) = layer.matrices
    let columns = max(max(first.columns, second.columns), third.columns)
    let overhang = max(
      max(first.activationOverhang, second.activationOverhang), third.activationOverhang)
    // Planes begin on lines of the cache.
    let bytes = UInt64(columns) + UInt64(overhang)
    let plane = columns == 0 ? 0 : (bytes + 63) / 64 * 16
    let sums = (UInt64(rows) + 15) / 16 * 16
    read = Int(truncatingIfNeeded: sums)
    low = Int(truncatingIfNeeded: sums + UInt64(states))
    high = Int(truncatingIfNeeded: sums + UInt64(states) + plane)
    count = sums + UInt64(states) + 2 * plane
  }
}

extension sparrow_matrix {
  /// Bytes beyond a plane of activations that a product in integers may read; compressed columns
  /// have none.
  fileprivate var activationOverhang: UInt32 {
    columns == 0 || format == SPARROW_MATRIX_COLUMNS.rawValue ? 0 : UInt32(sparrow_lookup_overhang)
  }
}

extension sparrow_layer {
  /// Sums of the first matrix's product with the layer's input, in integers, where the layer works.
  @inline(__always)
  func multiplyInput(
    _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UnsafeMutablePointer<Int32> {
    let work = memory.scratch + Int(self.work)
    Matrix(record: matrices.0).multiply(
      memory.slot(input), at: 0, in: memory, work: work, IntegerWork(self), observer: &observer)
    return work
  }
}

extension Matrix {
  /// Sums of W x + bias, in integers. `x`: `columns` activations; `work`: where the layer works,
  /// whose beginning takes the `stored_rows` sums; `index`: which one of its layer's matrices it
  /// is.
  @inline(__always)
  func multiply(
    _ x: UnsafePointer<Int16>, at index: Int, in memory: IntegerMemory,
    work: UnsafeMutablePointer<Int32>, _ layout: IntegerWork, observer: inout some StepObserver
  ) {
    multiply(
      x, at: index, in: memory, into: work,
      planes: (work + layout.low, work + layout.high), observer: &observer)
  }

  /// The same with places of their own for the sums and for the planes of the activations.
  @inline(__always)
  func multiply(
    _ x: UnsafePointer<Int16>, at index: Int, in memory: IntegerMemory,
    into sums: UnsafeMutablePointer<Int32>,
    planes: (low: UnsafeMutablePointer<Int32>, high: UnsafeMutablePointer<Int32>),
    observer: inout some StepObserver
  ) {
    observer.matrix(self, at: index, times: x, in: memory)
    let low = UnsafeMutableRawPointer(planes.low).assumingMemoryBound(to: UInt8.self)
    if record.arithmetic == SPARROW_W8A8.rawValue {
      memory.kernels.narrowPlanes(x, count: columns, low: low)
      memory.kernels.multiply(record, in: memory.image, low: low, high: nil, sums)
    } else {
      let high = UnsafeMutableRawPointer(planes.high).assumingMemoryBound(to: UInt8.self)
      memory.kernels.planes(x, count: columns, low: low, high: high)
      memory.kernels.multiply(record, in: memory.image, low: low, high: high, sums)
    }
  }
}
