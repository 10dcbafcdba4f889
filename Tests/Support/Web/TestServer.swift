import BatchReports
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import Secrets
import ServiceLifecycle
import Storage
import Synchronization
import TestSupport
import Web

/// The product's own router behind a real server on a free port of 127.0.0.1, over a database of its own and a clock that tests move.
public final class TestServer: Sendable {
  /// Templates asked for these names and no value offered them.
  public struct MissingNames: Error, CustomStringConvertible {
    public let description: String
  }

  public let port: Int
  public let clock: TestClock
  public let dependencies: WebDependencies
  public var database: AppDatabase { dependencies.database }
  public var client: TestClient { TestClient(port: port) }
  public static let password = "correct horse battery"

  /// Read once for all tests: that takes longer than most of them.
  private static let templates = Result { try Templates(folder: ProjectFolder.root.appendingPathComponent("Templates")) }
  private static let assets = Result { try Assets(folder: ProjectFolder.root.appendingPathComponent("Public")) }
  /// More servers at once than this would only wait for each other, and then time out.
  private static let turns = Turns(limit: 4)

  init(port: Int, clock: TestClock, dependencies: WebDependencies) {
    self.port = port
    self.clock = clock
    self.dependencies = dependencies
  }

  /// Runs `body` against a server and stops it. Throws `MissingNames` when a page was rendered without a value for one of its names.
  /// - Parameters:
  ///   - configure: changes what the server is given, before it starts.
  ///   - server: how connections are spoken with, where a test needs sockets.
  ///   - router: makes the router, where a test needs more of it than accounts and health.
  public static func run(
    publicURL: String = "http://reports.example", server: HTTPServerBuilder = .http1(), configure: (inout WebDependencies) throws -> Void = { _ in },
    router: (WebDependencies) throws -> Router<AppRequestContext> = { buildRouter($0) },
    _ body: @Sendable @escaping (TestServer) async throws -> Void
  ) async throws {
    await turns.begin()
    defer { turns.end() }
    let database = try TestDatabase()
    let clock = TestClock()
    let missing = Missing()
    guard let url = URL(string: publicURL) else { throw MissingNames(description: "\(publicURL) is no address") }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    var dependencies = WebDependencies(
      database: database.database, settings: WebSettings(publicURL: url),
      templates: try TestServer.templates.get().telling { missing.add($0, $1) }, assets: try TestServer.assets.get(),
      hasher: PasswordHasher(cost: .least),
      logger: logger, now: { clock.now })
    try configure(&dependencies)
    try await serve(try router(dependencies), server, dependencies, clock, body)
    withExtendedLifetime(database) {}
    let names = missing.names
    if !names.isEmpty { throw MissingNames(description: "no value for " + names.sorted().joined(separator: ", ")) }
  }

  private static func serve(
    _ router: Router<AppRequestContext>, _ server: HTTPServerBuilder, _ dependencies: WebDependencies, _ clock: TestClock,
    _ body: @Sendable @escaping (TestServer) async throws -> Void
  ) async throws {
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router, server: server, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        continuation.yield(channel.localAddress?.port ?? 0)
        continuation.finish()
      }, logger: dependencies.logger)
    // Stopped gracefully: a server whose task is cancelled drops connections that it has just accepted, and NIO ends the process for that.
    let services = ServiceGroup(services: [application], logger: dependencies.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      group.addTask {
        defer { continuation.finish() }
        for await port in ports {
          do { try await body(TestServer(port: port, clock: clock, dependencies: dependencies)) } catch {
            await services.triggerGracefulShutdown()
            throw error
          }
        }
        await services.triggerGracefulShutdown()
      }
      try await group.waitForAll()
    }
  }

  /// An account with the password `TestServer.password`.
  public func account(_ role: Role, email: String? = nil) async throws -> Account {
    let hash = try await dependencies.hasher.hash(TestServer.password)
    return try await dependencies.accounts.add(
      email: email ?? "\(role.rawValue)@example.com", role: role, passwordHash: hash, by: .commandLine, at: clock.now)
  }

  /// A browser that is signed in as a new account of that role.
  public func browser(_ role: Role, email: String? = nil) async throws -> TestBrowser {
    try await browser(as: try await account(role, email: email))
  }

  public func browser(as account: Account) async throws -> TestBrowser {
    let (token, session) = try await dependencies.sessions.create(for: account, at: clock.now)
    let name = dependencies.settings.isSecure ? "__Host-session" : "session"
    return TestBrowser(client: client, cookies: [name: token.text], csrf: session.csrf)
  }

  /// A browser without a session.
  public var stranger: TestBrowser { TestBrowser(client: client) }

  private final class Missing: Sendable {
    private let kept = Mutex(Set<String>())
    var names: Set<String> { kept.withLock { $0 } }
    func add(_ template: String, _ name: String) { _ = kept.withLock { $0.insert("\(template): \(name)") } }
  }
}
