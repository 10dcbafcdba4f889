import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import Synchronization

/// The handlers of one connection to a site.
enum SitePipeline {
  static func add(to channel: any Channel, site: ServedSite) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderListSize = 16_384
    limits.maxHeaderFieldSize = 8_192
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(DemoSiteServer.idleSeconds)))
    try pipeline.addHandler(HTTPResponseEncoder())
    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)))
    try pipeline.addHandler(HTTPServerPipelineHandler())
    try pipeline.addHandler(HTTPServerProtocolErrorHandler())
    try pipeline.addHandler(HTTPResponseCompressor(responseCompressionPredicate: compressesMarked))
    try pipeline.addHandler(DemoSiteHandler(site: site))
  }

  /// Compresses answers that carry the mark, and takes the mark off.
  private static func compressesMarked(head: inout HTTPResponseHead, isPossible: Bool) -> HTTPResponseCompressor.CompressionIntent {
    let isMarked = head.headers.contains(name: DemoSiteHandler.compressionMark)
    head.headers.remove(name: DemoSiteHandler.compressionMark)
    return isMarked ? .compressIfPossible : .doNotCompress
  }
}

/// Counts open connections over all sites.
final class ConnectionLimit: Sendable {
  private let maximum: Int
  private let open = Mutex(0)

  init(maximum: Int) { self.maximum = maximum }

  /// False when the limit is reached; else the connection counts until it closes.
  func admits(_ channel: any Channel) -> Bool {
    let isAdmitted = open.withLock { count in
      guard count < maximum else { return false }
      count += 1
      return true
    }
    if isAdmitted { channel.closeFuture.whenComplete { _ in self.open.withLock { $0 -= 1 } } }
    return isAdmitted
  }
}

/// Makes a site at its first connection, when its port is known.
final class SiteHolder: Sendable {
  private let index: Int
  private let year: Int
  private let made = Mutex<ServedSite?>(nil)

  init(index: Int, year: Int) {
    self.index = index
    self.year = year
  }

  func site(port: Int) -> ServedSite {
    made.withLock { made in
      if let made { return made }
      let site = ServedSite(site: DemoSite(index: index, port: port, year: year))
      made = site
      return site
    }
  }
}
