/// The texts that a beam search follows, as a tree of characters: a text is the path from the root
/// to its node.
struct TextTree: Sendable {
  struct Node: Sendable {
    /// -1 at the root.
    var parent: Int
    /// The class of the last character; the blank's for none.
    var output: Int
    /// The step in which the character first appeared.
    var step: Int
    /// The number of characters, since the beginning of the stream or the last pause.
    var depth: Int
    /// The place in the grammar's tree.
    var place: Int
    /// The words before the current one.
    var history: WordNGram.History
    /// The grammar's score, which is added to the logarithm of the probability.
    var score: Double
    /// Whether no word has begun since the beginning or the last pause.
    var isFresh = false
    /// A place among the candidates of a step; -1 for none.
    var slot = -1
  }

  var nodes: [Node]
  var root = 0
  private var children: [UInt64: Int] = [:]

  /// The number of nodes above which those that no text needs are removed.
  private static let usualCount = 2048
  private var nextCompaction = TextTree.usualCount

  /// A tree of the empty text.
  init() {
    self.init(
      root: Node(
        parent: -1, output: 0, step: 0, depth: 0, place: WordGrammar.root,
        history: WordNGram.beginning, score: 0, isFresh: true))
  }

  init(root node: Node) {
    nodes = [node]
    nodes[0].parent = -1
    nodes[0].depth = 0
    nodes[0].slot = -1
  }

  private static func key(_ parent: Int, _ output: Int) -> UInt64 {
    UInt64(parent) << 16 | UInt64(output)
  }

  func child(of parent: Int, _ output: Int) -> Int? { children[Self.key(parent, output)] }

  mutating func add(_ node: Node) -> Int {
    nodes.append(node)
    children[Self.key(node.parent, node.output)] = nodes.count - 1
    return nodes.count - 1
  }

  /// The nodes after the root down to a node.
  func path(to node: Int) -> [Int] {
    var path: [Int] = []
    var place = node
    while place != root {
      path.append(place)
      place = nodes[place].parent
    }
    return path.reversed()
  }

  func commonAncestor(_ one: Int, _ other: Int) -> Int {
    var (one, other) = (one, other)
    while one != other {
      if nodes[one].depth >= nodes[other].depth {
        one = nodes[one].parent
      } else {
        other = nodes[other].parent
      }
    }
    return one
  }

  func isAncestor(_ ancestor: Int, of node: Int) -> Bool {
    var place = node
    while nodes[place].depth > nodes[ancestor].depth { place = nodes[place].parent }
    return place == ancestor
  }

  /// Removes the nodes that are on no path from the root to a text, when there are many.
  mutating func compact<Text>(_ texts: inout [Text], _ node: WritableKeyPath<Text, Int>) {
    guard nodes.count >= nextCompaction else { return }
    var isKept = [Bool](repeating: false, count: nodes.count)
    isKept[root] = true
    for text in texts {
      var place = text[keyPath: node]
      while !isKept[place] {
        isKept[place] = true
        place = nodes[place].parent
      }
    }
    // A parent is before its children.
    var places = [Int](repeating: -1, count: nodes.count)
    var kept: [Node] = []
    children.removeAll(keepingCapacity: true)
    for place in nodes.indices where isKept[place] {
      var node = nodes[place]
      node.parent = place == root ? -1 : places[node.parent]
      places[place] = kept.count
      if node.parent >= 0 { children[Self.key(node.parent, node.output)] = kept.count }
      kept.append(node)
    }
    nodes = kept
    root = 0
    for i in texts.indices { texts[i][keyPath: node] = places[texts[i][keyPath: node]] }
    nextCompaction = max(Self.usualCount, 2 * nodes.count)
  }
}
