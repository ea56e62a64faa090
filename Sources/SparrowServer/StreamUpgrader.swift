import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Turns a request for a stream into a WebSocket with a place in a group.
final class StreamUpgrader: HTTPServerProtocolUpgrader {
  private let shard: Shard
  /// Answers the handshake.
  private let handshake: NIOWebSocketServerUpgrader

  var supportedProtocol: String { handshake.supportedProtocol }
  var requiredUpgradeHeaders: [String] { handshake.requiredUpgradeHeaders }

  init(_ shard: Shard) {
    self.shard = shard
    let shard = NIOLoopBound(shard, eventLoop: shard.loop)
    handshake = NIOWebSocketServerUpgrader(
      shouldUpgrade: { channel, head in
        let route = try? shard.value.route(head)
        let isStream = if case .stream = route { true } else { false }
        return channel.eventLoop.makeSucceededFuture(isStream ? [:] : nil)
      },
      upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
  }

  func buildUpgradeResponse(
    channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
  ) -> EventLoopFuture<HTTPHeaders> {
    handshake.buildUpgradeResponse(
      channel: channel, upgradeRequest: upgradeRequest,
      initialResponseHeaders: initialResponseHeaders)
  }

  /// Adds the frames' decoder and the connection. Frames that are sent are encoded by the
  /// connection, in memory that it uses again.
  func upgrade(
    context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead
  ) -> EventLoopFuture<Void> {
    let pipeline = context.pipeline.syncOperations
    return context.eventLoop.makeCompletedFuture {
      guard case .stream(let request) = try? shard.route(upgradeRequest),
        let index = shard.rounds(for: request).engine.add(request)
      else {
        // The last place was taken since the handshake began.
        return refuse(context)
      }
      let decoder = WebSocketFrameDecoder(maxFrameSize: shard.limits.messageBytes)
      try pipeline.addHandler(ByteToMessageHandler(decoder))
      try pipeline.addHandler(Connection(request, index: index, in: shard))
    }
  }

  private func refuse(_ context: ChannelHandlerContext) {
    shard.count(.full)
    var frame = ByteBuffer()
    frame.writeCloseFrame(.tryAgainLater, "all places are taken")
    let promise = context.eventLoop.makePromise(of: Void.self)
    let context = context
    promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(NIOAny(frame), promise: promise)
  }
}
