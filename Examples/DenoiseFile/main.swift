// Denoises the first channel of a sound file: DenoiseFile noisy.wav clean.wav

import SparrowAudio
import SparrowModels
import SparrowSoundFiles

guard CommandLine.arguments.count == 3 else { fatalError("usage: DenoiseFile INPUT OUTPUT") }
var denoiser = try Denoiser(EmbeddedModel.denoiser.network)
let noisy = try Sound(contentsOf: CommandLine.arguments[1]).resampled(to: denoiser.sampleRate)
let clean = denoiser.denoise(noisy.channels[0])
try Sound(sampleRate: denoiser.sampleRate, channels: [clean]).write(to: CommandLine.arguments[2])
