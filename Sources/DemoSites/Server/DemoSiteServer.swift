import Foundation
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import Synchronization

/// Serves the sample leads' websites, each on a loopback address of its own, all on one port, from one thread.
public actor DemoSiteServer {
  /// Seconds for which a connection may be silent in both directions.
  static let idleSeconds: Int64 = 90

  private let siteCount: Int
  private let preferredPort: Int?
  private let maximumConnections: Int
  private let year: Int
  private var group: MultiThreadedEventLoopGroup?

  /// - Parameters:
  ///   - preferredPort: the port that stored leads name; nil takes a free one.
  ///   - maximumConnections: over all sites together; one more is closed at once.
  ///   - now: gives the year that the sites' footers show.
  public init(siteCount: Int = 200, preferredPort: Int? = nil, maximumConnections: Int = 1_024, now: Date = Date()) {
    self.siteCount = siteCount
    self.preferredPort = preferredPort
    self.maximumConnections = maximumConnections
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    year = calendar.component(.year, from: now)
  }

  /// Binds every site and gives the port. Throws `DemoSiteError`; nothing stays open then.
  public func start() async throws -> Int {
    guard group == nil else { throw DemoSiteError.alreadyStarted }
    guard (1...SampleLeads.maximumCount).contains(siteCount) else { throw DemoSiteError.wrongSiteCount(siteCount) }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    self.group = group
    do {
      return try await listen(on: group)
    } catch {
      await shutdown()
      throw error
    }
  }

  /// Closes every listener and connection at once, also those with an answer on its way, and ends the thread.
  public func shutdown() async {
    guard let group else { return }
    self.group = nil
    do {
      // The group closes all of its channels and fails what was scheduled on them.
      try await group.shutdownGracefully()
    } catch {
      assertionFailure("The demo sites' event loop did not end: \(error)")
    }
  }

  private func listen(on group: MultiThreadedEventLoopGroup) async throws -> Int {
    let served = (0..<siteCount).filter { SitePlan.kind(at: $0).isServed }
    let indexes = Dictionary(uniqueKeysWithValues: served.map { (SiteAddress.host(at: $0), $0) })
    let limit = ConnectionLimit(maximum: maximumConnections)
    let year = year
    let listeners = try await LoopbackListeners.bound(to: served.map(SiteAddress.host), preferredPort: preferredPort) { address in
      let index = indexes[address] ?? 0
      let site = SiteHolder(index: index, year: year)
      return ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 128)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          guard limit.admits(channel) else { return channel.close() }
          return channel.eventLoop.makeCompletedFuture {
            try SitePipeline.add(to: channel, site: site.site(port: channel.localAddress?.port ?? 0))
          }
        }
    }
    return listeners.port
  }
}
