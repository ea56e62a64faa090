import Sparrow
import SparrowAudio
import SparrowTraining

extension ValidationSet {
  /// SI-SNR improvements of a network in dB, run frame by frame as users run it.
  ///
  /// Means over voices that are not trained on: of mixtures one by one ("clips"), of those by the
  /// mixture's ratio ("low" below 2.5 dB, "high" from 10 dB, "middle" between), and, where the set
  /// has gaps, of the mixtures in one stream ("stream"), of those after half a second of silence or
  /// less ("joined") and after more ("muted"). "score" is "stream" where there is one. Of voices
  /// that are trained on: "known".
  func scores(of network: Network, workers: Workers) -> [String: Double] {
    guard let frontEnd = network.spectralFrontEnd else { return [:] }
    let plan = Plan(network)
    func denoise(_ signal: [Float]) -> [Float] {
      guard var denoiser = try? Denoiser(plan) else { preconditionFailure("a denoiser's plan") }
      return denoiser.denoise(signal)
    }
    let clips = workers.map(mixtures.count) { index in
      let mixture = mixtures[index]
      return improvement(of: denoise(mixture.noisy), mixture)
    }
    var groups: [String: [Double]] = [:]
    for (mixture, improvement) in zip(mixtures, clips) {
      if mixture.isVoiceTrainedOn {
        groups["known", default: []].append(improvement)
      } else {
        let band = mixture.snr < 2.5 ? "low" : mixture.snr < 10 ? "middle" : "high"
        for name in [band, "clips"] { groups[name, default: []].append(improvement) }
      }
    }
    groups["score"] = groups["clips"]
    if !gaps.isEmpty {
      let stream = streamImprovements(sampleRate: frontEnd.sampleRate, denoise)
      for (index, mixture) in mixtures.enumerated() where !mixture.isVoiceTrainedOn {
        let name = gaps[index % gaps.count] > 0.5 ? "muted" : "joined"
        for name in [name, "stream"] { groups[name, default: []].append(stream[index]) }
      }
      groups["score"] = groups["stream"]
    }
    return groups.mapValues { $0.reduce(0, +) / Double($0.count) }
  }

  private func improvement(of output: [Float], _ mixture: Mixture) -> Double {
    scaleInvariantSNR(output, reference: mixture.clean)
      - scaleInvariantSNR(mixture.noisy, reference: mixture.clean)
  }

  /// Of every mixture, all of them being one stream.
  private func streamImprovements(
    sampleRate: Int, _ denoise: ([Float]) -> [Float]
  ) -> [Double] {
    var stream = JoinedStream()
    for (index, mixture) in mixtures.enumerated() {
      let gap = gaps[index % gaps.count]
      stream.append(mixture.noisy, after: Int(gap * Double(sampleRate)))
    }
    let output = denoise(stream.samples)
    return zip(stream.pieces(of: output), mixtures).map { improvement(of: $0, $1) }
  }
}
