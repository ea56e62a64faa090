// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that whoever depends on Sparrow doesn't build its benchmarks.
let package = Package(
  name: "sparrow-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "sparrow", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "SparrowBenchmarks",
      dependencies: [
        .product(name: "CSparrow", package: "sparrow"),
        .product(name: "Sparrow", package: "sparrow"),
        .product(name: "SparrowTasks", package: "sparrow"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
