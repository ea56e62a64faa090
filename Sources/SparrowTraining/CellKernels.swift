import CSparrow
public import SparrowCore

/// The C kernels of recurrent cells in training; see `common/cells_training.h`.
public struct CellKernels<Scalar: TrainingScalar>: @unchecked Sendable {
  typealias In = UnsafePointer<Scalar>
  typealias Out = UnsafeMutablePointer<Scalar>

  let rnn:
    (
      _ rows: Int, _ units: Int, _ rectifies: Int32, _ a: In, _ q: In, _ h: Out
    ) -> Void
  let rnnBackward:
    (
      _ rows: Int, _ units: Int, _ rectifies: Int32, _ h: In, _ dh: In, _ da: Out
    ) -> Void
  let lstm:
    (
      _ rows: Int, _ units: Int, _ a: Out, _ q: In, _ before: In, _ c: Out, _ h: Out
    ) -> Void
  let lstmBackward:
    (
      _ rows: Int, _ units: Int, _ gates: In, _ before: In, _ c: In, _ dh: In, _ dc: Out, _ da: Out
    ) -> Void
  let gru:
    (
      _ rows: Int, _ units: Int, _ a: Out, _ q: In, _ before: In, _ h: Out
    ) -> Void
  let gruBackward:
    (
      _ rows: Int, _ units: Int, _ gates: In, _ q: In, _ before: In, _ dh: Out, _ da: Out, _ dq: Out
    ) -> Void
  let reset:
    (
      _ rows: Int, _ units: Int, _ a: Out, _ q: In, _ before: In, _ s: Out
    ) -> Void
  let candidate:
    (
      _ rows: Int, _ units: Int, _ a: Out, _ q: In, _ before: In, _ h: Out
    ) -> Void
  let candidateBackward:
    (
      _ rows: Int, _ units: Int, _ gates: In, _ before: In, _ dh: Out, _ da: Out
    ) -> Void
  let resetBackward:
    (
      _ rows: Int, _ units: Int, _ gates: In, _ before: In, _ ds: In, _ dh: Out, _ da: Out
    ) -> Void
  let events:
    (
      _ rows: Int, _ units: Int, _ threshold: In, _ h: Out, _ y: Out
    ) -> Void
  let eventsBackward:
    (
      _ rows: Int, _ units: Int, _ damping: Double, _ support: Double, _ leaks: Int32,
      _ threshold: In, _ y: In, _ h: In, _ dy: In, _ dh: Out, _ dThreshold: Out
    ) -> Void
}

extension Float {
  /// The kernels of recurrent cells of an instruction set.
  public static func cellKernels(_ instructionSet: InstructionSet) -> CellKernels<Float> {
    let table = sparrow_training_kernels_f32_for(instructionSet.cValue).pointee
    return CellKernels(
      rnn: table.rnn, rnnBackward: table.rnn_backward, lstm: table.lstm,
      lstmBackward: table.lstm_backward, gru: table.gru, gruBackward: table.gru_backward,
      reset: table.reset, candidate: table.candidate, candidateBackward: table.candidate_backward,
      resetBackward: table.reset_backward, events: table.events,
      eventsBackward: table.events_backward)
  }
}

extension Double {
  /// The kernels of recurrent cells of an instruction set.
  public static func cellKernels(_ instructionSet: InstructionSet) -> CellKernels<Double> {
    let table = sparrow_training_kernels_f64_for(instructionSet.cValue).pointee
    return CellKernels(
      rnn: table.rnn, rnnBackward: table.rnn_backward, lstm: table.lstm,
      lstmBackward: table.lstm_backward, gru: table.gru, gruBackward: table.gru_backward,
      reset: table.reset, candidate: table.candidate, candidateBackward: table.candidate_backward,
      resetBackward: table.reset_backward, events: table.events,
      eventsBackward: table.events_backward)
  }
}
