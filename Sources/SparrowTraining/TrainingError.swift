/// Why training cannot begin or go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  case unsupported(String)
  /// The loss or a gradient became infinite or undefined.
  case diverged(step: Int, what: String)
  case data(String)
  /// A recipe that makes no sense.
  case recipe(String)
  /// A file of the run that cannot be read or written.
  case file(String)

  public var description: String {
    switch self {
    case .unsupported(let what): "not supported: \(what)"
    case .diverged(let step, let what):
      "the run diverged at step \(step): \(what); a smaller learning rate or a longer warm-up may help"
    case .data(let reason), .file(let reason): reason
    case .recipe(let reason): "the recipe is not valid: \(reason)"
    }
  }
}
