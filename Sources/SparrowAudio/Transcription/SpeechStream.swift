public import Sparrow
import SparrowAudioCore
public import SparrowCore

/// A signal on its way through a network that recognises speech: mel bands of every hop, and after
/// some hops a step of the network, whose output is the logits of the blank and of each character.
///
/// Give every signal one of its own; they share the plan. Digital silence of more than half a
/// second sets the network's state back to its beginning.
public struct SpeechStream: ~Copyable {
  /// The front end of the network.
  public let frontEnd: SpeechFrontEnd
  private var spectrum: LogMelSpectrum
  private var stream: NetworkStream
  private let input: UnsafeMutableBufferPointer<Float>
  private let output: UnsafeMutableBufferPointer<Float>
  /// Hops of the current step.
  private var hops = 0
  private var silentHops = 0
  private let restartHops: Int

  /// A stream of a network, packed for this machine. To give every signal one of its own, make a
  /// `Plan` once and share it.
  ///
  /// - Throws: `NetworkError` for a network without a front end for speech.
  public init(
    _ network: Network, instructionSet: InstructionSet = .best
  ) throws(NetworkError) {
    guard let frontEnd = network.speechFrontEnd else {
      throw .invalid("the network has no front end for speech")
    }
    self.init(Plan(network, instructionSet: instructionSet), frontEnd: frontEnd)
  }

  /// A stream at the beginning of a signal.
  ///
  /// - Precondition: The plan is of a network with this front end.
  public init(_ plan: Plan, frontEnd: SpeechFrontEnd) {
    precondition(plan.inputWidth == frontEnd.inputWidth, "a plan with this front end")
    self.frontEnd = frontEnd
    spectrum = LogMelSpectrum(frontEnd.mel)
    stream = NetworkStream(plan)
    input = .allocate(capacity: plan.inputWidth)
    input.initialize(repeating: 0)
    output = .allocate(capacity: plan.outputWidth)
    output.initialize(repeating: 0)
    restartHops =
      Int(
        max(0.5, Double(frontEnd.flush)) * Double(frontEnd.sampleRate) / Double(frontEnd.hop)) + 1
  }

  deinit {
    input.deallocate()
    output.deallocate()
  }

  /// The plan.
  public var plan: Plan { stream.plan }
  /// The logits after the last step.
  public var logits: [Float] { Array(output) }

  /// Takes a hop of samples.
  ///
  /// - Parameter samples: `frontEnd.hop` samples, between -1 and 1; what is no number counts as 0.
  /// - Returns: Whether the network made a step.
  public mutating func push(_ samples: Span<Float>) -> Bool {
    guard analyze(samples) else { return false }
    var span = output.mutableSpan
    stream.step(input.span, into: &span)
    return true
  }

  /// The same, counting the operations of the network.
  public mutating func push(
    _ samples: Span<Float>, counting count: inout OperationCount
  ) -> Bool {
    guard analyze(samples) else { return false }
    var span = output.mutableSpan
    stream.run(input.span, into: &span, counting: &count)
    return true
  }

  private mutating func analyze(_ samples: Span<Float>) -> Bool {
    let bands = frontEnd.bands
    let part = UnsafeMutableBufferPointer(rebasing: input[hops * bands..<(hops + 1) * bands])
    var features = part.mutableSpan
    spectrum.push(samples, into: &features)
    silentHops = spectrum.isSilent ? min(silentHops + 1, restartHops) : 0
    if silentHops == restartHops { stream.reset() }
    hops += 1
    guard hops == frontEnd.stacking else { return false }
    hops = 0
    return true
  }

  /// Begins a new signal.
  public mutating func reset() {
    spectrum.reset()
    stream.reset()
    hops = 0
    silentHops = 0
  }
}
