public import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Network {
  /// A network to begin training with.
  ///
  /// Matrices are drawn from a truncated normal distribution of variance 1 / inputs (LeCun et al. 1998);
  /// biases are zero; normalisations are the identity. Linear recurrences begin as S5 does (Smith et al.
  /// 2023): eigenvalues and bases of HiPPO-LegS matrices, block by block, and step sizes whose
  /// logarithms are uniform between those of 0.001 and 0.1 frames.
  public init(
    initializing layers: [Layer], inputWidth: Int, frontEnd: FrontEnd? = nil,
    information: [String: String] = [:], seed: UInt64
  ) throws(NetworkError) {
    try Network.validate(inputWidth: inputWidth, layers: layers, frontEnd: frontEnd)
    var initializer = Initializer(random: RandomNumbers(seed: seed, stream: 0x1817))
    initializer.fill(layers.placed(inputWidth: inputWidth, path: ""))
    try self.init(
      inputWidth: inputWidth, layers: layers, parameters: initializer.parameters,
      frontEnd: frontEnd, information: information)
  }
}

private struct Initializer {
  var random: RandomNumbers
  var parameters: [String: Tensor] = [:]

  mutating func fill(_ places: [(layer: Layer, path: String, width: Int)]) {
    for (layer, path, width) in places {
      switch layer {
      case .dense, .gate:
        for parameter in layer.parameters(inputWidth: width, path: path) {
          parameters[parameter.name] =
            parameter.role == .weight
            ? normal(parameter.shape, fanIn: width) : Tensor(shape: parameter.shape, repeating: 0)
        }
      case .normalization:
        for parameter in layer.parameters(inputWidth: width, path: path) {
          let isOne = parameter.name.hasSuffix(".scale") || parameter.name.hasSuffix(".variance")
          parameters[parameter.name] = Tensor(shape: parameter.shape, repeating: isOne ? 1 : 0)
        }
      case .linearRecurrence(let recurrence): fill(recurrence, path, width)
      case .recurrent(let recurrent): fill(recurrent, layer, path, width)
      case .activation: break
      case .residual(let layers): fill(layers.placed(inputWidth: width, path: path))
      }
    }
  }

  /// Every matrix of a cell is uniform within 1 / √H, as are its biases (PyTorch's way); thresholds are
  /// as the layer says.
  private mutating func fill(
    _ recurrent: RecurrentLayer, _ layer: Layer, _ path: String, _ width: Int
  ) {
    let bound = 1 / Double(recurrent.units).squareRoot()
    for parameter in layer.parameters(inputWidth: width, path: path) {
      var range = -bound...bound
      if case .eventGRU(let events) = recurrent.cell,
        parameter.role == .threshold || parameter.role == .constant
      {
        range = 0...2 * Double(events.initialThreshold)
      }
      parameters[parameter.name] = Tensor(
        shape: parameter.shape,
        values: (0..<parameter.count).map { _ in Float(random.uniform(in: range)) })
    }
  }

  /// Normal numbers within two deviations, of variance 1 / fanIn after the truncation.
  private mutating func normal(_ shape: [Int], fanIn: Int) -> Tensor {
    let deviation = 1 / (0.879_625_662_676_893_3 * Double(fanIn).squareRoot())
    return Tensor(
      shape: shape,
      values: (0..<shape.reduce(1, *)).map { _ in
        var value = random.normal()
        while abs(value) > 2 { value = random.normal() }
        return Float(value * deviation)
      })
  }

  /// B₀ [2P, H] and C₀ [H, 2P] are drawn in the real basis of HiPPO-LegS and carried to its
  /// eigenvectors: B = V* B₀, C = C₀ V, of which one of each conjugate pair is kept.
  private mutating func fill(_ layer: LinearRecurrenceLayer, _ path: String, _ width: Int) {
    let states = layer.states
    // A block has as many real dimensions as it keeps states, twice.
    let half = [8, 4, 2, 1].first { states % $0 == 0 } ?? 1
    let block = HiPPO(dimensions: 2 * half)
    let b0 = normal([2 * states, width], fanIn: 2 * states)
    let cDeviation = 1 / Double(2 * states * width).squareRoot()
    let c0 = (0..<width * 2 * states).map { _ in
      ComplexDouble(random.normal() * cDeviation, random.normal() * cDeviation)
    }
    var b = [ComplexDouble](repeating: ComplexDouble(0), count: states * width)
    var c = b
    for state in 0..<states {
      let first = state / half * 2 * half
      for i in 0..<2 * half {
        let v = block.vectors[state % half][i]
        for j in 0..<width {
          let b0 = ComplexDouble(Double(b0.values[(first + i) * width + j]))
          b[state * width + j] = b[state * width + j] + v.conjugate * b0
          c[j * states + state] = c[j * states + state] + c0[j * 2 * states + first + i] * v
        }
      }
    }
    func set(_ name: String, _ shape: [Int], _ values: [Double]) {
      parameters["\(path).\(name)"] = Tensor(shape: shape, values: values.map { Float($0) })
    }
    set("eigenvalues.real", [states], Array(repeating: block.real, count: states))
    set("eigenvalues.imaginary", [states], (0..<states).map { block.imaginary[$0 % half] })
    let steps = log(1e-3)...log(1e-1)
    set("logStep", [states], (0..<states).map { _ in random.uniform(in: steps) })
    set("B.real", [states, width], b.map(\.real))
    set("B.imaginary", [states, width], b.map(\.imaginary))
    set("C.real", [width, states], c.map(\.real))
    set("C.imaginary", [width, states], c.map(\.imaginary))
    set("D", [width], (0..<width).map { _ in random.normal() })
    if layer.hasBias {
      set("inputBias.real", [states], Array(repeating: 0, count: states))
      set("inputBias.imaginary", [states], Array(repeating: 0, count: states))
      set("bias", [width], Array(repeating: 0, count: width))
    }
  }
}

