import BatchReports
import Foundation
import Hummingbird
import Storage
import Synchronization
import WebSockets

/// The two sockets: one batch's progress, and that of all live batches which the account may see (contract, section 5).
struct ProgressSockets {
  static let noSuchBatch: WebSocketCloseCode = 4003

  let web: WebDependencies
  let services: ReportServices
  let places: SocketPlaces
  let authenticator: Authenticator
  let messages = SharedMessages()

  /// GET /api/batch/{id}/progress
  func batch(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try SocketOrigin.check(request, settings: web.settings)
    let holder = try SocketHolder(request, context, authenticator, secure: web.settings.isSecure)
    let id = context.parameters.get("id").flatMap({ UUID(text: $0) })
    let after = try request.query().text("after").map { text in
      guard let seq = Int64(text), seq >= 0 else { throw InvalidInput("after", "after has to be a seq, a whole number from 0 up.") }
      return seq
    }
    let place = try places.take(holder.account.id, at: web.now())
    return try upgrade(request, context, place) { socket in
      guard let id, let batch = try await services.batches.find(id, visibleTo: holder.account) else { return await closeUnseen(socket) }
      try await follow(batch, after: after, socket, holder)
    }
  }

  /// Sends what is held after a `seq`, the state as it is now, and then every newer snapshot until the terminal one.
  private func follow(_ batch: Batch, after: Int64?, _ socket: WebSocketConnection, _ holder: SocketHolder) async throws {
    let mailbox = services.hub.listen(to: batch.id)
    defer { mailbox.close() }
    var holder = holder
    guard try await holder.isStillSignedIn(at: web.database.commits.version()) else { return await closeSignedOut(socket) }
    guard let first = try await services.feed.snapshot(of: batch.id) else { return }
    // The end of an earlier run is none once the batch was retried.
    let held = after.map { services.hub.held(of: batch.id, after: $0) } ?? []
    for message in held where message.snapshot.seq <= first.seq && (!message.isTerminal || first.status.isTerminal) { socket.send(text: message.json) }
    socket.offer(SharedMessage(try SnapshotJSON.text(first), topic: first.batchID))
    if first.status.isTerminal { return await socket.close(code: .normal, reason: "done") }
    try await serve(socket) { [holder] in
      var holder = holder
      for await _ in mailbox.signals {
        // Before the roll: what was published after a roll call is never sent without it.
        let published = mailbox.take()
        if let version = mailbox.takeRoll() {
          guard try await holder.isStillSignedIn(at: version) else { return await closeSignedOut(socket) }
          guard holder.account.maySee(isPrivate: batch.isPrivate, ownedBy: batch.owner) else { return await closeUnseen(socket) }
        }
        for message in published where message.snapshot.seq >= first.seq {
          try await send(message, to: socket, holder)
          if message.isTerminal { return await socket.close(code: .normal, reason: "done") }
        }
      }
    }
  }

  /// GET /api/batch/ws
  func all(_ request: Request, _ context: SignedInContext) async throws -> Response {
    try SocketOrigin.check(request, settings: web.settings)
    let holder = try SocketHolder(request, context, authenticator, secure: web.settings.isSecure)
    let place = try places.take(holder.account.id, at: web.now())
    return try upgrade(request, context, place) { socket in
      let mailbox = services.hub.listen()
      defer { mailbox.close() }
      var holder = holder
      guard try await holder.isStillSignedIn(at: web.database.commits.version()) else { return await closeSignedOut(socket) }
      let account = holder.account
      var first: [UUID: Int64] = [:]
      for batch in try await services.batches.live() where account.maySee(isPrivate: batch.isPrivate, ownedBy: batch.owner) {
        if let snapshot = try await services.feed.snapshot(of: batch.id) {
          socket.offer(SharedMessage(try SnapshotJSON.text(snapshot), topic: batch.id.text))
          first[batch.id] = snapshot.seq
        }
      }
      try await serve(socket) { [first, holder] in try await sendAll(mailbox, to: socket, of: holder, newerThan: first) }
    }
  }

