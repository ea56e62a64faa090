import SparrowCore
import TestSupport
import Testing

/// Kernels that take each value on its own. Tolerances are in units of the last place: one
/// operation rounds by half of one, and where a set fuses a product and a sum the two differ by
/// another.
struct PointwiseTests {
  static let counts = [0, 16, 32, 48, 160]

  @Test(arguments: InstructionSet.supported, counts)
  func sums(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 1)
    let (x, y, a) = (numbers.floats(count), numbers.floats(count), numbers.floats(count))
    let kernels = Kernels(set)
    let sum = withCanaries(y) { kernels.add(count, x, to: $0) }
    let product = withCanaries(y) { kernels.multiplyAdd(count, a, x, to: $0) }
    let affine = withCanaries(y) { kernels.affine(count, scale: a, shift: x, $0, $0) }
    for i in 0..<count {
      #expect(sum[i] == x[i] + y[i])
      #expect(abs(Double(product[i]) - (Double(y[i]) + Double(a[i]) * Double(x[i]))) <= 0x1p-23)
      #expect(abs(Double(affine[i]) - (Double(x[i]) + Double(a[i]) * Double(y[i]))) <= 0x1p-23)
    }
  }

  @Test(arguments: InstructionSet.supported, counts)
  func rectifiers(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 2)
    var x = numbers.floats(2 * count)
    if count > 0 { (x[0], x[1], x[2]) = (0, -0.0, .infinity) }
    let kernels = Kernels(set)
    let real = withCanaries(Array(x[..<count])) { kernels.relu(count, $0) }
    let complex = withCanaries(Array(repeating: .nan, count: 2 * count)) {
      kernels.complexReLU(count, x, $0)
    }
    for i in 0..<count {
      #expect(real[i] == max(x[i], 0))
      // The whole number stays where its real part is positive.
      #expect(complex[i] == (x[i] > 0 ? x[i] : 0))
      #expect(complex[count + i] == (x[i] > 0 ? x[count + i] : 0))
    }
  }

  @Test(arguments: InstructionSet.supported, counts)
  func complexRecurrence(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 3)
    let (a, f) = (numbers.floats(2 * count), numbers.floats(2 * count))
    let (w, x) = (numbers.floats(2 * count), numbers.floats(2 * count))
    let result = withCanaries(x) { Kernels(set).recurrence(count, a: a, f: f, w: w, $0) }
    for i in 0..<count {
      func complex(_ v: [Float]) -> (re: Double, im: Double) {
        (Double(v[i]), Double(v[count + i]))
      }
      let (a, f, w, x) = (complex(a), complex(f), complex(w), complex(x))
      let re = a.re * x.re - a.im * x.im + f.re * w.re - f.im * w.im
      let im = a.re * x.im + a.im * x.re + f.re * w.im + f.im * w.re
      // Four products of at most 1 and three sums.
      #expect(abs(Double(result[i]) - re) <= 4 * 0x1p-23)
      #expect(abs(Double(result[count + i]) - im) <= 4 * 0x1p-23)
    }
  }

  @Test(arguments: InstructionSet.supported, [0, 1, 15, 17, 4095, 4096, 4097, 20_000])
  func countsActive(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 5)
    var x = numbers.sparseFloats(count, density: 0.4)
    // Sums beyond 32 bits; minus zero is zero, and the smallest number is not.
    let counts = (0..<count).map { _ in UInt32(numbers.next() % (1 << 20)) }
    if count > 1 { (x[0], x[1]) = (-0.0, .leastNonzeroMagnitude) }
    let expected = zip(x, counts).reduce(0) { $0 + ($1.0 != 0 ? Int($1.1) : 0) }
    let (active, sum) = Kernels(set).countActive(count, x, counts)
    #expect(sum == expected)
    #expect(active == x.prefix(count).filter { $0 != 0 }.count)
  }

  @Test(arguments: InstructionSet.supported)
  func gateIsAProductWithASigmoid(_ set: InstructionSet) {
    var numbers = TestNumbers(seed: 4)
    let (x, gate) = (numbers.floats(160, in: -3...3), numbers.floats(160, in: -20...20))
    let result = withCanaries(x) { Kernels(set).gate(160, by: gate, $0) }
    for i in 0..<160 {
      #expect(ulps(result[i], Double(x[i]) * Reference.sigmoid(Double(gate[i]))) <= 4)
    }
  }
}
