import SparrowCore

/// Everything that is particular to a kind of front end. A kind of front end is a conformance in a
/// file of its own; its members are those of the JSON object beside "kind".
///
/// Most requirements have a default, which is right for frames of numbers that go in as they are.
protocol FrontEndRule: Sendable, Hashable, Codable {
  /// The value of "kind" in JSON.
  static var kind: String { get }
  /// A network with the front end, as "a denoiser".
  static var network: String { get }
  /// The kind of the record in a plan; nil where a plan takes frames of numbers as they are.
  static var planKind: FrontEndKind? { get }
  var frontEnd: FrontEnd { get }

  /// How a sound is cut into frames; nil where frames are no sound.
  var sound: SoundFrames? { get }
  /// Frames per second; nil where frames have no time.
  var framesPerSecond: Double? { get }
  /// The names of the outputs; nil where they have none.
  var names: OutputNames? { get }
  /// The values of a frame; nil where the network determines them.
  var frameWidth: Int? { get }
  /// The front end with options of the decision on the output, which change no frame, as usual.
  var withUsualDecision: Self { get }
  func validate(inputWidth: Int, layers: [Layer]) throws(NetworkError)

  /// Appends the record and its tables to a plan.
  ///
  /// - Parameters:
  ///   - image: the plan.
  ///   - embedding: of a language model.
  /// - Returns: The place of the record.
  func pack(into image: inout ImageBuilder, embedding: StoredEmbedding?) -> UInt32
}

extension FrontEndRule {
  static var planKind: FrontEndKind? { nil }
  var sound: SoundFrames? { nil }
  var framesPerSecond: Double? { sound?.framesPerSecond }
  var names: OutputNames? { nil }
  var frameWidth: Int? { nil }
  var withUsualDecision: Self { self }
  func pack(into image: inout ImageBuilder, embedding: StoredEmbedding?) -> UInt32 { 0 }

  /// Throws the reason where a condition does not hold.
  func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(NetworkError) {
    guard condition else { throw .invalid("front end: \(reason())") }
  }
}

/// The names of a network's outputs.
package struct OutputNames {
  /// The plural, as "words".
  package let title: String
  /// One by one, without an output that stands for nothing.
  package let names: [String]
  /// Whether there are few enough to be shown.
  package var areShown = true
}
