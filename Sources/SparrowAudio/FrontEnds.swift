import CSparrow
import SparrowCore

// Transforms, features and decisions of front ends that no plan carries, as training needs them.

extension ShortTimeTransform {
  package init(_ frontEnd: SpectralFrontEnd, instructionSet: InstructionSet = .best) {
    let packed = PackedFrontEnd(frontEnd)
    self.init(
      packed.record.assumingMemoryBound(to: sparrow_spectral_front_end.self), image: packed.image,
      owner: packed.owner, instructionSet: instructionSet)
  }
}

extension FourierTransform {
  /// - Parameter length: samples: a power of two of at least 128.
  package init(length: Int, instructionSet: InstructionSet = .best) {
    let tables = FourierTables(length: length)
    self.init(
      length: length, twiddles: tables.values, unpack: tables.values + tables.unpackStart,
      owner: tables, kernels: Kernels(instructionSet))
  }
}

/// The memory of one transform's tables.
private final class FourierTables {
  let values: UnsafePointer<Float>
  let unpackStart: Int

  init(length: Int) {
    let twiddles = SpectralTables.twiddles(length: length)
    let tables = twiddles + SpectralTables.unpacking(length: length)
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: tables.count)
    memory.initialize(from: tables, count: tables.count)
    values = UnsafePointer(memory)
    unpackStart = twiddles.count
  }

  deinit { values.deallocate() }
}

extension LogMelSpectrum {
  /// A spectrum before the first sample.
  public init(_ frontEnd: KeywordFrontEnd) {
    let packed = PackedFrontEnd(frontEnd)
    let record = packed.record.load(as: sparrow_keyword_front_end.self)
    guard let bands = LogMel(record, image: packed.image) else {
      preconditionFailure("tables are made as their shape says")
    }
    self.init(bands, owner: packed.owner)
  }
}

extension KeywordDecision {
  /// A decision before the first frame.
  public init(_ frontEnd: KeywordFrontEnd) {
    self.init(
      classes: frontEnd.words.count + 1, threshold: frontEnd.threshold,
      smoothingFrames: frontEnd.smoothingFrames, settlingFrames: frontEnd.settlingFrames,
      refractoryFrames: frontEnd.refractoryFrames)
  }
}
