import Sparrow
import SparrowAudio
import SparrowTraining

/// Mixtures that no training batch is made of, and how well a network does on them.
public struct DenoisingValidation: Sendable {
  public struct Item: Sendable {
    /// Whose voice it is, as scores are reported by.
    public var group: String
    public var noisy: [Float]
    public var clean: [Float]

    public init(group: String, noisy: [Float], clean: [Float]) {
      self.group = group
      self.noisy = noisy
      self.clean = clean
    }
  }

  public var items: [Item]

  public init(items: [Item]) { self.items = items }

  /// SI-SNR improvements in dB: the mean of each group, and "score", the mean of those. The network runs
  /// as users run it, frame by frame.
  func scores(of network: Network, workers: Workers) -> [String: Double] {
    guard let frontEnd = network.frontEnd, !items.isEmpty else { return [:] }
    let plan = Plan(network)
    let improvements = workers.map(items.count) { index in
      let item = items[index]
      let output = Denoiser.denoise(item.noisy, plan: plan, frontEnd: frontEnd)
      return scaleInvariantSNR(output, reference: item.clean)
        - scaleInvariantSNR(item.noisy, reference: item.clean)
    }
    var groups: [String: [Double]] = [:]
    for (item, improvement) in zip(items, improvements) {
      groups[item.group, default: []].append(improvement)
    }
    var scores = groups.mapValues { $0.reduce(0, +) / Double($0.count) }
    scores["score"] = scores.values.reduce(0, +) / Double(scores.count)
    return scores
  }
}
