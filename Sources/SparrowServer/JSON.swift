#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Texts that a client sends.
struct ClientMessage: Decodable {
  /// `state` or `end`.
  var type: String
  /// With the next two: a state to go on from.
  var state: String?
  var consumed: Int?
  var produced: Int?

  /// - Returns: nil where the bytes are no such message.
  init?(_ bytes: [UInt8]) {
    guard let message = try? JSONDecoder().decode(ClientMessage.self, from: Data(bytes)) else {
      return nil
    }
    self = message
  }

  /// The bytes of ``state``; nil where there are none.
  var stateBytes: [UInt8]? { state.flatMap { Data(base64Encoded: $0) }.map { Array($0) } }
}

/// Texts that a client gets.
enum JSON {
  /// A text in quotes.
  static func string(_ text: String) -> String {
    guard let data = try? JSONEncoder().encode(text) else { return "\"\"" }
    return String(decoding: data, as: UTF8.self)
  }

  static func state(_ bytes: [UInt8], consumed: Int, produced: Int) -> String {
    "{\"type\":\"state\",\"consumed\":\(consumed),\"produced\":\(produced),\"state\":\""
      + Data(bytes).base64EncodedString() + "\"}"
  }

  static func end(consumed: Int, produced: Int) -> String {
    "{\"type\":\"end\",\"consumed\":\(consumed),\"produced\":\(produced)}"
  }

  /// - Parameter word: in quotes.
  static func word(_ word: String, time: Double, confidence: Float) -> String {
    // A state from outside may hold anything, and JSON has no NaN.
    "{\"type\":\"word\",\"time\":\(time),\"word\":\(word),"
      + "\"confidence\":\(confidence.isFinite ? confidence : 0)}"
  }

  /// Bytes of the message with a state of so many bytes, at most.
  static func stateTextBytes(_ stateBytes: Int) -> Int { (stateBytes + 2) / 3 * 4 + 128 }
}
