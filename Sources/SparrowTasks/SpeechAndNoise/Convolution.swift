import SparrowAudio

/// Convolutions of long signals with impulse responses, by overlap-add (Stockham 1966).
struct Convolution: Sendable {
  /// An impulse response of `count` taps as a spectrum.
  struct Response: Sendable {
    fileprivate var re: [Float]
    fileprivate var im: [Float]
    let count: Int

    /// One after the other.
    static func * (a: Response, b: Response) -> Response {
      var product = Response(re: a.re, im: a.im, count: a.count + b.count - 1)
      multiply(a, b, re: &product.re, im: &product.im)
      return product
    }
  }

  private let transform: FourierTransform
  private let ones: [Float]
  /// The factor that undoes the scale of the inverse transform.
  private let unscale: [Float]

  /// - Parameter longestResponse: taps. Blocks are made at least as long: shorter ones would spend
  ///   most of the transform on what overlaps.
  init(longestResponse: Int) {
    var length = 128
    while length < 2 * longestResponse { length *= 2 }
    transform = FourierTransform(length: length)
    ones = [Float](repeating: 1, count: length)
    unscale = [Float](repeating: 2 / Float(length), count: length)
  }

  func response(_ taps: [Float]) -> Response {
    precondition(taps.count <= transform.length)
    var re = [Float](repeating: 0, count: transform.bins)
    var im = re
    var work = [Float](repeating: 0, count: transform.workCount)
    let padded = taps + [Float](repeating: 0, count: transform.length - taps.count)
    transform.forward(padded, window: ones, re: &re, im: &im, work: &work)
    return Response(re: re, im: im, count: taps.count)
  }

  /// The signal through each response.
  ///
  /// - Parameters:
  ///   - delay: samples of the result that are left out at its beginning.
  /// - Returns: for each response, as many samples as the signal has.
  func apply(_ responses: [Response], to signal: [Float], delay: Int = 0) -> [[Float]] {
    let longest = responses.map(\.count).max() ?? 1
    let block = transform.length - longest + 1
    precondition(block > 0, "a response is longer than the transform")
    var outputs = responses.map { _ in [Float](repeating: 0, count: signal.count) }
    var frame = [Float](repeating: 0, count: transform.length)
    var re = [Float](repeating: 0, count: transform.bins)
    var im = re
    var productRe = re
    var productIm = im
    var work = [Float](repeating: 0, count: transform.workCount)
    for start in stride(from: 0, to: signal.count, by: block) {
      let count = min(block, signal.count - start)
      frame.replaceSubrange(..<count, with: signal[start..<start + count])
      for i in count..<frame.count { frame[i] = 0 }
      transform.forward(frame, window: ones, re: &re, im: &im, work: &work)
      let spectrum = Response(re: re, im: im, count: count)
      for (index, response) in responses.enumerated() {
        Response.multiply(spectrum, response, re: &productRe, im: &productIm)
        transform.inverse(
          re: &productRe, im: &productIm, window: unscale, &frame, work: &work)
        let first = max(0, delay - start)
        let last = min(count + response.count - 1, signal.count + delay - start)
        guard first < last else { continue }
        outputs[index].withUnsafeMutableBufferPointer { output in
          for i in first..<last { output[start + i - delay] += frame[i] }
        }
      }
    }
    return outputs
  }
}

extension Convolution.Response {
  /// a ⊙ b, bin by bin.
  fileprivate static func multiply(
    _ a: Self, _ b: Self, re: inout [Float], im: inout [Float]
  ) {
    let count = re.count
    precondition(a.re.count == count && b.re.count == count && im.count == count)
    a.re.withUnsafeBufferPointer { aRe in
      a.im.withUnsafeBufferPointer { aIm in
        b.re.withUnsafeBufferPointer { bRe in
          b.im.withUnsafeBufferPointer { bIm in
            re.withUnsafeMutableBufferPointer { re in
              im.withUnsafeMutableBufferPointer { im in
                for k in 0..<count {
                  re[k] = aRe[k] * bRe[k] - aIm[k] * bIm[k]
                  im[k] = aRe[k] * bIm[k] + aIm[k] * bRe[k]
                }
              }
            }
          }
        }
      }
    }
  }
}
