/// The version of Sparrow, by [Semantic Versioning](https://semver.org): what `sparrow --version`
/// prints, and what model files and reports say that they were made with.
public let sparrowVersion = "0.1.0"
