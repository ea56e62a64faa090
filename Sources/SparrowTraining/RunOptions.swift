import Sparrow

/// The length of a training run, its dropout, and its intervals.
public struct RunOptions: Sendable, Codable, Equatable {
  /// The number of steps.
  public var steps: Int
  /// The seed of initialisation, batches and dropout.
  public var seed: UInt64
  /// Dropout after each activation and gate within residual branches, from 0 to less than 1.
  public var dropout: Double
  /// Dropout of recurrent cells; nil for none.
  public var recurrentDropout: RecurrentDropout?
  /// The precision of operands of matrix products; nil for ``ProductPrecision/float32``.
  public var matmulPrecision: ProductPrecision?
  /// Steps between records of the training log.
  public var logEvery: Int
  /// Steps between validations.
  public var validateEvery: Int
  /// Steps between checkpoints.
  public var checkpointEvery: Int

  /// Options of a run without recurrent dropout, in single precision.
  public init(
    steps: Int, seed: UInt64 = 1, dropout: Double = 0, logEvery: Int = 50,
    validateEvery: Int = 1000, checkpointEvery: Int = 500
  ) {
    self.steps = steps
    self.seed = seed
    self.dropout = dropout
    self.logEvery = logEvery
    self.validateEvery = validateEvery
    self.checkpointEvery = checkpointEvery
  }

  /// Reads an object with all keys but `recurrentDropout` and `matmulPrecision`; refuses unknown
  /// keys.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    steps = try values.decode(Int.self, forKey: .steps)
    seed = try values.decode(UInt64.self, forKey: .seed)
    dropout = try values.decode(Double.self, forKey: .dropout)
    recurrentDropout = try values.decodeIfPresent(RecurrentDropout.self, forKey: .recurrentDropout)
    matmulPrecision = try values.decodeIfPresent(ProductPrecision.self, forKey: .matmulPrecision)
    logEvery = try values.decode(Int.self, forKey: .logEvery)
    validateEvery = try values.decode(Int.self, forKey: .validateEvery)
    checkpointEvery = try values.decode(Int.self, forKey: .checkpointEvery)
  }

  package func validate() throws(TrainingError) {
    guard steps > 0, logEvery > 0, validateEvery > 0, checkpointEvery > 0 else {
      throw .recipe("run: steps and intervals are positive")
    }
    guard (0..<1).contains(dropout) else {
      throw .recipe("run: the dropout is from 0 to less than 1")
    }
    try recurrentDropout?.validate()
  }
}
