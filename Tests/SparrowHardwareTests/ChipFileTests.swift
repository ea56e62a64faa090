import Foundation
import SparrowHardware
import Testing

@Suite struct ChipFileTests {
  @Test func everyChipThatComesWithSparrowIsOne() throws {
    #expect(
      ChipFile.builtIn.map(\.name)
        == ["sharp", "epur", "brainwave", "titan-v", "jetson-orin-nano", "loihi2"])
    for file in ChipFile.builtIn {
      let chip = try Chip(file)
      #expect(chip.file == file)
      #expect(chip.area > 0)
      for parameter in file.parameters.values { #expect(parameter.source.count > 5) }
    }
  }

  /// Every parameter, of every chip: left out, negative, not a number's list, and in another unit.
  @Test func parametersThatMakeNoSenseAreRefused() throws {
    for file in ChipFile.builtIn {
      for name in file.parameters.keys {
        var missing = file
        missing.parameters[name] = nil
        expectRefusal(missing, names: name)
        var other = file
        other.parameters[name]!.unit = "furlongs"
        expectRefusal(other, names: name)
        other = file
        other.parameters[name]!.source = ""
        expectRefusal(other, names: name)
        for values in [[-1], [.nan], [.infinity], [], [3, 2]] {
          var bad = file
          bad.parameters[name]!.values = values
          expectRefusal(bad, names: name)
        }
      }
      var stranger = file
      stranger.parameters["wings"] = file.parameters["clock"] ?? file.parameters["cores"]
      expectRefusal(stranger, names: "wings")
    }
  }

  @Test(arguments: [
    ("sharp", "multipliers", 1000, "does not divide"),
    ("sharp", "multipliers", 1.5, "whole number"),
    ("sharp", "weightBuffer", 1000, "less than"),
    ("sharp", "clock", 0, "more than 0"),
    ("epur", "gateUnits", 7, "cannot be 7 gate units"),
    ("brainwave", "lanes", 7, "do not divide"),
    ("titan-v", "efficiency", 1.5, "at most 1"),
    ("titan-v", "cacheBandwidth", 1, "less than the bandwidth"),
    ("loihi2", "meshColumns", 7, "do not fill"),
  ])
  func contradictionsAreRefused(_ name: String, _ parameter: String, _ value: Double, _ why: String)
    throws
  {
    let file = try ChipFile.named(name).setting(parameter, to: value)
    let error = #expect(throws: ChipError.self) { _ = try Chip(file) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(why), "\(text)")
    #expect(text.contains(name) && !text.contains("\n"))
  }

  @Test(arguments: [
    ("no JSON", "valid JSON"), ("[]", "Expected to decode"), ("{}", "\"name\" is missing"),
    (#"{"name": "a", "family": "abacus"}"#, "family"),
    (
      #"{"name": "a", "family": "gpu", "title": "", "models": "", "parameters": {}, "x": 1}"#, "`x`"
    ),
    (
      #"{"name":"a","family":"gpu","title":"","models":"","parameters":{"clock":{"value":1}}}"#,
      "parameters.clock"
    ),
    (
      #"{"name":"a","family":"gpu","title":"","models":"","parameters":{"clock":{"value":1,"unit":"Hz","kind":"guessed","source":"me"}}}"#,
      "clock.kind"
    ),
  ])
  func filesThatAreNoChipsAreRefused(_ json: String, _ why: String) {
    let error = #expect(throws: ChipError.self) {
      _ = try ChipFile(json: Array(json.utf8), source: "a.json")
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("a.json") && text.contains(why) && !text.contains("\n"), "\(text)")
  }

  @Test func aFileSurvivesBeingWritten() throws {
    for file in ChipFile.builtIn {
      #expect(try ChipFile(json: JSONEncoder().encode(file), source: "") == file)
    }
  }

  @Test func settingAParameterMakesItAnAssumption() throws {
    let file = try ChipFile.named("sharp").setting("clock", to: 1e9)
    #expect(file.parameters["clock"]?.kind == .assumed)
    #expect(throws: ChipError.self) { try file.setting("feathers", to: 1) }
    #expect(throws: ChipError.self) { try ChipFile.named("abacus") }
  }

  private func expectRefusal(_ file: ChipFile, names name: String) {
    let error = #expect(throws: ChipError.self, "\(file.name) \(name)") { _ = try Chip(file) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(name) && !text.contains("\n"), "\(text)")
  }
}
