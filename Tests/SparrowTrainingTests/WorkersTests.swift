import Dispatch
import Testing

@testable import SparrowTraining

struct WorkersTests {
  @Test(arguments: [1, 2, 3, 7], [0, 1, 2, 5, 64])
  func everyIndexOnce(_ threads: Int, _ count: Int) {
    let workers = Workers(count: threads)
    let values = workers.map(count) { $0 * $0 }
    #expect(values == (0..<count).map { $0 * $0 })

    // Indices of a worker follow each other on one thread, so a worker's own memory is safe.
    nonisolated(unsafe) var visits = [[Int]](repeating: [], count: threads)
    let lock = DispatchQueue(label: "visits")
    workers.forEach(count) { index, worker in lock.sync { visits[worker].append(index) } }
    #expect(visits.flatMap { $0 }.sorted() == Array(0..<count))
  }

  /// Blocks don't depend on the threads, and so sums over them don't either.
  @Test(arguments: [1, 2, 3], [0, 1, 10, 11, 100])
  func blocksCoverAllRows(_ threads: Int, _ rows: Int) {
    nonisolated(unsafe) var blocks: [Range<Int>] = []
    let lock = DispatchQueue(label: "blocks")
    Workers(count: threads).forEachBlock(of: rows, grain: 10) { block, _ in
      lock.sync { blocks.append(block) }
    }
    blocks.sort { $0.lowerBound < $1.lowerBound }
    #expect(blocks == stride(from: 0, to: rows, by: 10).map { $0..<min($0 + 10, rows) })
  }
}
