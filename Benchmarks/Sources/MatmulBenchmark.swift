import ArgumentParser
import SparrowTraining

/// The matrix products of training.
struct MatmulBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matmul", abstract: "Time the matrix products that training makes, one thread.")

  @Option(help: "Rounds of each product.") var rounds = 30

  func run() throws {
    let multiplication = MatrixMultiplication()
    // m, n, k, and whether A and B are transposed: a k=1 network on 8 clips of 3 s, then squares.
    let shapes: [(m: Int, n: Int, k: Int, ta: Bool, tb: Bool, what: String)] = [
      (3032, 192, 257, false, true, "encoder, forward"),
      (3032, 256, 192, false, true, "B, forward"),
      (3032, 192, 256, false, true, "C, forward"),
      (3032, 257, 192, false, false, "encoder, by input"),
      (192, 257, 3032, true, false, "encoder, by weight"),
      (256, 192, 3032, true, false, "B, by weight"),
      (512, 512, 512, false, false, "square"),
      (1024, 1024, 1024, false, true, "square"),
    ]
    print("| product | shape | µs | GFLOP/s |\n|---|---|---|---|")
    for s in shapes {
      let (a, b, c) = (memory(s.m * s.k), memory(s.k * s.n), memory(s.m * s.n))
      defer {
        a.deallocate()
        b.deallocate()
        c.deallocate()
      }
      var timing = Timing()
      timing.measure(rounds: rounds, calls: 1) {
        multiplication.multiply(
          m: s.m, n: s.n, k: s.k, a: a, isATransposed: s.ta, b: b, isBTransposed: s.tb, into: c)
      }
      let gflops = 2e-3 * Double(s.m) * Double(s.n) * Double(s.k) / timing.median
      print(
        "| \(s.what) | \(s.m)×\(s.n)×\(s.k) | \(formatted(timing.median, 0)) | "
          + "\(formatted(gflops, 0)) |")
    }
  }

  private func memory(_ count: Int) -> UnsafeMutablePointer<Float> {
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: count)
    for i in 0..<count { memory[i] = Float(i % 17) / 17 - 0.5 }
    return memory
  }
}
