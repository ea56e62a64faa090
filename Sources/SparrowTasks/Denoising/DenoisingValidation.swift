import Sparrow
import SparrowAudio
import SparrowTraining

extension ValidationSet {
  /// SI-SNR improvements of a network in dB, run frame by frame as users run it: the mean over voices
  /// that are not trained on ("score"), of those by the mixture's ratio ("low" below 2.5 dB, "high"
  /// from 10 dB, "middle" between), and of voices that are trained on ("known").
  func scores(of network: Network, workers: Workers) -> [String: Double] {
    guard case .spectral(let frontEnd)? = network.frontEnd else { return [:] }
    let plan = Plan(network)
    let improvements = workers.map(mixtures.count) { index in
      let mixture = mixtures[index]
      let output = Denoiser.denoise(mixture.noisy, plan: plan, frontEnd: frontEnd)
      return scaleInvariantSNR(output, reference: mixture.clean)
        - scaleInvariantSNR(mixture.noisy, reference: mixture.clean)
    }
    var groups: [String: [Double]] = [:]
    for (mixture, improvement) in zip(mixtures, improvements) {
      if mixture.isVoiceTrainedOn {
        groups["known", default: []].append(improvement)
      } else {
        let band = mixture.snr < 2.5 ? "low" : mixture.snr < 10 ? "middle" : "high"
        groups[band, default: []].append(improvement)
        groups["score", default: []].append(improvement)
      }
    }
    return groups.mapValues { $0.reduce(0, +) / Double($0.count) }
  }
}
