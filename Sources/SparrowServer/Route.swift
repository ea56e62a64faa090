import NIOHTTP1

/// The answer to a request.
enum Route {
  case health
  case metrics
  case stream(StreamRequest)

  /// - Parameter networks: of the server; the first of a kind is for clients that don't say a rate.
  init(_ head: HTTPRequestHead, _ networks: [StreamNetwork]) throws(Refusal) {
    let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts.first.map(String.init) ?? ""
    let query = parts.count > 1 ? parts[1] : ""
    guard let kind = StreamKind.allCases.first(where: { $0.path == path }) else {
      guard path == "/health" || path == "/metrics" else {
        throw Refusal(
          .notFound,
          "there is no \(quoted(path)); there are "
            + StreamKind.allCases.map(\.path).joined(separator: ", ") + ", /health and /metrics")
      }
      guard head.method == .GET else { throw .onlyGet }
      self = path == "/health" ? .health : .metrics
      return
    }
    guard head.method == .GET else { throw .onlyGet }
    self = .stream(try StreamRequest(kind, query: query, networks))
  }
}

extension StreamRequest {
  init(_ kind: StreamKind, query: Substring, _ networks: [StreamNetwork]) throws(Refusal) {
    let sampleRates = networks.filter { $0.kind == kind }.map(\.sampleRate)
    self.init(network: StreamNetwork(kind, sampleRate: sampleRates[0]))
    for option in query.split(separator: "&") {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let text = parts.count > 1 ? String(parts[1]) : ""
      let number = Float(text)
      switch (kind, parts[0]) {
      case (_, "rate"):
        guard let rate = Int(text), sampleRates.contains(rate) else {
          let rates = sampleRates.map { "\($0)" }.joined(separator: " or ")
          throw .option("rate", text, "\(rates), the rate of a network")
        }
        network.sampleRate = rate
      case (.denoise, "attenuation-limit"):
        guard let number, (0...200).contains(number) else {
          throw .option("attenuation-limit", text, "decibels from 0 to 200")
        }
        options.attenuationLimit = number
      case (.denoise, "mix"):
        guard let number, (0...1).contains(number) else {
          throw .option("mix", text, "a number from 0 to 1")
        }
        options.mix = number
      case (.spot, "threshold"):
        guard let number, number > 0, number < 1 else {
          throw .option("threshold", text, "a number between 0 and 1")
        }
        threshold = number
      default:
        let options = kind == .denoise ? "rate, attenuation-limit and mix" : "rate and threshold"
        throw Refusal(.badRequest, "there is no option \(quoted(parts[0])); there are \(options)")
      }
    }
  }
}

/// Why a request is not served: a status and a line.
struct Refusal: Error {
  let status: HTTPResponseStatus
  let line: String
  let headers: HTTPHeaders

  init(_ status: HTTPResponseStatus, _ line: String, headers: HTTPHeaders = [:]) {
    self.status = status
    self.line = line
    self.headers = headers
  }

  static func option(_ name: String, _ value: String, _ expected: String) -> Refusal {
    Refusal(.badRequest, "\(name) is \(quoted(value)); expected \(expected)")
  }

  static var onlyGet: Refusal {
    Refusal(.methodNotAllowed, "only GET is allowed", headers: ["Allow": "GET"])
  }

  static var full: Refusal {
    Refusal(
      .serviceUnavailable, "all places are taken; try again later", headers: ["Retry-After": "1"])
  }

  static var draining: Refusal {
    Refusal(.serviceUnavailable, "the server is ending", headers: ["Retry-After": "1"])
  }

  static var upgradeRequired: Refusal {
    Refusal(
      .upgradeRequired, "a WebSocket of version 13 is expected here",
      headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"])
  }

  static var badHandshake: Refusal {
    Refusal(.badRequest, "the WebSocket handshake has to have one Sec-WebSocket-Key")
  }
}

/// The beginning of a text from outside, in quotes, without what a terminal would take for a
/// command.
private func quoted(_ text: some StringProtocol) -> String {
  let kept = text.unicodeScalars.prefix(40).map { scalar -> Character in
    (0x20..<0x7f).contains(scalar.value) ? Character(scalar) : "?"
  }
  return "\"" + String(kept) + (text.unicodeScalars.count > 40 ? "…" : "") + "\""
}
