import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowModels
import SparrowText

/// A network from a file, or an embedded one.
struct LoadedModel {
  /// The path of the file, or the name of the embedded network.
  let name: String
  let network: Network
  /// The size of the model file in bytes.
  let byteCount: Int

  /// The embedded networks.
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
  ///   - path: A model file; nil for an embedded network.
  ///   - embedded: The embedded network.
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

  /// The plan of a denoiser for this machine.
  func denoiser() throws -> Plan {
    guard network.spectralFrontEnd != nil else {
      throw FileError(path: name, reason: "\(lack); it cannot denoise")
    }
    return Plan(network, instructionSet: try InstructionSet.chosen())
  }

  /// The same for a denoiser before a spotter, with the spotter's sample rate.
  func denoiser(before spotter: KeywordFrontEnd) throws -> Plan {
    let denoiser = try denoiser()
    let rate = denoiser.sampleRate ?? 0
    guard rate == spotter.sampleRate else {
      throw ValidationError(
        "the denoiser works at \(rate) Hz and the spotter at "
          + "\(spotter.sampleRate) Hz")
    }
    return denoiser
  }

  /// The plan of a spotter for this machine, and its front end.
  func spotter() throws -> (plan: Plan, frontEnd: KeywordFrontEnd) {
    guard let frontEnd = network.keywordFrontEnd else {
      throw FileError(path: name, reason: "\(lack); it cannot spot words")
    }
    return (Plan(network, instructionSet: try InstructionSet.chosen()), frontEnd)
  }

  /// The plan of a language model for this machine, with its vocabulary.
  ///
  /// - Parameter weights: The storage of weights.
  func languageModel(weights: WeightPrecision) throws -> LanguagePlan {
    guard network.languageFrontEnd != nil else {
      throw FileError(path: name, reason: "\(lack); it cannot read texts")
    }
    let plan = Plan(network, weights: weights, instructionSet: try InstructionSet.chosen())
    do throws(VocabularyError) { return try LanguagePlan(network, plan: plan) } catch {
      throw FileError(path: name, reason: "the vocabulary: \(error)")
    }
  }

  /// The plan of a classifier of series for this machine, and its front end.
  func classifier() throws -> (plan: Plan, frontEnd: SeriesFrontEnd) {
    guard let frontEnd = network.seriesFrontEnd else {
      throw FileError(path: name, reason: "\(lack); it cannot classify series of numbers")
    }
    return (Plan(network, instructionSet: try InstructionSet.chosen()), frontEnd)
  }

  /// The error for a network of another task.
  private var lack: String {
    switch network.frontEnd {
    case nil: "the network has no front end"
    case .spectral: "the network is a denoiser"
    case .keywords: "the network spots keywords"
    case .language: "the network is a language model"
    case .series: "the network classifies series of numbers"
    }
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
