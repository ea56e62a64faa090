import Sparrow

/// An error of training.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The trainer does not support a layer or option.
  case unsupported(String)
  /// The loss or a gradient is not finite.
  case diverged(step: Int, what: String)
  /// The run was asked to end, and did so after this step, with a checkpoint.
  case interrupted(step: Int)
  /// Data are missing or invalid.
  case data(String)
  /// A recipe is invalid.
  case recipe(String)
  /// A file of the run cannot be read or written.
  case file(String)

  public var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .unsupported(let what): "not supported: \(what)"
    case .diverged(let step, let what):
      "the run diverged at step \(step): \(what); "
        + "a smaller learning rate or a longer warm-up may help"
    case .interrupted(let step): "the run was interrupted after step \(step); --resume continues it"
    case .data(let reason), .file(let reason): reason
    case .recipe(let reason): "the recipe is not valid: \(reason)"
    }
  }
}
