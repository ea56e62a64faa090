import CSparrow
import TestSupport
import Testing

@testable import Sparrow
@testable import SparrowCore

/// Rows of lookups that are so long that others would wait for them.
struct RowSplitTests {
  private static let shapes = [
    LookupShape(.lookup, SPARROW_F32, .scalar), LookupShape(.lookup, SPARROW_W8A16, .scalar),
    LookupShape(.lookup, SPARROW_W8A16, .neon), LookupShape(.wideLookup, SPARROW_W8A16, .avx2),
    LookupShape(.lookup, SPARROW_W8A8, .avx2), LookupShape(.wideLookup, SPARROW_W8A16, .wasm),
  ]

  /// Of which every 13th row is full, and one non-zero out of twelve else.
  private static func matrix(rows: Int, columns: Int) -> MatrixToPack<Int8> {
    var numbers = TestNumbers(seed: 4)
    let weights = (0..<rows * columns).map { place -> Int8 in
      let isLong = place / columns % 13 == 3
      return isLong || numbers.float(in: 0...1) < 1 / 12 ? Int8(place % 100 + 1) : 0
    }
    return MatrixToPack(
      rows: rows, columns: columns, weights: weights, bias: nil, activationBits: 16)
  }

  @Test(arguments: 0..<6) func everyNonZeroIsInOneRow(_ index: Int) throws {
    let shape = Self.shapes[index]
    for (rows, columns) in [(16, 40), (100, 300), (320, 240)] {
      let nonZeros = NonZeros(Self.matrix(rows: rows, columns: columns))
      let split = try #require(RowSplit(nonZeros, shape))
      #expect(split.kept.rows == nonZeros.rows && split.rest.rows % 16 == 0)
      #expect(split.targets.count == split.rest.rows)
      var places = (0..<nonZeros.rows).map { Array(split.kept[$0]) }
      for (row, target) in split.targets.enumerated() { places[target] += split.rest[row] }
      for row in 0..<nonZeros.rows {
        #expect(places[row].sorted() == Array(nonZeros[row]))
        #expect(Array(split.kept[row]) == split.kept[row].sorted())
      }
    }
  }

  /// The long rows' panels would take three times as many steps.
  @Test func splitsStoreLess() {
    let matrix = Self.matrix(rows: 320, columns: 240)
    let nonZeros = NonZeros(matrix)
    let shape = LookupShape(.lookup, SPARROW_W8A16, .scalar)
    let whole = LookupShape(panel: shape.panel, window: shape.window)
    #expect(
      matrix.lookupByteCount(nonZeros, shape) * 2 < matrix.lookupByteCount(nonZeros, whole))
    #expect(matrix.packLookup(nonZeros, shape).byteCount == matrix.lookupByteCount(nonZeros, shape))
  }

  @Test func evenRowsStayWhole() {
    let weights = (0..<64 * 256).map { Int8($0 % 8 == $0 / 256 % 8 ? 1 : 0) }
    let matrix = MatrixToPack(
      rows: 64, columns: 256, weights: weights, bias: nil, activationBits: 16)
    let packed = matrix.packLookup(
      NonZeros(matrix), LookupShape(.lookup, SPARROW_W8A16, .scalar))
    #expect(packed.targets.isEmpty && packed.steps == 256 / 8 / 4)
  }

  /// Sums that would be added to rows that there are not.
  @Test func damagedTargets() throws {
    let matrix = Self.matrix(rows: 48, columns: 100)
    let network = try Network(
      inputWidth: 100, layers: [.dense(DenseLayer(outputs: 48))],
      parameters: [
        "layers.0.weight": Tensor(shape: [48, 100], values: matrix.weights.map { Float($0) }),
        "layers.0.bias": Tensor(shape: [48], values: Array(repeating: 0, count: 48)),
      ])
    var packer = Packer(network, format: .lookup, instructionSet: .scalar)
    let storage = packer.pack()
    let header = storage.bytes.load(as: sparrow_plan_header.self)
    let layer = storage.bytes.load(
      fromByteOffset: Int(header.layers_offset), as: sparrow_layer.self)
    let record = layer.matrices.0
    #expect(record.rest_rows >= 16)

    func refusal(_ damage: (UnsafeMutableRawBufferPointer) -> Void) -> PlanError? {
      let image = UnsafeMutableRawBufferPointer.allocate(
        byteCount: storage.bytes.count, alignment: Plan.imageAlignment)
      defer { image.deallocate() }
      image.copyMemory(from: storage.bytes)
      damage(image)
      do throws(PlanError) {
        _ = try Plan(image: UnsafeRawBufferPointer(image), instructionSet: .scalar)
        return nil
      } catch { return error }
    }
    #expect(refusal { _ in } == nil)
    for target in [48, UInt16.max] {
      let refused = refusal {
        $0.storeBytes(
          of: target, toByteOffset: Int(record.starts_offset) + 2 * Int(record.steps),
          as: UInt16.self)
      }
      #expect(refused == .invalidLayer(0))
    }
  }
}
