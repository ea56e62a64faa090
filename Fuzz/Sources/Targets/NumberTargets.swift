import Sparrow
import SparrowFiles
import SparrowReports
import SparrowTasks

/// Arrays of numbers, as `sparrow run` reads them: NumPy's, and tensors.
enum NumbersTarget {
  static func run(_ bytes: [UInt8]) throws {
    let path = "\(Scratch.folder)/numbers"
    try Scratch.write(bytes, to: path)
    let array = try NumberArray(contentsOf: path)
    precondition(array.values.count == array.shape.reduce(1, *), "a value an element")
    let frames = try array.sequences(width: array.shape.last ?? 1, path: path)
    precondition(frames.reduce(0) { $0 + $1.count } == array.values.count)
    try array.write(to: "\(Scratch.folder)/again.npy")
    let again = try NumberArray(contentsOf: "\(Scratch.folder)/again.npy")
    precondition(again == array, "what is written is what was read")
  }

  static func seeds() throws -> [[UInt8]] {
    let path = "\(Scratch.folder)/seed"
    return try ["npy", "safetensors"].map { ending in
      let array = NumberArray(shape: [2, 3], values: [1, -2, 0.5, 0, 3, 1e-3])
      try array.write(to: "\(path).\(ending)")
      return try FileCoder.read("\(path).\(ending)")
    }
  }
}

/// State dicts of other frameworks, as `sparrow import` reads them. The order of the layers is in
/// the file's metadata here.
enum ImportTarget {
  static func run(_ bytes: [UInt8]) throws {
    let items = try SafeTensors(bytes: bytes).metadata["layers"] ?? ""
    var dictionary = try StateDictionary(bytes)
    let network = try dictionary.network(items.split(separator: ",").map(String.init))
    let count = network.parameterDescriptions.reduce(0) { $0 + network[$1.name].values.count }
    guard count < 20_000 else { return }
    _ = try Network(modelFile: network.modelFile())
    PlanTarget.steps(Plan(network))
  }

  static func seeds() throws -> [[UInt8]] {
    func tensor(_ shape: Int...) -> Tensor {
      let count = shape.reduce(1, *)
      return Tensor(shape: shape, values: (0..<count).map { Float($0 % 5) / 5 - 0.4 })
    }
    let lstm = [
      "rnn.weight_ih_l0": tensor(8, 3), "rnn.weight_hh_l0": tensor(8, 2),
      "rnn.bias_ih_l0": tensor(8), "rnn.bias_hh_l0": tensor(8), "head.weight": tensor(2, 2),
      "head.bias": tensor(2), "norm.weight": tensor(2), "norm.bias": tensor(2),
    ]
    let plain = [
      "module.conv.weight": tensor(4, 2, 3), "module.conv.bias": tensor(4),
      "module.bn.weight": tensor(4), "module.bn.bias": tensor(4),
      "module.bn.running_mean": tensor(4),
      "module.bn.running_var": Tensor(shape: [4], values: [1, 2, 1, 0.5]),
      "module.gru.weight_ih_l0": tensor(6, 4), "module.gru.weight_hh_l0": tensor(6, 2),
      "module.gru.bias_ih_l0": tensor(6), "module.gru.bias_hh_l0": tensor(6),
    ]
    return [
      SafeTensors(metadata: ["layers": "rnn,norm:layer,tanh,head"], tensors: lstm),
      SafeTensors(metadata: ["layers": "conv,bn,relu,gru"], tensors: plain),
    ].map { $0.encode() }
  }
}

/// Studies: the runs that one asks for, each with its recipe.
enum StudyTarget {
  static func run(_ bytes: [UInt8]) throws {
    let path = "\(Scratch.folder)/study.json"
    try Scratch.write(bytes, to: path)
    try Scratch.write(try RecipeTarget.seeds()[0], to: "\(Scratch.folder)/base.json")
    let plan = try StudyPlan(try StudyFile(contentsOf: path), roots: [])
    precondition(Set(plan.runs.map(\.id)).count == plan.runs.count, "a folder a run")
  }

  static func seeds() throws -> [[UInt8]] {
    [
      Array(
        """
        {"title": "a", "recipe": {"base": "base.json", "run": {"steps": 40}},
        "axes": [{"name": "n", "values": {"small": {}, "large": {"/layers/0/outputs": 65,
        "/batch/clips": 3}}}, {"name": "rate", "path": "/optimization/learningRate",
        "values": [0.002, 0.004]}], "seeds": [1, 2], "except": [{"n": "small", "rate": [0.002]}],
        "network": "best", "steps": [{"quantize": {"scheme": "w8a16"}},
        {"evaluate": {"of": ["trained", "quantize"], "split": "test"}},
        {"simulate": {"of": "quantize", "chip": "loihi2"}}], "report": {"family": "n"},
        "slurm": {"time": "1:00:00"}}
        """.utf8)
    ]
  }
}
