import NIOCore
import NIOWebSocket

extension ByteBuffer {
  /// The header of an unmasked frame that is a whole message.
  mutating func writeWebSocketHeader(_ opcode: WebSocketOpcode, count: Int) {
    writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
    if count < 126 {
      writeInteger(UInt8(count))
    } else if count < 1 << 16 {
      writeInteger(126 as UInt8)
      writeInteger(UInt16(count))
    } else {
      writeInteger(127 as UInt8)
      writeInteger(UInt64(count))
    }
  }

  /// A frame that closes a connection: nothing, or a code and a reason.
  mutating func writeCloseFrame(_ code: WebSocketErrorCode?, _ reason: String = "") {
    guard let code else { return writeWebSocketHeader(.connectionClose, count: 0) }
    writeWebSocketHeader(.connectionClose, count: 2 + reason.utf8.count)
    write(webSocketErrorCode: code)
    writeString(reason)
  }
}
