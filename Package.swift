// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "sparrow",
  // `Array.span` and `.mutableSpan`, which the streams take, need these by Apple's documentation.
  platforms: [.macOS(.v26), .iOS(.v26)],
  products: [
    .library(name: "Sparrow", targets: ["Sparrow"]),
    .library(name: "SparrowAudio", targets: ["SparrowAudio"]),
    .library(name: "SparrowText", targets: ["SparrowText"]),
    .library(name: "SparrowModels", targets: ["SparrowModels"]),
    .library(name: "SparrowSoundFiles", targets: ["SparrowSoundFiles"]),
    .library(name: "SparrowHardware", targets: ["SparrowHardware"]),
    .library(name: "SparrowTraining", targets: ["SparrowTraining"]),
    .library(name: "SparrowTasks", targets: ["SparrowTasks"]),
    .library(name: "SparrowReports", targets: ["SparrowReports"]),
    .executable(name: "sparrow", targets: ["SparrowCommand"]),
    .executable(name: "sparrow-serve", targets: ["SparrowServeCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // Runs networks.
    .target(name: "CSparrow"),
    .target(name: "SparrowCore", dependencies: ["CSparrow"]),
    .target(name: "SparrowAudioCore", dependencies: ["SparrowCore", "CSparrow"]),
    .target(
      name: "SparrowInterface", path: "Bindings/C", sources: ["builtin.c", "memory.c"],
      publicHeadersPath: "include"),
    .target(name: "SparrowC", dependencies: ["SparrowAudioCore", "SparrowInterface"]),
    .target(name: "Sparrow", dependencies: ["SparrowCore"]),
    .target(
      name: "SparrowAudio",
      dependencies: ["Sparrow", "SparrowAudioCore", "SparrowCore", "CSparrow"]
    ),
    .target(name: "SparrowText", dependencies: ["Sparrow"]),

    // Networks that were trained here, as bytes in the binary.
    .target(name: "CSparrowModels"),
    .target(
      name: "SparrowModels", dependencies: ["Sparrow", "SparrowAudioCore", "CSparrowModels"]),

    // What networks would cost on chips, whose parameter files are bytes in the binary.
    .target(name: "CSparrowChips"),
    .target(name: "SparrowHardware", dependencies: ["Sparrow", "CSparrowChips"]),

    // Trains them.
    .target(name: "SparrowTraining", dependencies: ["Sparrow", "SparrowFiles", "CSparrow"]),
    .target(
      name: "SparrowTasks",
      dependencies: [
        "Sparrow", "SparrowAudio", "SparrowFiles", "SparrowSoundFiles", "SparrowText",
        "SparrowTraining", "CZlib",
      ]),

    // Compares networks and chips: studies, the papers' experiments, their tables and figures.
    .target(
      name: "SparrowReports",
      dependencies: [
        "Sparrow", "SparrowAudio", "SparrowFigures", "SparrowFiles", "SparrowHardware",
        "SparrowSoundFiles", "SparrowTasks", "SparrowTraining",
      ]),

    // Texts that were compressed by gzip.
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

    // Files that are whole or not there.
    .target(name: "SparrowFiles"),

    // Pictures with axes, as SVG, and pictures of pixels, as PNG.
    .target(name: "SparrowFigures", dependencies: ["CZlib"]),

    // Sound files and sample rates, by way of system libraries.
    .systemLibrary(
      name: "CSndfile", pkgConfig: "sndfile",
      providers: [.apt(["libsndfile1-dev"]), .brew(["libsndfile"])]),
    // A dependency of libsndfile, which believes MP3 headers about their length.
    .systemLibrary(
      name: "CMpg123", pkgConfig: "libmpg123",
      providers: [.apt(["libmpg123-dev"]), .brew(["mpg123"])]),
    .systemLibrary(
      name: "CSamplerate", pkgConfig: "samplerate",
      providers: [.apt(["libsamplerate0-dev"]), .brew(["libsamplerate"])]),
    .target(
      name: "SparrowSoundFiles",
      dependencies: [
        "Sparrow", "SparrowAudio", "SparrowFiles", "CSndfile", "CSamplerate", "CMpg123",
      ]),

    .executableTarget(
      name: "SparrowCommand",
      dependencies: [
        "Sparrow", "SparrowAudio", "SparrowFigures", "SparrowFiles", "SparrowHardware",
        "SparrowModels", "SparrowReports", "SparrowSoundFiles", "SparrowTasks", "SparrowText",
        "SparrowTraining",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Denoises and spots over WebSockets: a program of its own, so that the command stays small.
    .target(
      name: "SparrowServer",
      dependencies: [
        "SparrowAudio", "SparrowModels",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
      ]),
    .executableTarget(
      name: "SparrowServeCommand",
      dependencies: [
        "SparrowAudio", "SparrowFiles", "SparrowModels", "SparrowServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),

    // Programs to begin from; Scripts/test-examples.sh runs them.
    .executableTarget(
      name: "DenoiseFile", dependencies: ["SparrowAudio", "SparrowModels", "SparrowSoundFiles"],
      path: "Examples/DenoiseFile"),
    .executableTarget(
      name: "LivePipe", dependencies: ["SparrowAudio", "SparrowModels"], path: "Examples/LivePipe"),
    .executableTarget(
      name: "SensorStream", dependencies: ["Sparrow"], path: "Examples/SensorStream"),
    .executableTarget(
      name: "TrainPrunePack", dependencies: ["Sparrow", "SparrowTraining"],
      path: "Examples/TrainPrunePack"),
    .executableTarget(
      name: "ManyStreams", dependencies: ["SparrowAudio", "SparrowModels"],
      path: "Examples/ManyStreams"),

    // Attacks everything that reads bytes from outside; see Fuzz/README.md.
    .executableTarget(
      name: "SparrowFuzz",
      dependencies: [
        "CSparrow", "Sparrow", "SparrowAudio", "SparrowAudioCore", "SparrowC", "SparrowFiles",
        "SparrowHardware", "SparrowInterface", "SparrowModels", "SparrowReports",
        "SparrowSoundFiles", "SparrowTasks", "SparrowText", "SparrowTraining", "CZlib",
      ],
      path: "Fuzz/Sources"),

    // Times of products, steps, streams and trainings; see Benchmarks/README.md.
    .executableTarget(
      name: "SparrowBenchmarks",
      dependencies: [
        "Sparrow", "SparrowAudio", "SparrowModels", "SparrowSoundFiles", "SparrowTasks",
        "SparrowText", "SparrowTraining",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/Sources"),
    // Live streams at a server; see Documentation/Server.md.
    .executableTarget(
      name: "ServerLoad",
      dependencies: [
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Benchmarks/ServerLoad"),

    // What tests share: numbers, closeness, folders, and a stand-in for malloc that counts.
    .target(name: "TestSupport", dependencies: ["SparrowCore"], path: "Tests/TestSupport"),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),

    .testTarget(
      name: "SparrowCoreTests",
      dependencies: ["SparrowCore", "Sparrow", "CSparrow", "TestSupport"]),
    .testTarget(
      name: "SparrowTests",
      dependencies: ["CSparrow", "SparrowCore", "Sparrow", "TestSupport", "CAllocationCounter"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "SparrowTrainingTests",
      dependencies: ["SparrowTraining", "SparrowFiles", "CSparrow", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "SparrowAudioTests",
      dependencies: [
        "SparrowAudio", "SparrowAudioCore", "SparrowModels", "TestSupport", "CAllocationCounter",
      ]),
    .testTarget(
      name: "SparrowServerTests",
      dependencies: ["SparrowServer", "SparrowAudio", "SparrowModels", "TestSupport"]),
    .testTarget(name: "SparrowTextTests", dependencies: ["SparrowText", "TestSupport"]),
    .testTarget(name: "SparrowFiguresTests", dependencies: ["SparrowFigures"]),
    .testTarget(
      name: "SparrowHardwareTests",
      dependencies: ["SparrowHardware", "Sparrow", "SparrowModels", "TestSupport"]),
    .testTarget(
      name: "SparrowReportsTests",
      dependencies: [
        "SparrowReports", "SparrowFiles", "SparrowHardware", "SparrowTasks", "SparrowTraining",
        "TestSupport",
      ]),
    .testTarget(
      name: "SparrowSoundFilesTests",
      dependencies: ["SparrowSoundFiles", "SparrowFiles", "SparrowModels", "TestSupport"]),
    .testTarget(
      name: "SparrowTasksTests", dependencies: ["SparrowTasks", "SparrowText", "TestSupport"]),
    .testTarget(
      name: "SparrowCommandTests",
      dependencies: [
        "SparrowCommand", "Sparrow", "SparrowFiles", "SparrowModels", "SparrowSoundFiles",
        "TestSupport",
      ],
      resources: [.copy("Fixtures")]),
  ],
  swiftLanguageModes: [.v6]
)

// What a module's interface shows of other modules is said at the import, and nowhere else.
for target in package.targets where target.type != .system {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [.enableUpcomingFeature("InternalImportsByDefault")]
}

// The documentation plugin, which ordinary builds need not fetch.
if Context.environment["SPARROW_DOCC"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
