/// The band that a denoiser has to hear in sound of a sample rate.
package enum DenoisedBand {
  /// Up to 8 kHz, by a network at 16 kHz.
  case wide
  /// All that can be heard, by a network at 48 kHz.
  case full

  package init(sampleRate: Int) { self = sampleRate > 16_000 ? .full : .wide }
}
