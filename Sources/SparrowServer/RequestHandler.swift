import NIOCore
import NIOHTTP1

/// Answers the requests that do not become WebSockets. Every connection has one request.
final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let shard: Shard
  /// The metrics of all threads.
  private let metrics: () -> EventLoopFuture<Metrics>
  private var isAnswered = false

  init(_ shard: Shard, metrics: @escaping () -> EventLoopFuture<Metrics>) {
    self.shard = shard
    self.metrics = metrics
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = unwrapInboundIn(data), !isAnswered else { return }
    do throws(Refusal) {
      switch try shard.route(head) {
      case .health:
        if shard.isDraining { throw .draining }
        answer(.ok, "ok", context)
      case .metrics:
        isAnswered = true
        metrics().hop(to: context.eventLoop).assumeIsolated().whenSuccess { metrics in
          self.answer(
            .ok, PrometheusText(metrics).text, context, type: "text/plain; version=0.0.4")
        }
      case .stream:
        // The handshake was none, or the request is an ordinary one.
        let isHandshake =
          head.headers.contains(name: "upgrade")
          && head.headers["sec-websocket-version"] == ["13"]
        throw isHandshake ? .badHandshake : .upgradeRequired
      }
    } catch {
      shard.countRefusal("\(error.status.code)")
      answer(error.status, error.line, context, headers: error.headers)
    }
  }

  /// Errors of a handshake are followed by its request; others are of the parser.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isAnswered, error is HTTPParserError else {
      if isAnswered || error is any IOFailure { context.close(promise: nil) }
      return
    }
    shard.countRefusal("400")
    answer(.badRequest, "the request is not HTTP/1.1", context)
  }

  private func answer(
    _ status: HTTPResponseStatus, _ text: String, _ context: ChannelHandlerContext,
    type: String = "text/plain", headers: HTTPHeaders = [:]
  ) {
    isAnswered = true
    let text = text.hasSuffix("\n") ? text : text + "\n"
    var headers = headers
    headers.add(name: "Content-Type", value: "\(type); charset=utf-8")
    headers.add(name: "Content-Length", value: "\(text.utf8.count)")
    headers.add(name: "Connection", value: "close")
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let body = IOData.byteBuffer(context.channel.allocator.buffer(string: text))
    context.write(wrapOutboundOut(.body(body)), promise: nil)
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
  }
}

/// Errors of a socket, after which there is nothing to answer.
private protocol IOFailure: Error {}
extension IOError: IOFailure {}
extension ChannelError: IOFailure {}

/// Limits the bytes and the time of a request, until the connection has become a WebSocket.
final class RequestLimits: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let shard: Shard
  private var byteCount = 0
  private var timeout: Scheduled<Void>?
  private var isOver = false

  init(_ shard: Shard) { self.shard = shard }

  func handlerAdded(context: ChannelHandlerContext) {
    timeout = context.eventLoop.assumeIsolated().scheduleTask(in: shard.limits.handshakeTime) {
      self.shard.countRefusal("408")
      context.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timeout?.cancel()
    timeout = nil
    shard.endRequest()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    byteCount += unwrapInboundIn(data).readableBytes
    guard byteCount > shard.limits.requestBytes else { return context.fireChannelRead(data) }
    isOver = true
    shard.countRefusal("431")
    let line = "a request has at most \(shard.limits.requestBytes) bytes\n"
    let answer =
      "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n"
      + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(line.utf8.count)\r\n\r\n"
      + line
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: promise)
  }
}
