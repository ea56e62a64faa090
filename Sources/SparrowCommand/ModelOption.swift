import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowModels
import SparrowReports
import SparrowTasks
import SparrowText

/// A network from a file, or an embedded one.
struct LoadedModel {
  /// The path of the file, or the name of the embedded network.
  let name: String
  let network: Network
  /// The size of the model file in bytes.
  let byteCount: Int

  /// - Parameters:
  ///   - path: A model file, or the name of an embedded network where there is no such file; nil
  ///     for `embedded`.
  init(path: String?, embedded: EmbeddedModel = .denoiser) throws {
    let bytes: [UInt8]
    let named = path.flatMap { Files.exists($0) ? nil : EmbeddedModel(named: $0) }
    if let path, named == nil {
      name = path
      bytes = try Files.read(path)
    } else {
      let embedded = named ?? embedded
      name = embedded.title
      bytes = embedded.bytes
    }
    byteCount = bytes.count
    do {
      network = try Network(modelFile: bytes)
    } catch {
      throw FileError(path: name, reason: "\(error)")
    }
  }

  /// The task of the network.
  func task() throws -> any TaskRule.Type {
    guard let kind = network.frontEnd?.kind, let task = Tasks.task(ofKind: kind) else {
      throw FileError(
        path: name, reason: "\(lack); there is nothing to score it by")
    }
    return task
  }

  /// The plan of the network for this machine.
  ///
  /// - Parameters:
  ///   - frontEnd: The network's front end of the kind that a command needs; nil if it has none.
  ///   - purpose: Its use, as "denoise".
  ///   - weights: The storage of weights.
  /// - Throws: `FileError` for a network of another task.
  func plan<FrontEnd>(
    _ frontEnd: FrontEnd?, to purpose: String, weights: WeightPrecision = .single
  ) throws -> (plan: Plan, frontEnd: FrontEnd) {
    guard let frontEnd else { throw FileError(path: name, reason: "\(lack); it cannot \(purpose)") }
    return (
      Plan(network, weights: weights, instructionSet: try InstructionSet.chosen()), frontEnd
    )
  }

  /// The frames that the network sees of a recording.
  ///
  /// - Parameter seconds: The maximum duration, which is taken from the middle.
  /// - Throws: `FileError` for a network that hears nothing, or a recording shorter than a frame.
  func frames(of recording: String, seconds: Double = .infinity) throws -> [Float] {
    guard let frontEnd = network.frontEnd, frontEnd.sound != nil,
      let task = Tasks.task(ofKind: frontEnd.kind)
    else { throw FileError(path: name, reason: "\(lack); it cannot take a recording") }
    var data = CalibrationData(paths: [recording])
    data.seconds = seconds
    let frames = try task.calibrationFrames(of: network, from: data)?.flatMap { $0 } ?? []
    guard !frames.isEmpty else {
      throw FileError(path: recording, reason: "the recording is shorter than a frame")
    }
    return frames
  }

  /// The density of the inputs of each matrix on a recording, by the matrix's name.
  func activity(on recording: String, seconds: Double = .infinity) throws -> [String: Double] {
    guard network.spectralFrontEnd != nil else {
      return network.activity(of: try frames(of: recording, seconds: seconds))
    }
    // Every channel.
    return try DenoisingActivity.measure(
      network, plan: denoiser(), sound: recording, seconds: seconds)
  }

  /// The plan of a denoiser for this machine.
  func denoiser() throws -> Plan { try plan(network.spectralFrontEnd, to: "denoise").plan }

  /// The same for a denoiser before another network, with that one's sample rate.
  func denoiser(before sound: SoundFrames) throws -> Plan {
    let denoiser = try denoiser()
    let rate = denoiser.sampleRate ?? 0
    guard rate == sound.sampleRate else {
      throw ValidationError(
        "the denoiser works at \(rate) Hz and the spotter at \(sound.sampleRate) Hz")
    }
    return denoiser
  }

  /// The plan of a language model for this machine, with its vocabulary.
  ///
  /// - Parameter options: The storage of weights.
  func languageModel(_ options: WeightOptions) throws -> LanguagePlan {
    try options.check(network, name: name)
    let plan = try plan(network.languageFrontEnd, to: "read texts", weights: options.weights).plan
    do throws(VocabularyError) { return try LanguagePlan(network, plan: plan) } catch {
      throw FileError(path: name, reason: "the vocabulary: \(error)")
    }
  }

  /// The error for a network of another task.
  private var lack: String {
    "the network " + (network.frontEnd.map { "is \($0.network)" } ?? "has no front end")
  }
}

extension InstructionSet {
  /// The instruction set that the environment variable SPARROW_ISA names, or the best.
  static func chosen() throws -> InstructionSet {
    guard let name = ProcessInfo.processInfo.environment["SPARROW_ISA"], !name.isEmpty else {
      return .best
    }
    return try named(name, by: "SPARROW_ISA")
  }

  /// - Parameters:
  ///   - source: The source of the name in errors.
  ///   - hasToRun: Whether this processor has to support it.
  static func named(
    _ name: String, by source: String, hasToRun: Bool = true
  ) throws -> InstructionSet {
    let names = all.map { "\($0.name)" }
    guard let index = names.firstIndex(of: name) else {
      throw ValidationError(
        "\(source) is \"\(name)\"; expected one of \(names.joined(separator: ", "))")
    }
    guard all[index].isSupported || !hasToRun else {
      throw ValidationError("\(source) is \"\(name)\", which this processor or build lacks")
    }
    return all[index]
  }
}
