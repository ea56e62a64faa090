import Foundation
import Sparrow
package import SparrowFiles
package import SparrowTasks

/// One training of a study, and everything that follows from it.
package struct StudyRun: Codable, Sendable {
  /// The name of the run's folder: its labels and the beginning of its fingerprint.
  package var id: String
  /// The labels by axis, in the order of the study's axes.
  package var labels: [Label]
  package var seed: UInt64
  /// The fingerprint of the recipe without its title and its intervals of logs.
  package var recipeFingerprint: String
  /// The fingerprint of the data that the recipe names.
  package var dataFingerprint: String
  /// The path of the network that training begins with; nil to begin anew.
  package var from: String?
  /// The number of training steps.
  package var trainingSteps: Int
  /// The recipe's error; nil if it can be trained.
  package var problem: String?

  /// The label of one axis.
  package struct Label: Codable, Hashable, Sendable {
    package var axis: String
    package var value: String
  }

  /// The labels with the seed, as text.
  package var name: String {
    (labels.map { "\($0.axis) \($0.value)" } + ["seed \(seed)"]).joined(separator: ", ")
  }

  /// The value of an axis, or the seed.
  func value(of axis: String) -> String? {
    axis == "seed" ? "\(seed)" : labels.first { $0.axis == axis }?.value
  }

  /// Whether the run has one of these labels on each of these axes.
  package func matches(_ selection: [String: [String]]) -> Bool {
    selection.allSatisfy { axis, values in value(of: axis).map(values.contains) ?? false }
  }
}

/// All runs of a study.
package struct StudyPlan: Sendable {
  package let study: StudyFile
  /// The runs, the last axis and the seed fastest.
  package let runs: [StudyRun]
  /// The recipes of the runs.
  package let recipes: [JSONValue]
  /// The listing of all data.
  package let data: StudyData
  /// Runs that are left out because another one has their recipe.
  package let duplicates: [String]

  /// Plans a study.
  ///
  /// - Parameters:
  ///   - study: The study.
  ///   - roots: Folders with the data.
  ///   - known: An earlier listing of the data, which spares reading files that did not change.
  /// - Throws: `FileError` if a base recipe is missing or data cannot be read. A recipe that is not
  ///   valid is a problem of its run alone.
  package init(
    _ study: StudyFile, roots: [String], known: [String: StudyData.File] = [:]
  ) throws(FileError) {
    self.study = study
    var data = StudyData(roots: roots, known: known)
    var bases = BaseRecipes(folder: Files.folder(of: study.path))
    var networks = FirstNetworks(folder: Files.folder(of: study.path))
    var runs: [StudyRun] = []
    var recipes: [JSONValue] = []
    var duplicates: [String] = []
    var seen: [String: String] = [:]
    for values in Self.combinations(study.axes) {
      for seed in study.seeds {
        let labels = zip(study.axes, values).map {
          StudyRun.Label(axis: $0.name, value: $1.label)
        }
        var run = StudyRun(
          id: "", labels: labels, seed: seed, recipeFingerprint: "", dataFingerprint: "",
          from: nil, trainingSteps: 0)
        if study.except.contains(where: run.matches) { continue }
        let recipe: JSONValue
        let first: FirstNetworks.File?
        do throws(StudyProblem) {
          recipe = try Self.recipe(of: values, seed: seed, study: study, bases: &bases)
          first = try networks.file(among: [study.recipe] + values.map(\.patch))
        } catch {
          throw FileError(path: study.path, reason: "\(run.name): \(error.reason)")
        }
        run.from = first?.path
        run.recipeFingerprint = try Self.fingerprint(of: recipe, first, study: study)
        run.dataFingerprint = String(try data.fingerprint(of: recipe), radix: 16)
        run.trainingSteps = recipe["run"]?["steps"]?.integer ?? 0
        run.problem = Self.problem(of: recipe)
        run.id = Self.id(of: run)
        if let other = seen[run.id.lastPart] {
          duplicates.append("\(run.name): it has the recipe of \(other)")
          continue
        }
        seen[run.id.lastPart] = run.name
        runs.append(run)
        recipes.append(recipe.titled(study.title, run))
      }
    }
    for step in study.steps { _ = try data.fingerprint(of: step.dataValue) }
    guard !runs.isEmpty else {
      throw FileError(path: study.path, reason: "the study has no runs: `except` leaves out all")
    }
    self.runs = runs
    self.recipes = recipes
    self.duplicates = duplicates
    self.data = data
  }

  private static func combinations(_ axes: [StudyAxis]) -> [[StudyAxis.Value]] {
    axes.reduce([[]]) { combinations, axis in
      combinations.flatMap { combination in axis.values.map { combination + [$0] } }
    }
  }

  private static func recipe(
    of values: [StudyAxis.Value], seed: UInt64, study: StudyFile, bases: inout BaseRecipes
  ) throws(StudyProblem) -> JSONValue {
    let patches = [study.recipe] + values.map(\.patch)
    // The last base holds: an axis may begin with another recipe.
    var recipe = JSONValue.object([:])
    if let base = patches.compactMap({ $0["base"] }).last { recipe = try bases.recipe(base) }
    for patch in patches { recipe = try recipe.patched(patch) }
    if study.seeds != [1] || recipe["run"]?["seed"] == nil {
      guard let number = Int64(exactly: seed) else { throw StudyProblem("the seed is too large") }
      recipe = recipe.merging(.object(["run": .object(["seed": .integer(number)])]))
    }
    return recipe
  }

  /// The reason why a recipe cannot be trained, as far as it can be told without data.
  private static func problem(of recipe: JSONValue) -> String? {
    do {
      _ = try JSONDecoder().decode(AnyTrainingRecipe.self, from: JSONEncoder().encode(recipe))
      return nil
    } catch {
      return "the recipe is not valid: " + ((error as? DecodingError)?.summary ?? "\(error)")
    }
  }

  private static func fingerprint(
    of recipe: JSONValue, _ first: FirstNetworks.File?, study: StudyFile
  ) throws(FileError) -> String {
    // Names and intervals of logs change no network.
    var ignored: Set = ["title", "run.logEvery", "run.checkpointEvery"]
    if study.network == .final { ignored.insert("run.validateEvery") }
    do {
      var hash = FNV1a()
      for (key, value) in try recipe.leaves().sorted(by: { $0.key < $1.key })
      where !ignored.contains(key) {
        hash.add(bytesOf: key)
        hash.add(bytesOf: value)
      }
      if let first {
        hash.add(bytesOf: "from")
        hash.add(first.fingerprint)
      }
      return String(hash.value, radix: 16)
    } catch {
      throw FileError(path: study.path, reason: "the recipe cannot be written: \(error)")
    }
  }

  private static func id(of run: StudyRun) -> String {
    var hash = FNV1a()
    hash.add(bytesOf: run.recipeFingerprint)
    hash.add(bytesOf: run.dataFingerprint)
    let digits = String(hash.value, radix: 16)
    let tag = (String(repeating: "0", count: 16 - digits.count) + digits).prefix(10)
    let words = (run.labels.map(\.value) + ["s\(run.seed)"]).map { label in
      String(label.map { $0.isLetter || $0.isNumber || "._".contains($0) ? $0 : "-" }.prefix(24))
    }
    return (words + [String(tag)]).joined(separator: "-")
  }
}

