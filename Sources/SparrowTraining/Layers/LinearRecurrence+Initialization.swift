import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension LinearRecurrenceLayer: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    let layer = try LinearRecurrence(
      builder.context, self, builder.parameters(of: place),
      rounding: builder.makeRounding("\(place.path).state"))
    builder.statefulLayers.append(layer)
    return [layer]
  }

  /// B₀ [2P, H] and C₀ [H, 2P] are drawn in the real basis of HiPPO-LegS and carried to its
  /// eigenvectors: B = V* B₀, C = C₀ V, of which one of each conjugate pair is kept.
  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {
    let (path, width) = (place.path, place.width)
    // A block has as many real dimensions as it keeps states, twice.
    let half = [8, 4, 2, 1].first { states % $0 == 0 } ?? 1
    let block = HiPPO(dimensions: 2 * half)
    let b0 = initializer.normal([2 * states, width], fanIn: 2 * states)
    let cDeviation = 1 / Double(2 * states * width).squareRoot()
    let c0 = (0..<width * 2 * states).map { _ in
      ComplexDouble(
        initializer.random.normal() * cDeviation, initializer.random.normal() * cDeviation)
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
      initializer.parameters["\(path).\(name)"] = Tensor(
        shape: shape, values: values.map { Float($0) })
    }
    set("eigenvalues.real", [states], Array(repeating: block.real, count: states))
    set("eigenvalues.imaginary", [states], (0..<states).map { block.imaginary[$0 % half] })
    let steps = log(1e-3)...log(1e-1)
    set("logStep", [states], (0..<states).map { _ in initializer.random.uniform(in: steps) })
    set("B.real", [states, width], b.map(\.real))
    set("B.imaginary", [states, width], b.map(\.imaginary))
    set("C.real", [width, states], c.map(\.real))
    set("C.imaginary", [width, states], c.map(\.imaginary))
    set("D", [width], (0..<width).map { _ in initializer.random.normal() })
    if hasBias {
      set("inputBias.real", [states], Array(repeating: 0, count: states))
      set("inputBias.imaginary", [states], Array(repeating: 0, count: states))
      set("bias", [width], Array(repeating: 0, count: width))
    }
  }
}
