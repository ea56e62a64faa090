/// A mesh of neuron cores like Loihi 2.
public struct NeurocoreChip: Sendable {
  /// The parameters of the chip.
  public let file: ChipFile
  /// The number of neuron cores.
  public let cores: Int
  let meshColumns: Int
  let neuronsPerCore: Int
  let synapseMemory: Int
  let synapseIndexBits: Int
  let inputAxons: Int
  let fanOut: Int
  /// Seconds.
  let times: Times
  let energies: Energies
  /// The area of the chip, in mm².
  public let area: Double

  struct Times: Sendable {
    var synapse: Double
    var neuron: Double
    var message: Double
    var hop: Double
    var barrier: Double
  }

  /// Joules per operation, and watts.
  struct Energies: Sendable {
    var synapse: Double
    var neuron: Double
    var message: Double
    var hop: Double
    var corePower: Double
    var chipPower: Double
  }

  /// A chip of the parameters in a file.
  ///
  /// - Throws: ``ChipError/invalid(chip:reason:)`` if a parameter is missing, is out of its range
  ///   or contradicts another one.
  public init(_ file: ChipFile) throws(ChipError) {
    var reader = ParameterReader(file)
    self.file = file
    cores = try reader.count("cores", in: 1...1024)
    meshColumns = try reader.count("meshColumns", in: 1...1024)
    neuronsPerCore = try reader.count("neuronsPerCore", in: 2...(1 << 24))
    synapseMemory = try reader.count("synapseMemory", "bytes")
    synapseIndexBits = try reader.count("synapseIndexBits", "bits", in: 0...64)
    inputAxons = try reader.count("inputAxons")
    fanOut = try reader.count("fanOut")
    times = Times(
      synapse: try reader.number("synapseTime", "s"), neuron: try reader.number("neuronTime", "s"),
      message: try reader.number("messageTime", "s"), hop: try reader.number("hopTime", "s"),
      barrier: try reader.number("barrierTime", "s"))
    energies = Energies(
      synapse: try reader.number("synapseEnergy", "J/op"),
      neuron: try reader.number("neuronEnergy", "J/op"),
      message: try reader.number("messageEnergy", "J/message"),
      hop: try reader.number("hopEnergy", "J/hop"),
      corePower: try reader.number("corePower", "W"),
      chipPower: try reader.number("chipPower", "W"))
    area = try reader.number("coreArea", "mm2") * Double(cores)
    try reader.finish()
    guard cores.isMultiple(of: meshColumns) else {
      throw reader.error("\(cores) cores do not fill a mesh with \(meshColumns) columns")
    }
  }

  var meshRows: Int { cores / meshColumns }
}
