import Foundation
import ServiceLifecycle
import Synchronization

@testable import BatchReportsServer

/// The whole product in the test's own process, on a free port, as `serve` puts it together.
final class RunningServer: Sendable {
  /// It ended without having been ready.
  struct Ended: Error { var output: String }

  let port: Int
  /// Of the one-time link that a demo prints.
  let signInToken: String?
  let demoPort: Int?
  let installation: Installation
  private let group: ServiceGroup
  private let task: Task<Void, any Error>

  private init(port: Int, signInToken: String?, demo: Demo?, installation: Installation, group: ServiceGroup, task: Task<Void, any Error>) {
    self.port = port
    self.signInToken = signInToken
    self.demoPort = demo?.port
    self.installation = installation
    self.group = group
    self.task = task
  }

  deinit { task.cancel() }

  /// Throws what made the start fail.
  static func start(_ folder: DataFolder, isDemo: Bool = false, _ settings: [String: String] = [:]) async throws -> RunningServer {
    let installation = try await folder.installation(settings)
    let demo = isDemo ? try await Demo(installation) : nil
    let token = try await demo?.signInToken(installation.database)
    let (ports, ready) = AsyncStream.makeStream(of: Int.self)
    let services = try Server(installation, demo: demo, logger: DataFolder.logger).makeServices { ready.yield($0) }
    var configuration = ServiceGroupConfiguration(services: services, logger: DataFolder.logger)
    configuration.maximumGracefulShutdownDuration = .seconds(9)
    let group = ServiceGroup(configuration: configuration)
    // The server runs beside the test; `stop` awaits it, and a server that fails ends the stream.
    let task = Task {
      defer { ready.finish() }
      try await group.run()
    }
    for await port in ports {
      return RunningServer(port: port, signInToken: token, demo: demo, installation: installation, group: group, task: task)
    }
    try await task.value
    throw Ended(output: "")
  }

  func api(_ token: String) -> APIClient { APIClient(port: port, token: token) }

  /// Stops as SIGTERM does, and returns how many seconds that took.
  @discardableResult
  func stop() async throws -> Double {
    let start = ContinuousClock.now
    await group.triggerGracefulShutdown()
    try await task.value
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
