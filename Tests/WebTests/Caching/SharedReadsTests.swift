import Synchronization
import Testing

@testable import Web

@Suite("Shared reads")
struct SharedReadsTests {
  private struct Broken: Error {}

  private final class Count: Sendable {
    private let kept = Mutex(0)

    var value: Int { kept.withLock { $0 } }
    func add() { kept.withLock { $0 += 1 } }
  }

  /// Opens once, for all who wait and all who come later.
  private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func pass() async {
      await withCheckedContinuation { waiter in
        let isOpen = state.withLock { state in
          if !state.isOpen { state.waiting.append(waiter) }
          return state.isOpen
        }
        if isOpen { waiter.resume() }
      }
    }

    func open() {
      let waiting = state.withLock { state in
        state.isOpen = true
        defer { state.waiting = [] }
        return state.waiting
      }
      for waiter in waiting { waiter.resume() }
    }
  }

  /// One reads `key` until `gate` opens; `others` come while it does. Returns what each got and how often anyone read.
  private func race(
    _ reads: SharedReads<String, Int>, others: Int, leader: @escaping @Sendable () throws -> Int
  ) async -> (leader: Result<Int, any Error>, others: [Int], count: Int) {
    let (gate, begun) = (Gate(), Gate())
    let count = Count()
    async let first: Result<Int, any Error> = {
      do {
        return .success(
          try await reads.value(of: "key") {
            count.add()
            begun.open()
            await gate.pass()
            return try leader()
          })
      } catch { return .failure(error) }
    }()
    await begun.pass()
    let values = await withTaskGroup(of: Int?.self) { group in
      for number in 0..<others {
        group.addTask {
          try? await reads.value(of: "key") {
            count.add()
            return 100 + number
          }
        }
      }
      group.addTask {
        while reads.waiterCount(of: "key") < others { await Task.yield() }
        gate.open()
        return Int?.none
      }
      return await group.reduce(into: [Int]()) { values, value in if let value { values.append(value) } }
    }
    return (await first, values, count.value)
  }

  @Test("Those who come while one reads get what that one finds")
  func sharing() async throws {
    let outcome = await race(SharedReads(), others: 20) { 7 }
    #expect(try outcome.leader.get() == 7)
    #expect(outcome.others == Array(repeating: 7, count: 20))
    #expect(outcome.count == 1)
  }

  @Test("When the reading one fails, each of the others reads for itself")
  func failure() async {
    let outcome = await race(SharedReads(), others: 5) { throw Broken() }
    #expect(throws: Broken.self) { try outcome.leader.get() }
    #expect(outcome.others.sorted() == Array(100..<105))
    #expect(outcome.count == 6)
  }

  @Test("Another key, and a later time, are read anew")
  func anew() async throws {
    let reads = SharedReads<String, Int>()
    #expect(try await reads.value(of: "a") { 1 } == 1)
    #expect(try await reads.value(of: "a") { 2 } == 2)
    #expect(try await reads.value(of: "a") { try await reads.value(of: "b") { 3 } } == 3)
    #expect(reads.waiterCount(of: "a") == 0)
  }
}