  /// Sends what the account may see; what was published while the first snapshots were read is older than they are and left out.
  private func sendAll(
    _ mailbox: ProgressMailbox, to socket: WebSocketConnection, of holder: SocketHolder, newerThan first: [UUID: Int64]
  ) async throws {
    var holder = holder
    var visible: [UUID: Bool] = [:]
    func isStillSignedIn(at version: Int64) async throws -> Bool {
      let role = holder.account.role
      guard try await holder.isStillSignedIn(at: version) else { return false }
      if holder.account.role != role { visible = [:] }
      return true
    }
    for await _ in mailbox.signals {
      let published = mailbox.take()
      if let version = mailbox.takeRoll(), try await !isStillSignedIn(at: version) { return await closeSignedOut(socket) }
      for message in published where message.snapshot.seq >= first[message.batchID] ?? 0 {
        if visible[message.batchID] == nil {
          guard try await isStillSignedIn(at: web.database.commits.version()) else { return await closeSignedOut(socket) }
          visible[message.batchID] = try await services.batches.find(message.batchID, visibleTo: holder.account) != nil
        }
        if visible[message.batchID] == true { try await send(message, to: socket, holder) }
        if message.isTerminal { visible[message.batchID] = nil }
      }
    }
  }

  private func send(_ message: ProgressHub.Message, to socket: WebSocketConnection, _ holder: SocketHolder) async throws {
    socket.offer(messages.shared(message))
    guard try await services.features.isOn(.socketLog) else { return }
    web.logger.notice(
      "progress message",
      metadata: [
        "batch": "\(message.batchID.text)", "seq": "\(message.snapshot.seq)", "status": "\(message.snapshot.status)",
        "bytes": "\(message.json.utf8.count)", "account": "\(holder.account.id.text)",
      ])
  }

  private func closeSignedOut(_ socket: WebSocketConnection) async { await socket.close(code: .policyViolation, reason: "not signed in") }

  private func closeUnseen(_ socket: WebSocketConnection) async { await socket.close(code: Self.noSuchBatch, reason: "no such batch") }

  /// Runs `send` while answering the client's pings, until either ends.
  private func serve(_ socket: WebSocketConnection, _ send: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for await text in socket.inbound where ClientPing.isPing(text) { socket.send(text: #"{"type":"pong"}"#) } }
      group.addTask { try await send() }
      try await group.next()
      group.cancelAll()
    }
  }

  private func upgrade(
    _ request: Request, _ context: SignedInContext, _ place: SocketPlaces.Place, _ handler: @escaping WebSocketUpgrade.Handler
  ) throws -> Response {
    do {
      return try WebSocketUpgrade.response(to: request, context: context) { socket in
        defer { place.leave() }
        try await handler(socket)
      }
    } catch {
      place.leave()
      guard var fault = Fault(error) else { throw error }
      fault.detail = error.explanation
      fault.headers = error.headers
      return ProblemJSON.response(fault, requestID: context.requestID)
    }
  }
}

/// What a client may say on a socket; everything else is passed over.
enum ClientPing {
  private struct Message: Decodable { var type: String }

  static func isPing(_ text: String) -> Bool {
    (try? JSONDecoder().decode(Message.self, from: Data(text.utf8)))?.type == "ping"
  }
}

enum SnapshotJSON {
  static func text(_ snapshot: ProgressSnapshot) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return String(decoding: try encoder.encode(snapshot), as: UTF8.self)
  }
}

/// The frames of each batch's newest message, made once for all sockets that get it.
final class SharedMessages: Sendable {
  /// The message is held, not only its identity: a later one could come to lie at the same address.
  private let newest = Mutex<[UUID: (message: ProgressHub.Message, shared: SharedMessage)]>([:])

  func shared(_ message: ProgressHub.Message) -> SharedMessage {
    newest.withLock { newest in
      if let kept = newest[message.batchID], kept.message === message { return kept.shared }
      if newest[message.batchID] == nil { newest = newest.filter { !$0.value.message.isTerminal } }
      let shared = SharedMessage(message.json, topic: message.batchID.text)
      newest[message.batchID] = (message, shared)
      return shared
    }
  }
}

extension SignedInContext: UpgradableRequestContext {}
