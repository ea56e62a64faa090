import Foundation
import SparrowAudio
import SparrowFiles
import SparrowModels
import SparrowReports
import SparrowSoundFiles
import SparrowTasks

/// Pages with spectrograms and sounds.
enum DenoisingPages {
  /// Writes the page of one denoised file.
  static func write(
    input: String, output: String, reference: String?, model: String?, to path: String
  ) throws {
    let noisy = try Sound(contentsOf: input, strict: false)
    let denoised = try Sound(contentsOf: output, strict: false)
    var report = DenoisingPageReport(
      title: (input as NSString).lastPathComponent,
      model: model ?? EmbeddedModel.denoiser(sampleRate: noisy.sampleRate).title, scores: [])
    let item = try report.add(
      DenoisedSounds(
        name: "Sound", noisy: noisy, denoised: denoised,
        reference: try reference.map { try Sound(contentsOf: $0).resampled(to: noisy.sampleRate) }))
    try report.write(to: path, [item])
  }

  /// Writes the page of an evaluation: the worst recordings first, then the best ones.
  static func write(
    _ outcome: DenoisingEvaluation.Outcome, of model: LoadedModel, folder: String,
    to path: String
  ) throws {
    var denoiser = try Denoiser(model.denoiser())
    let rate = denoiser.sampleRate
    let scores = outcome.scores
    var report = DenoisingPageReport(
      title: "Denoising of \((folder as NSString).lastPathComponent)", model: model.name,
      scores: [
        .init("SI-SNR improvement", scores.siSNRImprovement, "dB"),
        .init("SI-SNR of the input", scores.noisySISNR, "dB"),
        .init("SI-SNR of the output", scores.siSNR, "dB"),
      ])
    let ranked = outcome.recordings.sorted {
      ($0.denoised - $0.noisy, $0.name) < ($1.denoised - $1.noisy, $1.name)
    }
    let count = min(3, ranked.count)
    let worst = ranked.prefix(count)
    let best = ranked.dropFirst(count).suffix(count).reversed()
    var items: [String] = []
    for (kind, recordings) in [("Worst", Array(worst)), ("Best", Array(best))] {
      for recording in recordings {
        let noisy = try Sound(contentsOf: "\(folder)/noisy/\(recording.name)")
          .resampled(to: rate).mono()
        let output = denoiser.denoise(noisy.channels[0])
        let reference = try Sound(contentsOf: "\(folder)/clean/\(recording.name)")
          .resampled(to: rate)
        items.append(
          try report.add(
            DenoisedSounds(
              name: "\(kind): \(recording.name)", noisy: noisy,
              denoised: Sound(sampleRate: rate, channels: [output]),
              reference: reference)))
      }
    }
    try report.write(to: path, items)
  }
}
