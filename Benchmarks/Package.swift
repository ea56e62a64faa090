// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of Sparrow do not build its benchmarks.
let package = Package(
  name: "sparrow-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "sparrow", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "SparrowBenchmarks",
      dependencies: [
        .product(name: "Sparrow", package: "sparrow"),
        .product(name: "SparrowAudio", package: "sparrow"),
        .product(name: "SparrowModels", package: "sparrow"),
        .product(name: "SparrowSoundFiles", package: "sparrow"),
        .product(name: "SparrowTasks", package: "sparrow"),
        .product(name: "SparrowText", package: "sparrow"),
        .product(name: "SparrowTraining", package: "sparrow"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
