/// Files of other programs that people give for model files, told by their first bytes.
enum ForeignFormat {
  /// The name of a foreign file's format; nil where it is none of these.
  static func name(of bytes: [UInt8]) -> String? {
    func has(_ text: String, at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: text.utf8)
    }
    if has("PK\u{3}\u{4}") {
      return "a zip archive, as PyTorch, Keras and NumPy save; save the tensors as safetensors"
    }
    if bytes.first == 0x80, let version = bytes.dropFirst().first, (2...5).contains(version) {
      return "a Python pickle, as older PyTorch saves; save the tensors as safetensors"
    }
    // ir_version, a small number, then one of the next fields of ModelProto.
    if bytes.count > 2, bytes[0] == 0x08, (1...32).contains(bytes[1]),
      [0x12, 0x1A, 0x22, 0x3A, 0x42].contains(bytes[2])
    {
      return "an ONNX model"
    }
    if has("\u{0089}HDF") || bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      return "an HDF5 file, as Keras saves"
    }
    if has("GGUF") { return "a GGUF file" }
    if has("TFL3", at: 4) { return "a TensorFlow Lite model" }
    if has("SPARROWP") { return "a plan image, which is run and not read" }
    if has("SPRS") { return "the state of a stream" }
    if has("{") { return "JSON: a recipe, a chip or a workload, perhaps" }
    return nil
  }
}
