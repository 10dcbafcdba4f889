import Foundation

/// A port on 127.0.0.1 whose queue of connections is full: the kernel drops further attempts, so that a connect hangs.
final class FullListener: Sendable {
  static let shared = FullListener()
  let port: UInt16

  private init?() {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isFull = withUnsafeMutableBytes(of: &address) { bytes in
      guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
      guard bind(listener, pointer, length) == 0, listen(listener, 0) == 0 else { return false }
      guard getsockname(listener, pointer, &length) == 0 else { return false }
      for _ in 0..<8 {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        connect(client, pointer, length)
      }
      return true
    }
    guard isFull else { return nil }
    port = UInt16(bigEndian: address.sin_port)
  }
}