/// The normal part of the HiPPO-LegS matrix (Gu et al. 2020): A + p pᵀ with
/// A[n, m] = -√(1+2n) √(1+2m) below the diagonal and -(n+1) on it, and p[n] = √(n + 1/2). Its
/// eigenvalues all have the real part -1/2 and come in conjugate pairs.
struct HiPPO {
  let real: Double
  /// Of the eigenvalues with a negative imaginary part, ascending.
  let imaginary: [Double]
  /// Their eigenvectors, of length one.
  let vectors: [[ComplexDouble]]

  init(dimensions n: Int) {
    // The matrix is -1/2 plus a skew-symmetric one, and -i times that is Hermitian.
    var hermitian = [[ComplexDouble]](
      repeating: Array(repeating: ComplexDouble(0), count: n), count: n)
    for row in 0..<n {
      for column in 0..<n where row != column {
        let p = (Double(row) + 0.5).squareRoot() * (Double(column) + 0.5).squareRoot()
        let a =
          row > column
          ? -Double(1 + 2 * row).squareRoot() * Double(1 + 2 * column).squareRoot() : 0
        hermitian[row][column] = ComplexDouble(0, -(a + p))
      }
    }
    let (values, vectors) = hermitianEigen(hermitian)
    let kept = (0..<n).sorted { values[$0] < values[$1] }.prefix(n / 2)
    real = -0.5
    imaginary = kept.map { values[$0] }
    self.vectors = kept.map { vectors[$0] }
  }
}

/// Eigenvalues and eigenvectors of a Hermitian matrix by cyclic Jacobi rotations (Golub and Van Loan,
/// section 8.5), each of which makes one pair of off-diagonal elements zero.
func hermitianEigen(
  _ matrix: [[ComplexDouble]]
) -> (values: [Double], vectors: [[ComplexDouble]]) {
  let n = matrix.count
  var a = matrix
  var v = (0..<n).map { row in (0..<n).map { ComplexDouble($0 == row ? 1 : 0) } }
  func magnitude(_ z: ComplexDouble) -> Double {
    (z.real * z.real + z.imaginary * z.imaginary).squareRoot()
  }
  for _ in 0..<60 {
    var offDiagonal = 0.0
    for p in 0..<n {
      for q in 0..<n where p != q { offDiagonal += magnitude(a[p][q]) }
    }
    if offDiagonal < 1e-14 * Double(n * n) { break }
    for p in 0..<n {
      for q in p + 1..<n {
        let size = magnitude(a[p][q])
        if size < 1e-300 { continue }
        let phase = a[p][q] / ComplexDouble(size)
        let theta = 0.5 * atan2(2 * size, a[q][q].real - a[p][p].real)
        let c = ComplexDouble(cos(theta))
        let s = phase * ComplexDouble(sin(theta))
        for k in 0..<n {  // columns p and q
          let (x, y) = (a[k][p], a[k][q])
          a[k][p] = c * x - s.conjugate * y
          a[k][q] = s * x + c * y
          let (vx, vy) = (v[k][p], v[k][q])
          v[k][p] = c * vx - s.conjugate * vy
          v[k][q] = s * vx + c * vy
        }
        for k in 0..<n {  // rows p and q
          let (x, y) = (a[p][k], a[q][k])
          a[p][k] = c * x - s * y
          a[q][k] = s.conjugate * x + c * y
        }
      }
    }
  }
  return (
    (0..<n).map { a[$0][$0].real }, (0..<n).map { column in (0..<n).map { v[$0][column] } }
  )
}
