import Sparrow

/// How long a run is, and how often it looks up.
public struct RunOptions: Sendable, Codable, Equatable {
  public var steps: Int
  public var seed: UInt64
  /// Share dropped after each activation and gate within residual branches.
  public var dropout: Double
  /// What is dropped about recurrent cells; nil for nothing.
  public var recurrentDropout: RecurrentDropout?
  /// What operands of matrix products are rounded to; nil for ``ProductPrecision/float32``.
  public var matmulPrecision: ProductPrecision?
  /// Steps from one line of the log, one validation, one checkpoint to the next.
  public var logEvery: Int
  public var validateEvery: Int
  public var checkpointEvery: Int

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
    guard (0..<1).contains(dropout) else { throw .recipe("run: the dropout is from 0 to 1") }
    try recurrentDropout?.validate()
  }
}
