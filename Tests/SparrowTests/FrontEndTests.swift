import Sparrow
import TestSupport
import Testing

/// Front ends that make no sense are refused, each with what was expected.
struct FrontEndTests {
  /// What is said of a denoiser with the front end; nil where it is taken.
  private func refusal(
    inputs: Int? = nil, outputs: Int? = nil, _ change: (inout SpectralFrontEnd) -> Void
  ) -> String? {
    var frontEnd = SpectralFrontEnd(window: 128, hop: 64)
    change(&frontEnd)
    do throws(NetworkError) {
      try Network.validate(
        inputWidth: inputs ?? 65 * max(frontEnd.features.count, 1),
        layers: [.dense(DenseLayer(outputs: outputs ?? 65))], frontEnd: .spectral(frontEnd))
      return nil
    } catch {
      return error.description
    }
  }

  @Test func sensibleOnesAreTaken() {
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0.hop = 16 } == nil)
    #expect(refusal { $0.exponent = 2 } == nil)
    #expect(
      refusal { $0.features = [.magnitude, .init(.relativeToBin, rise: 1, fall: 1, offset: 1)] }
        == nil)
    #expect(
      refusal(inputs: 8193, outputs: 8193) {
        $0.window = 16_384
        $0.hop = 8192
      } == nil)
  }

  @Test func sizes() {
    for window in [-1, 0, 64, 100, 129, 32_768, .max] {
      #expect(refusal { $0.window = window }?.contains("the window is \(window)") == true)
    }
    for hop in [-64, 0, 1, 8, 48, 128, .min] {
      #expect(refusal { $0.hop = hop }?.contains("the hop is \(hop)") == true)
    }
    for rate in [-16_000, 0, 999, 384_001] {
      #expect(refusal { $0.sampleRate = rate }?.contains("the sample rate is \(rate)") == true)
    }
    #expect(refusal { $0.features = [] }?.contains("0 features") == true)
    let many = [SpectralFrontEnd.Feature](repeating: .magnitude, count: 9)
    #expect(refusal { $0.features = many }?.contains("9 features") == true)
  }

  @Test func transformsLongerThanTheWindow() {
    func fullBand(_ change: (inout SpectralFrontEnd) -> Void) -> String? {
      refusal(inputs: 201, outputs: 201) {
        ($0.sampleRate, $0.window, $0.hop, $0.transformLength) = (48_000, 960, 480, 1024)
        $0.bandEdges = Array(0..<171) + stride(from: 171, to: 501, by: 11) + [513]
        change(&$0)
      }
    }
    #expect(fullBand { _ in } == nil)
    for length in [0, 512, 1000, 32_768] {
      #expect(fullBand { $0.transformLength = length }?.contains("length is \(length)") == true)
    }
    for edges in [[], [0], [0, 512], [1, 513], [0, 7, 7, 513], [0, 9, 8, 513], [0, 514]] {
      #expect(fullBand { $0.bandEdges = edges }?.contains("bands begin at bin 0") == true)
    }
    #expect(fullBand { $0.bandEdges = [0, 5, 513] }?.contains("2 bands") == true)
  }

  @Test(arguments: [-1, 0, .nan, .infinity] as [Float])
  func numbers(_ value: Float) {
    #expect(refusal { $0.exponent = value }?.contains("the exponent is") == true)
    #expect(refusal { $0.floor = value }?.contains("the floor is") == true)
    #expect(refusal { $0.maskGain = value }?.contains("gain is") == true)
    for kind in [SpectralFrontEnd.Feature.Kind.relativeToBin, .relativeToLevel] {
      for feature in [
        SpectralFrontEnd.Feature(kind, rise: value, fall: 1, offset: 1),
        .init(kind, rise: 1, fall: value, offset: 1), .init(kind, rise: 1, fall: 1, offset: value),
      ] {
        #expect(refusal { $0.features = [feature] }?.contains("relative feature") == true)
      }
    }
    #expect(refusal { $0.silence = value }?.contains("the level of silence is") == true)
    for feature in [
      SpectralFrontEnd.Feature(.magnitude, limit: value), .init(.magnitude, initial: value),
      .init(.magnitude, settling: value),
    ] {
      #expect(refusal { $0.features = [feature] }?.contains("limits and initial") == true)
    }
  }

  @Test func networksOfOtherWidths() {
    #expect(refusal(inputs: 64) { _ in }?.contains("takes 65 values") == true)
    #expect(refusal(outputs: 66) { _ in }?.contains("gives 66") == true)
    #expect(
      refusal(inputs: 65) { $0.features = [.magnitude, .magnitude] }?.contains("130") == true)
  }
}
