import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

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

/// Eigenvalues and eigenvectors of a Hermitian matrix by cyclic Jacobi rotations (Golub and Van
/// Loan, section 8.5), each of which makes one pair of off-diagonal elements zero.
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
