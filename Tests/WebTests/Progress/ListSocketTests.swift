import BatchReports
import Foundation
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct ListSocketTests {
  @Test("The socket of a page has all live batches that the account may see, and new ones join; it stays open")
  func joining() async throws {
    try await ReportServer.run(leads: 4, followsProgress: true) { server in
      let first = try await server.start("First", [1])
      let secret = try await server.start("Secret", [2], isPrivate: true)
      let ended = try await server.finished("Ended", [4])
      let open = [first.id.text, ended.id.text]
      let viewer = try await server.socket("/api/batch/ws", [try await server.bearer(server.desk.viewer)])
      let admin = try await server.socket("/api/batch/ws", [try await server.bearer(server.desk.admin)])
      #expect(try await viewer.json()["batch_id"] as? String == first.id.text)
      let both = [try await admin.json(), try await admin.json()].compactMap { $0["batch_id"] as? String }
      #expect(both == [first.id.text, secret.id.text])
      let second = try await server.start("Second", [3])
      server.clock.advance(by: 1.9)
      #expect(try await seen(viewer, until: second.id, "pending").isSubset(of: open + [second.id.text]))
      _ = try await server.desk.batches.cancel(secret.id, reason: "", by: server.desk.admin, now: server.clock.now)
      _ = try await server.desk.batches.cancel(first.id, reason: "", by: server.desk.admin, now: server.clock.now)
      #expect(try await seen(viewer, until: first.id, "cancelled").isSubset(of: open + [second.id.text]))
      _ = try await seen(admin, until: secret.id, "cancelled")
      server.clock.advance(by: 1.9)
      _ = try await seen(viewer, until: second.id, "pending")
    }
  }

  /// Reads on until a batch has this status; gives the batches that were told of.
  private func seen(_ socket: SocketClient, until id: UUID, _ status: String) async throws -> Set<String> {
    var ids: Set<String> = []
    while true {
      let message = try await socket.json()
      ids.insert(try #require(message["batch_id"] as? String))
      if message["batch_id"] as? String == id.text, message["status"] as? String == status { return ids }
    }
  }

  @Test("Of no batch does seq ever fall, on either socket, while an engine is at work")
  func seqNeverFalls() async throws {
    try await ReportServer.run(leads: 40, followsProgress: true) { server in
      let pipeline = ScriptedPipeline { claim in claim.position % 7 == 3 ? .fail(.dnsFailed) : .report(score: 80) }
      let batches = [
        try await server.start("One", Array(1...20), isPrivate: true), try await server.start("Two", Array(21...40)),
      ]
      let bearer = try await server.bearer(server.desk.admin)
      let all = try await server.socket("/api/batch/ws", [bearer])
      let one = try await server.socket("/api/batch/\(batches[0].id.text)/progress", [bearer])
      let engine = server.desk.engine(pipeline, total: 3, now: { server.clock.now })
      var (seqs, ended) = ([String: Int](), Set<String>())
      while ended.count < 2 {
        server.clock.advance(by: 0.4)
        let message = try await all.json()
        let (id, seq) = (try #require(message["batch_id"] as? String), try #require(message["seq"] as? Int))
        #expect(seq >= seqs[id] ?? 0)
        seqs[id] = seq
        if message["status"] as? String == "completed_with_errors" { ended.insert(id) }
      }
      var last = 0
      while case .text(let text) = try await one.next() {
        let message = try JSONDecoder().decode(ProgressSnapshot.self, from: Data(text.utf8))
        #expect(Int(message.seq) >= last)
        last = Int(message.seq)
      }
      #expect(last == seqs[batches[0].id.text])
      try await engine.stop()
    }
  }
}
