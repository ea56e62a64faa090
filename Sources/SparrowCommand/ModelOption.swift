import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowModels
import SparrowText

/// A network from a file, or the one in this program.
struct LoadedModel {
  /// What people call it: the file's path, or what is embedded.
  let name: String
  let network: Network
  /// Bytes of the model file.
  let byteCount: Int

  /// The networks in this program.
  enum Embedded: String {
    case denoiser = "the embedded denoiser"
    case keywords = "the embedded keyword spotter"
    case shakespeare = "the embedded language model"

    var model: EmbeddedModel {
      switch self {
      case .denoiser: .denoiser
      case .keywords: .keywords
      case .shakespeare: .shakespeare
      }
    }
  }

  /// - Parameters:
  ///   - path: of a model file; nil for an embedded network.
  ///   - embedded: which of them.
  init(path: String?, embedded: Embedded = .denoiser) throws {
    let bytes: [UInt8]
    if let path {
      name = path
      bytes = try Files.read(path)
    } else {
      name = embedded.rawValue
      bytes = embedded.model.bytes
    }
    byteCount = bytes.count
    do {
      network = try Network(modelFile: bytes)
    } catch {
      throw FileError(path: name, reason: "\(error)")
    }
  }

  /// What a denoiser needs: a plan for this machine, and the network's front end.
  func denoiser() throws -> (plan: Plan, frontEnd: SpectralFrontEnd) {
    guard let frontEnd = network.spectralFrontEnd else {
      throw FileError(path: name, reason: "\(lack); it cannot denoise")
    }
    return (Plan(network, instructionSet: try InstructionSet.chosen()), frontEnd)
  }

  /// The same for a denoiser that works before a spotter, at its rate.
  func denoiser(
    before spotter: KeywordFrontEnd
  ) throws -> (plan: Plan, frontEnd: SpectralFrontEnd) {
    let denoiser = try denoiser()
    guard denoiser.frontEnd.sampleRate == spotter.sampleRate else {
      throw ValidationError(
        "the denoiser works at \(denoiser.frontEnd.sampleRate) Hz and the spotter at "
          + "\(spotter.sampleRate) Hz")
    }
    return denoiser
  }

  /// What a spotter needs: a plan for this machine, and the network's front end.
  func spotter() throws -> (plan: Plan, frontEnd: KeywordFrontEnd) {
    guard let frontEnd = network.keywordFrontEnd else {
      throw FileError(path: name, reason: "\(lack); it cannot spot words")
    }
    return (Plan(network, instructionSet: try InstructionSet.chosen()), frontEnd)
  }

  /// What reading and writing texts needs.
  ///
  /// - Parameter weights: how they are kept.
  func languageModel(weights: WeightPrecision) throws -> LanguagePlan {
    guard network.languageFrontEnd != nil else {
      throw FileError(path: name, reason: "\(lack); it cannot read texts")
    }
    let plan = Plan(network, weights: weights, instructionSet: try InstructionSet.chosen())
    do throws(VocabularyError) { return try LanguagePlan(network, plan: plan) } catch {
      throw FileError(path: name, reason: "the vocabulary: \(error)")
    }
  }

  /// Why the network is none that was asked for.
  private var lack: String {
    switch network.frontEnd {
    case nil: "the network has no front end"
    case .spectral: "the network is a denoiser"
    case .keywords: "the network spots keywords"
    case .language: "the network is a language model"
    }
  }
}

extension InstructionSet {
  /// The one that the environment variable SPARROW_ISA names, or the best.
  static func chosen() throws -> InstructionSet {
    guard let name = ProcessInfo.processInfo.environment["SPARROW_ISA"], !name.isEmpty else {
      return .best
    }
    return try named(name, by: "SPARROW_ISA")
  }

  /// - Parameter source: what an error calls the place that the name comes from.
  static func named(_ name: String, by source: String) throws -> InstructionSet {
    let names = all.map { "\($0.name)" }
    guard let index = names.firstIndex(of: name) else {
      throw ValidationError(
        "\(source) is \"\(name)\"; expected one of \(names.joined(separator: ", "))")
    }
    guard all[index].isSupported else {
      throw ValidationError("\(source) is \"\(name)\", which this processor or build lacks")
    }
    return all[index]
  }
}
