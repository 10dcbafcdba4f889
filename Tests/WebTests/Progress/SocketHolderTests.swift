import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

/// Open sockets of people who may no longer look.
@Suite(.serialized) struct SocketHolderTests {
  enum End: String, CaseIterable { case signedOut, disabled, revoked, expired }

  @Test("Open sockets close with 1008 when their holder is signed out, disabled or revoked, and when the session is over", arguments: End.allCases)
  func gone(_ end: End) async throws {
    try await ReportServer.run(followsProgress: true) { server in
      let batch = try await server.start()
      let account = server.desk.viewer
      let browser = try await server.browser(account)
      let tokens = server.server.dependencies.tokens
      let token = try await tokens.add(for: account, name: "test", by: .commandLine, at: server.clock.now)
      let cookie = ("Cookie", browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
      let header = end == .revoked ? ("Authorization", "Bearer \(token.token.text)") : cookie
      let sockets = [
        try await server.socket("/api/batch/\(batch.id.text)/progress", [header]), try await server.socket("/api/batch/ws", [header]),
      ]
      for socket in sockets { #expect(try await socket.json()["batch_id"] as? String == batch.id.text) }
      switch end {
      case .signedOut: #expect(try await browser.post("/logout").status == 303)
      case .disabled: try await server.server.dependencies.accounts.disable(account.id, by: .commandLine, at: server.clock.now)
      case .revoked: try await tokens.revoke(token.record.id, owner: nil, by: .commandLine, at: server.clock.now)
      case .expired: server.clock.advance(by: SessionRules.idleLimit)
      }
      server.clock.advance(by: 1)
      for socket in sockets { #expect(try await ended(socket) == .close(1008)) }
      #expect(try await server.socket("/api/batch/ws", [header]).handshake.status == 401)
    }
  }

  @Test("An admin who becomes a viewer loses sight of private batches on the sockets that are open")
  func demoted() async throws {
    try await ReportServer.run(leads: 2, followsProgress: true) { server in
      let secret = try await server.start("Secret", [1], isPrivate: true)
      let open = try await server.start("Open", [2])
      let (admin, other) = (server.desk.admin, try await server.server.account(.admin, email: "second@example.com"))
      let bearer = try await server.bearer(admin)
      let one = try await server.socket("/api/batch/\(secret.id.text)/progress", [bearer])
      let all = try await server.socket("/api/batch/ws", [bearer])
      #expect(try await one.json()["batch_id"] as? String == secret.id.text)
      #expect(Set([try await all.json(), try await all.json()].compactMap { $0["batch_id"] as? String }) == [secret.id.text, open.id.text])
      server.clock.advance(by: 1)
      try await server.server.dependencies.accounts.setRole(admin.id, to: .viewer, by: .account(other), at: server.clock.now)
      #expect(try await ended(one) == .close(4003))
      _ = try await server.desk.batches.pause(secret.id, reason: "", by: other, now: server.clock.now)
      server.clock.advance(by: 1)
      try await eventually("the private batch is published") { server.services.hub.newest(of: secret.id)?.snapshot.status == .paused }
      _ = try await server.desk.batches.pause(open.id, reason: "", by: other, now: server.clock.now)
      server.clock.advance(by: 1)
      var message = try await all.json()
      while message["status"] as? String != "paused" { message = try await all.json() }
      #expect(message["batch_id"] as? String == open.id.text)
    }
  }

  @Test("An operator who becomes a viewer keeps the sockets, and what they may see")
  func stillAllowed() async throws {
    try await ReportServer.run(followsProgress: true) { server in
      let batch = try await server.start(isPrivate: true)
      let account = server.desk.operatorAccount
      let socket = try await server.socket("/api/batch/\(batch.id.text)/progress", [try await server.bearer(account)])
      _ = try await socket.json()
      try await server.server.dependencies.accounts.setRole(account.id, to: .viewer, by: .commandLine, at: server.clock.now)
      server.clock.advance(by: 1)
      _ = try await server.desk.batches.cancel(batch.id, reason: "", by: server.desk.admin, now: server.clock.now)
      #expect(try await ended(socket) == .close(1000))
    }
  }

  @Test("Looking again who holds a socket is no use of the token")
  func noUse() async throws {
    try await ReportServer.run { server in
      let tokens = server.server.dependencies.tokens
      let token = try await tokens.add(for: server.desk.viewer, name: "test", by: .commandLine, at: server.clock.now).token
      let authenticator = Authenticator(server.server.dependencies)
      let version = try server.desk.database.commits.version()
      #expect(try await authenticator.identify(.apiToken(token), version: version, isUse: false)?.account == server.desk.viewer)
      #expect(try await tokens.find(token.digest)?.lastUsedAt == nil)
      #expect(try await authenticator.identify(.apiToken(token), version: version) != nil)
      #expect(try await tokens.find(token.digest)?.lastUsedAt != nil)
    }
  }

  /// The first message that is no snapshot.
  private func ended(_ socket: SocketClient) async throws -> SocketClient.Message {
    while true {
      let message = try await socket.next()
      if case .text = message { continue }
      return message
    }
  }
}
