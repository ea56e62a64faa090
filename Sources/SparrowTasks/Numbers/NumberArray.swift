import Sparrow
package import SparrowFiles

/// Numbers of some shape, read from a file or written to one: NumPy's `.npy`, safetensors, or text
/// with a frame per line.
package struct NumberArray: Sendable, Equatable {
  /// The sizes of the axes.
  package var shape: [Int]
  /// The values, row-major.
  package var values: [Float]

  /// Numbers of a shape.
  package init(shape: [Int], values: [Float]) {
    self.shape = shape
    self.values = values
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: a file in `.npy`, safetensors or text (``SeparatedNumbers``), told by its content.
  ///   - tensor: which of the tensors of a safetensors file; nil for its only one.
  /// - Throws: `FileError` for other files, and where a value is not finite.
  package init(contentsOf path: String, tensor: String? = nil) throws(FileError) {
    let bytes = try Files.read(path)
    if bytes.starts(with: NumPyArray.magic) {
      guard tensor == nil else {
        throw FileError(path: path, reason: "a NumPy array has no tensors with names")
      }
      self = try NumPyArray.read(bytes, path: path)
    } else if SeparatedNumbers.isLikely(bytes) {
      guard tensor == nil else {
        throw FileError(path: path, reason: "a text of numbers has no tensors with names")
      }
      self = try SeparatedNumbers.read(bytes, path: path)
    } else {
      self = try Self.read(Self.safeTensors(bytes, path: path), path: path, tensor: tensor)
    }
    try requireFinite(path: path)
  }

  /// Reads a tensor of a safetensors file that is in memory.
  ///
  /// - Throws: `FileError` where there is no such tensor, and where a value is not finite.
  init(_ file: SafeTensors, tensor: String, path: String) throws(FileError) {
    self = try Self.read(file, path: path, tensor: tensor)
    try requireFinite(path: "\(path)#\(tensor)")
  }

  private func requireFinite(path: String) throws(FileError) {
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw FileError(
        path: path,
        reason: "the value at \(Self.place(of: index, in: shape)) is \(values[index]); expected "
          + "finite numbers")
    }
  }

  /// The tensors of a file.
  static func safeTensors(_ bytes: [UInt8], path: String) throws(FileError) -> SafeTensors {
    do throws(ModelFileError) { return try SafeTensors(bytes: bytes) } catch {
      throw FileError(
        path: path, reason: "neither a NumPy array, safetensors nor text: \(error)")
    }
  }

  private static func read(
    _ file: SafeTensors, path: String, tensor: String?
  ) throws(FileError) -> NumberArray {
    let names = file.tensors.keys.sorted()
    guard let name = tensor ?? (names.count == 1 ? names[0] : nil) else {
      throw FileError(
        path: path, reason: "it has \(names.count) tensors; name one of \(list(names))")
    }
    guard let found = file.tensors[name] else {
      throw FileError(
        path: path, reason: "it has no tensor \"\(name)\"; expected one of \(list(names))")
    }
    return NumberArray(shape: found.shape, values: found.values)
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
  }

  /// Writes a file: safetensors where the name ends so, with one tensor `output`; else `.npy`.
  package func write(to path: String) throws(FileError) {
    let isSafeTensors = path.hasSuffix(".safetensors")
    let bytes =
      isSafeTensors
      ? SafeTensors(tensors: ["output": Tensor(shape: shape, values: values)]).encode()
      : NumPyArray.bytes(self)
    try Files.write(bytes, to: path)
  }

  /// The frames of one or several sequences.
  ///
  /// - Parameter width: Values in a frame.
  /// - Returns: Each sequence's frames, one after the other. An array of two axes is one sequence.
  /// - Throws: `FileError` for other shapes.
  package func sequences(width: Int, path: String) throws(FileError) -> [[Float]] {
    guard (2...3).contains(shape.count), shape.last == width else {
      throw FileError(
        path: path,
        reason: "its shape is \(Self.text(shape)); expected [frames, \(width)] or [sequences, "
          + "frames, \(width)]")
    }
    guard shape.count == 3 else { return [values] }
    let length = shape[1] * width
    return (0..<shape[0]).map { Array(values[$0 * length..<($0 + 1) * length]) }
  }

  /// The number of elements of a shape; nil if it is beyond any file.
  static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
      let (product, isOver) = count.multipliedReportingOverflow(by: size)
      guard !isOver else { return nil }
      count = product
    }
    return count
  }

  package static func text(_ shape: [Int]) -> String {
    "[" + shape.map { "\($0)" }.joined(separator: ", ") + "]"
  }

  private static func place(of index: Int, in shape: [Int]) -> String {
    var rest = index
    var places: [Int] = []
    for size in shape.reversed() {
      places.append(rest % max(size, 1))
      rest /= max(size, 1)
    }
    return text(places.reversed())
  }
}
