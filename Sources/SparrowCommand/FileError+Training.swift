import SparrowFiles
import SparrowTraining

extension FileError {
  /// What is wrong with a model file for an operation of training. The operation has no recipe, so
  /// its error does not speak of one.
  init(path: String, _ error: TrainingError) {
    if case .recipe(let reason) = error {
      self.init(path: path, reason: reason)
    } else {
      self.init(path: path, reason: "\(error)")
    }
  }
}
