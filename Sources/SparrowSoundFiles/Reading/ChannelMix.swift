/// The mean of channels, or one of them, and whether channels cancel each other.
struct ChannelMix {
  /// The channel, from 1; nil for the mean of all.
  let channel: Int?
  private var mixedPower = 0.0
  /// The expected power of the mean of uncorrelated channels.
  private var meanPower = 0.0

  init(channel: Int? = nil) { self.channel = channel }

  /// Whether the mix has less than a fiftieth of the power that unrelated channels would leave,
  /// which is one channel's mean over the number of channels.
  var cancels: Bool { meanPower > 0 && mixedPower < 0.02 * meanPower }

  mutating func mixed(_ block: [[Float]]) -> [Float] {
    if let channel { return block[channel - 1] }
    guard block.count > 1 else { return block[0] }
    let share = 1 / Float(block.count)
    let mix = block[0].indices.map { i in block.reduce(0) { $0 + $1[i] } * share }
    mixedPower += Self.power(mix)
    meanPower += block.reduce(0) { $0 + Self.power($1) } / Double(block.count * block.count)
    return mix
  }

  private static func power(_ samples: [Float]) -> Double {
    samples.reduce(0) { $0 + Double($1) * Double($1) }
  }
}
