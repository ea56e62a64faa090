package import NIOCore
import NIOHTTP1
import NIOPosix

/// A server of denoised sound and of recognised words over WebSockets; its protocol is in
/// `Documentation/Server.md`.
package final class Server: Sendable {
  private let configuration: ServerConfiguration
  private let group: MultiThreadedEventLoopGroup
  private let shards: [NIOLoopBound<Shard>]
  private let loops: [any EventLoop]
  private let channel: any Channel

  /// Where the server listens.
  package var address: SocketAddress? { channel.localAddress }

  /// Starts a server, which listens from then on.
  ///
  /// - Throws: `FrontEndError` for networks of other tasks; errors of the address.
  package static func start(_ configuration: ServerConfiguration) throws -> Server {
    precondition(configuration.cores >= 1 && configuration.capacity >= 1, "room for a stream")
    let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.cores)
    do {
      return try Server(configuration, group)
    } catch {
      try? group.syncShutdownGracefully()
      throw error
    }
  }

  private init(_ configuration: ServerConfiguration, _ group: MultiThreadedEventLoopGroup) throws {
    self.configuration = configuration
    self.group = group
    loops = Array(group.makeIterator())
    shards = try loops.map { loop in
      try loop.submit { NIOLoopBound(try Shard(configuration, on: loop), eventLoop: loop) }.wait()
    }
    let (loops, shards) = (loops, shards)
    let limits = configuration.limits
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      // Connections inherit these, so that their windows are of that size from the beginning.
      .serverChannelOption(.socketOption(.so_rcvbuf), value: .init(limits.socketBytes))
      .childChannelOption(.socketOption(.so_sndbuf), value: .init(limits.socketBytes))
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(
        .recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 1 << 14)
      )
      .childChannelOption(
        .writeBufferWaterMark,
        value: .init(low: limits.outputBytes / 4, high: limits.outputBytes)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let index = loops.firstIndex(where: { $0 === channel.eventLoop }) else { return }
          try Self.addHandlers(channel, shards[index].value, loops, shards)
        }
      }
    switch configuration.address {
    case .host(let host, let port):
      channel = try bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .bind(host: host, port: port).wait()
    case .unixSocket(let path):
      channel = try bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
        .wait()
    }
  }

  private static func addHandlers(
    _ channel: any Channel, _ shard: Shard, _ loops: [any EventLoop],
    _ shards: [NIOLoopBound<Shard>]
  ) throws {
    guard shard.beginRequest() else {
      channel.close(promise: nil)
      return
    }
    let pipeline = channel.pipeline.syncOperations
    let encoder = HTTPResponseEncoder()
    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
    let limits = RequestLimits(shard)
    let requests = RequestHandler(shard) { Self.metrics(loops, shards, on: channel.eventLoop) }
    let upgrade = HTTPServerUpgradeHandler(
      upgraders: [StreamUpgrader(shard)], httpEncoder: encoder, extraHTTPHandlers: [decoder]
    ) { context in
      let pipeline = context.pipeline.syncOperations
      pipeline.removeHandler(limits, promise: nil)
      pipeline.removeHandler(requests, promise: nil)
    }
    try pipeline.addHandlers([limits, encoder, decoder, upgrade, requests])
  }

  private static func metrics(
    _ loops: [any EventLoop], _ shards: [NIOLoopBound<Shard>], on loop: any EventLoop
  ) -> EventLoopFuture<Metrics> {
    EventLoopFuture.reduce(
      into: Metrics(),
      zip(loops, shards).map { loop, shard in loop.submit { shard.value.metrics } },
      on: loop
    ) { $0 += $1 }
  }

  /// Counts up to now.
  package func metrics() throws -> Metrics {
    try Self.metrics(loops, shards, on: loops[0]).wait()
  }

  /// Ends in order: refuses what is new, waits for `limits.drainTime`, sends every client its
  /// state, and closes.
  package func drain() throws {
    try draining().wait()
    try group.syncShutdownGracefully()
  }

  /// The same up to where the threads would end.
  package func draining() -> EventLoopFuture<Void> {
    let (limits, loops, shards, channel) = (configuration.limits, loops, shards, channel)
    for (loop, shard) in zip(loops, shards) { loop.execute { shard.value.beginDraining() } }
    return loops[0].scheduleTask(in: limits.drainTime) {}.futureResult.flatMap {
      // A second call finds the channel closed.
      channel.close().recover { _ in }
    }.flatMap {
      let drained = zip(loops, shards).map { loop, shard in
        loop.flatSubmit { shard.value.drain() }
      }
      // Clients that take nothing don't hold up the end.
      let promise = loops[0].makePromise(of: Void.self)
      EventLoopFuture.andAllSucceed(drained, on: loops[0]).cascade(to: promise)
      let timeout = loops[0].scheduleTask(in: limits.closeTime) { promise.succeed() }
      promise.futureResult.whenComplete { _ in timeout.cancel() }
      return promise.futureResult
    }
  }

  /// Ends at once, as a process that is killed.
  package func kill() throws {
    // A connection that is accepted meanwhile would go to a thread that has ended.
    try? channel.close().wait()
    try group.syncShutdownGracefully()
  }
}