/// Recipes that others are patches of, each read once.
private struct BaseRecipes {
  let folder: String
  private var recipes: [String: JSONValue] = [:]

  init(folder: String) { self.folder = folder }

  mutating func recipe(_ base: JSONValue) throws(StudyProblem) -> JSONValue {
    guard case .string(let path) = base else {
      throw StudyProblem("`base` is not a string; expected a path")
    }
    if let recipe = recipes[path] { return recipe }
    let place = path.hasPrefix("/") ? path : "\(folder)/\(path)"
    do throws(FileError) {
      let recipe = try RecipeFile.merged(place)
      recipes[path] = recipe
      return recipe
    } catch {
      throw StudyProblem("the base \(error)")
    }
  }
}

/// Networks that trainings begin with, each read once.
private struct FirstNetworks {
  struct File {
    let path: String
    /// Of the file's bytes.
    let fingerprint: UInt64
  }

  let folder: String
  private var files: [String: File] = [:]

  init(folder: String) { self.folder = folder }

  /// The network of the last patch that names one; null names none.
  mutating func file(among patches: [[String: JSONValue]]) throws(StudyProblem) -> File? {
    guard let value = patches.compactMap({ $0["from"] }).last, value != .null else { return nil }
    guard case .string(let name) = value else {
      throw StudyProblem("`from` is not a string; expected the path of a model file")
    }
    // Jobs may run in another folder.
    let path = URL(fileURLWithPath: name.hasPrefix("/") ? name : "\(folder)/\(name)")
      .standardizedFileURL.path
    if let file = files[path] { return file }
    do throws(FileError) {
      let bytes = try Files.read(path)
      do throws(ModelFileError) { _ = try Network(modelFile: bytes) } catch {
        throw FileError(path: path, reason: "\(error)")
      }
      var hash = FNV1a()
      for byte in bytes { hash.add(UInt64(byte)) }
      let file = File(path: path, fingerprint: hash.value)
      files[path] = file
      return file
    } catch {
      throw StudyProblem("the first network \(error)")
    }
  }
}

extension JSONValue {
  /// A member of an object; nil if there is none.
  subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  var integer: Int? {
    if case .integer(let value) = self { Int(exactly: value) } else { nil }
  }

  /// The recipe with a title of its own.
  fileprivate func titled(_ title: String, _ run: StudyRun) -> JSONValue {
    merging(.object(["title": .string("\(title): \(run.name)")]))
  }
}

extension StudyStep {
  /// The paths of the step's data.
  var dataValue: JSONValue { .array(dataPaths.map { .string($0) }) }
}

extension String {
  fileprivate var lastPart: String { split(separator: "-").last.map(String.init) ?? self }
}
