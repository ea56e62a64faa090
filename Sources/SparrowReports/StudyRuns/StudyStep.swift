package import SparrowTasks

/// A step after a training: a command of `sparrow` on the run's network, whose JSON is kept.
package struct StudyStep: Codable, Sendable, Equatable {
  /// The kind of a step.
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// Fixed point; later steps may take its network.
    case quantize
    /// Scores and counts of operations.
    case evaluate
    /// Time and energy on a simulated chip.
    case simulate
    /// The measured time of a step on this machine.
    case time
  }

  /// The key of the report's results and the name of the file: by default the kind.
  package let name: String
  package let kind: Kind
  /// The names of quantize steps, or "trained".
  package let of: [String]
  /// The command's options.
  package let options: [String: JSONValue]

  static let trained = "trained"

  /// The options of each kind, and whether they are paths of data.
  private static let known: [Kind: [String: Bool]] = [
    .quantize: [
      "data": true, "scheme": false, "perTensor": false, "seconds": false, "column": false,
      "where": false,
    ],
    .evaluate: Dictionary(
      EvaluationOption.allCases.filter { $0 != .html }.map { ($0.rawValue, $0.isPath) }
        + [("data", true)]
    ) { first, _ in first },
    .simulate: [
      "chip": false, "input": true, "seconds": false, "schedule": false, "mode": false,
      "placement": false, "steps": false, "dense": false, "set": false,
    ],
    .time: ["input": true],
  ]

  /// The subcommand.
  var command: String { kind == .time ? "plan" : kind.rawValue }

  /// Reads `{KIND: {OPTION: VALUE, …}}`; `name` and `of` are among the options.
  package init(from decoder: any Decoder) throws {
    let step = try [String: [String: JSONValue]](from: decoder)
    func refuse(_ reason: String) -> DecodingError {
      .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: reason))
    }
    let kinds = Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    guard let (key, members) = step.first, step.count == 1, let kind = Kind(rawValue: key) else {
      throw refuse(
        "a step is \(step.keys.sorted()); expected an object with one key of \(kinds)")
    }
    self.kind = kind
    var options = members
    name = options.removeValue(forKey: "name")?.label ?? key
    of =
      switch options.removeValue(forKey: "of") {
      case nil: [Self.trained]
      case .array(let names)?: names.map(\.label)
      case let name?: [name.label]
      }
    let expected = Self.known[kind]!
    for option in options.keys.sorted() where expected[option] == nil {
      throw refuse(
        "\(key) has no option \"\(option)\"; expected one of name, of, "
          + expected.keys.sorted().joined(separator: ", "))
    }
    guard ![.quantize, .evaluate].contains(kind) || options["data"] != nil else {
      throw refuse("\(key) needs `data`")
    }
    self.options = options
  }

  /// Writes what ``init(from:)`` reads.
  package func encode(to encoder: any Encoder) throws {
    var members = options
    members["name"] = .string(name)
    members["of"] = .array(of.map { .string($0) })
    try [kind.rawValue: members].encode(to: encoder)
  }

  /// The paths of data that the step reads, as in the study.
  var dataPaths: [String] {
    options.filter { Self.known[kind]![$0.key] == true }.flatMap { Self.texts($0.value) }.sorted()
  }

  /// The command's options.
  ///
  /// - Parameter place: The place of data on this machine.
  func arguments<Failure: Error>(
    _ place: (String) throws(Failure) -> String
  ) throws(Failure) -> [String] {
    var arguments: [String] = []
    for (key, value) in options.sorted(by: { $0.key < $1.key }) {
      let option = "--" + Self.kebab(key)
      if value == .boolean(false) { continue }
      if value == .boolean(true) {
        arguments.append(option)
        continue
      }
      for text in Self.texts(value) {
        if key == EvaluationOption.split.rawValue {
          // A file of a spotter's recordings, or the value of a column.
          arguments += [option, (try? place(text)) ?? text]
        } else {
          let isPath = Self.known[kind]![key] == true
          arguments += [option, isPath ? try place(text) : text]
        }
      }
    }
    return arguments
  }

  /// The name of the result of one network.
  func resultName(of network: String) -> String {
    of.count == 1 ? name : "\(name)-\(network)"
  }

  private static func texts(_ value: JSONValue) -> [String] {
    if case .array(let elements) = value { elements.map(\.label) } else { [value.label] }
  }

  private static func kebab(_ key: String) -> String {
    key.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
  }

  /// Checks the names of all steps of a study.
  static func check(_ steps: [StudyStep]) throws(StudyProblem) {
    var networks = [trained]
    var results: Set<String> = []
    for step in steps {
      for network in step.of {
        guard networks.contains(network) else {
          throw StudyProblem(
            "the step \"\(step.name)\" is of \"\(network)\"; before it there are "
              + networks.map { "\"\($0)\"" }.joined(separator: ", "))
        }
        let result = step.resultName(of: network)
        guard result.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }),
          !["recipe", "run", "trained", "report", "network", "best", "checkpoint"]
            .contains(result)
        else { throw StudyProblem("a step cannot be called \"\(step.name)\"") }
        guard results.insert(result).inserted else {
          throw StudyProblem("two steps are called \"\(result)\"; give one a `name`")
        }
      }
      guard !step.of.isEmpty, step.kind != .quantize || step.of.count == 1 else {
        throw StudyProblem("the step \"\(step.name)\" is `of` no network, or of several")
      }
      if step.kind == .quantize { networks.append(step.name) }
    }
  }
}
