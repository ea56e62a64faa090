import CSparrow

/// A network made ready for one machine: every matrix packed in the format that is fastest there.
///
/// A plan is a view of a flat image (see `sparrow_plan.h`) in memory that it shares and never
/// changes, so it may be used from any number of threads, one ``NetworkStream`` a conversation.
public struct Plan: @unchecked Sendable {
  let program: Program
  /// Keeps the image alive; nil where the caller does.
  private let owner: AnyObject?

  /// The instructions that a step uses.
  public let instructionSet: InstructionSet

  /// A plan over an image that lies in memory already (in flash, in a mapped file).
  ///
  /// - Parameters:
  ///   - image: the bytes, aligned to 64. They are neither copied nor changed.
  ///   - owner: an object that keeps them alive; without one, they have to outlive every use.
  ///   - instructionSet: one that the processor supports; nil for the one that the image was packed
  ///     for, or else one that can run it.
  /// - Throws: ``PlanError`` where the image is not one that this version can run. What an image
  ///   says is checked here, and only here.
  public init(
    image: UnsafeRawBufferPointer, owner: AnyObject? = nil,
    instructionSet: InstructionSet? = nil
  ) throws(PlanError) {
    let packed = UInt32(try PlanValidator.header(of: image).pointee.instruction_set)
    let set = instructionSet ?? .running(imagesFor: packed)
    do throws(PlanError) {
      try self.init(image, owner, set, kernels: Kernels(set))
    } catch {
      guard instructionSet == nil, set.cValue.rawValue != packed, case .invalidLayer = error
      else { throw error }
      throw .otherInstructionSet
    }
  }

  /// A plan to read the sizes of, whatever processor it was packed for; it must not be stepped.
  package init(
    reading image: UnsafeRawBufferPointer, packedFor instructionSet: InstructionSet
  ) throws(PlanError) {
    try self.init(image, nil, instructionSet, kernels: Kernels(.scalar))
  }

  // Not called but part of the others: a plan would be moved from one stack frame to the next.
  @inline(__always)
  private init(
    _ image: UnsafeRawBufferPointer, _ owner: AnyObject?, _ instructionSet: InstructionSet,
    kernels: Kernels
  ) throws(PlanError) {
    program = Program(
      header: try PlanValidator.validate(image, for: instructionSet, kernels: kernels),
      image: image.baseAddress!, kernels: kernels)
    self.owner = owner
    self.instructionSet = instructionSet
  }

  /// Where an image has to begin: at a multiple of so many bytes.
  public static var imageAlignment: Int { Int(sparrow_plan_alignment) }
  /// The version of the format of images. No other one is run.
  public static var imageVersion: Int { Int(sparrow_plan_version) }

  /// Calls `body` with the plan's image: `byteCount` bytes that can be stored, and made a plan
  /// again by ``init(image:owner:instructionSet:)`` where they lie at a multiple of
  /// ``imageAlignment`` bytes, on any little-endian machine. They hold no addresses.
  ///
  /// - Parameter body: may use the bytes until it returns.
  public func withImage<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeRawBufferPointer(start: program.image, count: byteCount))
  }

  /// Values in a frame that a step takes.
  public var inputWidth: Int { Int(header.input_width) }
  /// Values in a frame that a step gives.
  public var outputWidth: Int { Int(header.output_width) }
  /// Floats of state, padding included.
  public var stateCount: Int { Int(header.state_count) }
  /// Floats that a step needs to work in.
  public var scratchCount: Int { Int(header.scratch_count) }
  /// Layers that a step consists of; normalisations may have gone into matrices.
  public var layerCount: Int { program.layerCount }
  /// Matrices that a step multiplies; see ``OperationCount``.
  public var matrixCount: Int { program.matrixCount }
  /// Floats of a stream's workspace: scratch for each frame that it unfolds, and what a lookup
  /// of floats may read beyond them.
  func workspaceCount(unfolding: Int) -> Int {
    unfolding * scratchCount + (program.isInteger ? 0 : Int(sparrow_lookup_overhang))
  }
  /// Bytes of memory that a stream that unfolds nothing allocates when it is made, all at once.
  public var streamByteCount: Int { 4 * (program.workspaceStart + workspaceCount(unfolding: 1)) }
  /// Bytes of the image: packed weights, vectors and records.
  public var byteCount: Int { Int(header.byte_count) }
  /// A number that differs for networks that differ in shape or parameters. A state belongs to one.
  public var fingerprint: UInt64 { header.fingerprint }

  /// How frames of integers are to be read, where the network is in fixed point; nil where it is in
  /// single precision.
  public var fixedPoint: FixedPointFrames? {
    guard program.isInteger else { return nil }
    return FixedPointFrames(
      inputExponent: Int(header.input_exponent), outputExponent: Int(header.output_exponent),
      limit: Int(header.limit))
  }

  private var header: sparrow_plan_header { program.header }

  var stateSegments: UnsafeBufferPointer<sparrow_plan_segment> {
    UnsafeBufferPointer(
      start: (program.image + Int(header.segments_offset))
        .assumingMemoryBound(to: sparrow_plan_segment.self),
      count: Int(header.segment_count))
  }
}

/// The numbers in frames of a network in fixed point: an integer is worth 2^-exponent.
public struct FixedPointFrames: Sendable, Hashable {
  /// The exponent e of input integers, which stand for q · 2^-e.
  public let inputExponent: Int
  /// The exponent e of output integers, which stand for q · 2^-e.
  public let outputExponent: Int
  /// Values are from -limit to limit.
  public let limit: Int
}

/// Why an image cannot be run.
public enum PlanError: Error, Equatable {
  /// Fewer bytes than the header, or than the header says there are.
  case truncated
  /// Not a plan at all.
  case notAPlan
  /// Made by another version of the format.
  case unsupportedVersion(UInt32)
  /// The image does not start on a 64-byte boundary.
  case misaligned
  /// The record of a layer (counted from 0) refers to something outside the image, the state or the
  /// scratch memory, or is of a kind that is not known, or its matrix was packed for instructions
  /// that look further than those of the plan.
  case invalidLayer(Int)
  /// The image was packed for instructions that this processor, or the build, lacks, and whose
  /// matrices no others can multiply by.
  case otherInstructionSet
  /// The build leaves out kernels that the plan needs: those of single precision, or of a format of
  /// its matrices.
  case missingKernels
  /// The header or the layout of the state contradicts itself.
  case invalidLayout
  /// The front end's record or tables contradict themselves or the network.
  case invalidFrontEnd
}
