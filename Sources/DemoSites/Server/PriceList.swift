import NIOCore

/// Filler for the sites with far too much on one page.
enum PriceList {
  private static let block: ByteBuffer = {
    var block = ByteBuffer()
    let words = String(repeating: "Sold by the dozen. ", count: 20)
    var number = 0
    while block.readableBytes < 65_536 {
      number += 1
      block.writeString("<p>Part \(number): fittings, in stock, ask for the price. \(words)</p>\n")
    }
    return block
  }()

  /// `count` blocks of 64 KB and a little, all in the same storage.
  static func pieces(count: Int) -> [ByteBuffer] { Array(repeating: block, count: count) }
}

extension ByteBuffer {
  /// Slices of about the same size, at most `count`.
  func cut(into count: Int) -> [ByteBuffer] {
    var rest = self
    let size = max(1, (readableBytes + count - 1) / count)
    var pieces: [ByteBuffer] = []
    while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) { pieces.append(piece) }
    return pieces
  }
}
