// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who uses Sparrow builds it. See README.md.
let package = Package(
  name: "sparrow-fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "sparrow", path: "..")],
  targets: [
    .executableTarget(
      name: "SparrowFuzz",
      dependencies: [
        .product(name: "Sparrow", package: "sparrow"),
        .product(name: "SparrowAudio", package: "sparrow"),
        .product(name: "SparrowHardware", package: "sparrow"),
        .product(name: "SparrowModels", package: "sparrow"),
        .product(name: "SparrowSoundFiles", package: "sparrow"),
        .product(name: "SparrowTasks", package: "sparrow"),
        .product(name: "SparrowText", package: "sparrow"),
        .product(name: "SparrowTraining", package: "sparrow"),
      ],
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ],
  swiftLanguageModes: [.v6]
)
