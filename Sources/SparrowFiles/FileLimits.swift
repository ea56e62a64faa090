/// The most that is read of files that are read whole, in bytes.
///
/// A longer file is refused with a line that says so, before memory is taken for it.
public enum FileLimits {
  /// Networks, plan images, states and checkpoints: 2 GiB.
  public static let model = 1 << 31
  /// Recipes, chips, workloads and other descriptions: 16 MiB.
  public static let description = 1 << 24
  /// Tables and lists of files: 256 MiB.
  public static let table = 1 << 28
  /// Texts, before and after they are decompressed: 1 GiB.
  public static let text = 1 << 30
}
