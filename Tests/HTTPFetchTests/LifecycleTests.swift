import Foundation
import Testing

@testable import HTTPFetch

@Suite("Life of a fetcher") struct LifecycleTests {
  @Test("cancelling the task ends the transfer at once") func cancel() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher.allowing(server)
    let start = ContinuousClock.now
    await withTaskGroup(of: FetchError?.self) { group in
      group.addTask { await fetcher.failure(FetchRequest(url: server.url("/hang"), timeout: 60)) }
      await server.waitForRequest("/hang")
      group.cancelAll()
      #expect(await group.next() == .cancelled)
    }
    #expect(ContinuousClock.now - start < .seconds(50))
    #expect(try await fetcher.fetch(FetchRequest(url: server.url("/plain"))).text == "hello")
  }

  @Test("a task that is cancelled already sends nothing") func cancelledBefore() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher.allowing(server)
    await withTaskGroup(of: FetchError?.self) { group in
      group.cancelAll()
      group.addTask { await fetcher.failure(FetchRequest(url: server.url("/plain"))) }
      #expect(await group.next() == .cancelled)
    }
    #expect(server.requests.isEmpty)
  }

  @Test("a fetch that waits for its host can be cancelled, and those behind it go on") func cancelQueued() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher.allowing(server, perHost: 1)
    await withTaskGroup(of: FetchError?.self) { holder in
      holder.addTask { await fetcher.failure(FetchRequest(url: server.url("/hang"), timeout: 60)) }
      await server.waitForRequest("/hang")
      await withTaskGroup(of: FetchError?.self) { group in
        for _ in 0..<5 { group.addTask { await fetcher.failure(FetchRequest(url: server.url("/plain"))) } }
        group.cancelAll()
        for await error in group { #expect(error == .cancelled) }
      }
      // The host's one place was taken all the while, so none of them can have been sent.
      #expect(server.requests.map(\.path) == ["/hang"])
      holder.cancelAll()
    }
    #expect(try await fetcher.fetch(FetchRequest(url: server.url("/plain"))).text == "hello")
  }

  @Test("waiting for the host does not use up the timeout") func queueTime() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher.allowing(server, perHost: 1)
    await withTaskGroup(of: Double.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let request = FetchRequest(url: server.url("/slowredirect/200"), timeout: 30, connectTimeout: 0.5)
          return (try? await fetcher.fetch(request))?.timings.total ?? -1
        }
      }
      for await total in group { #expect(total >= 0.19) }
    }
  }

  @Test("no more transfers run to one host than allowed") func perHost() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher.allowing(server, perHost: 3)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<30 { group.addTask { try await fetcher.fetch(FetchRequest(url: server.url("/sized/100"))).status } }
      for try await status in group { #expect(status == 200) }
    }
    #expect(Set(server.requests.map(\.clientPort)).count <= 3)
  }

  @Test("five hundred fetches at once all come back") func many() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher.allowing(server, perHost: 100)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<500 {
        group.addTask { try await fetcher.fetch(FetchRequest(url: server.url("/sized/\(index)"), timeout: 60)).body.count }
      }
      var sizes: [Int] = []
      for try await size in group { sizes.append(size) }
      #expect(sizes.sorted() == Array(0..<500))
    }
  }

  @Test("cancelling at any moment answers each fetch once") func cancelRace() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher.allowing(server, perHost: 8)
    await withTaskGroup(of: Bool.self) { group in
      for index in 0..<300 {
        group.addTask {
          let task = Task { try await fetcher.fetch(FetchRequest(url: server.url("/plain"))).status }
          for _ in 0..<(index % 30) { await Task.yield() }
          task.cancel()
          switch await task.result {
          case .success(let status): return status == 200
          case .failure(let error): return error as? FetchError == .cancelled
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test("shutdown ends running and waiting fetches, and later ones are refused") func shutdown() async throws {
    let server = try TestServer()
    let fetcher = HTTPFetcher.allowing(server, perHost: 1)
    await withTaskGroup(of: FetchError?.self) { group in
      for _ in 0..<3 { group.addTask { await fetcher.failure(FetchRequest(url: server.url("/hang"), timeout: 60)) } }
      await server.waitForRequest("/hang")
      await fetcher.shutdown()
      for await error in group { #expect(error == .cancelled) }
    }
    await fetcher.shutdown()
    #expect(await fetcher.failure(FetchRequest(url: server.url("/plain"))) == .cancelled)
    #expect(server.requests.count == 1)
  }

  @Test("descriptors and threads do not pile up over many fetchers and failures") func leaks() async throws {
    let server = try TestServer()
    func round(_ count: Int) async {
      for _ in 0..<count {
        let fetcher = HTTPFetcher.allowing(server)
        for path in ["/plain", "/reset", "/bomb", "/garbage", "/loop", "/announced"] {
          _ = try? await fetcher.fetch(FetchRequest(url: server.url(path), maximumBytes: 10_000))
        }
        await fetcher.shutdown()
      }
    }
    await round(2)
    let before = Self.openSockets(of: server.port)
    await round(20)
    #expect(Self.openSockets(of: server.port) <= before + 2)
  }

  /// Client sockets of this process that are connected to the port.
  static func openSockets(of port: UInt16) -> Int {
    (0..<4096).filter { descriptor in
      var address = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      return withUnsafeMutableBytes(of: &address) { bytes in
        guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
        return getpeername(Int32(descriptor), pointer, &length) == 0
      } && UInt16(bigEndian: address.sin_port) == port
    }.count
  }
}
