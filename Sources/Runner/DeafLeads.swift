import Foundation
import Storage

/// Leads that do not come back although they were called: the engine goes on, and ends, without them.
extension BatchRunner {
  /// Pauses batches of which leads are in flight and none ends, and gives up those of batches that are being cancelled.
  func watchStalls(_ seconds: Double, epoch: Int64) async throws {
    while !Task.isCancelled {
      do { try await Task.sleep(for: .seconds(min(5, seconds / 4))) } catch { return }
      let inFlight = state.withLock { state in Set(state.inFlight.keys.filter { !state.deaf.contains($0) }.map(\.batch)) }
      for batch in stalls.withLock({ $0.stalled(inFlight: inFlight, at: .now) }) {
        do { try await queue.pauseStalled(batch, after: seconds, epoch: epoch, now: now()) } catch let error as WorkQueue.LostLease { throw error } catch {
          logger.error("a batch that stands still could not be paused", metadata: ["batch": "\(batch)", "error": "\(error)"])
          continue
        }
        stalls.withLock { $0.settle(batch, at: .now) }
        giveUpSlots(of: batch)
      }
    }
  }

  /// Leads that were called back and do not end take no slot from others.
  private func giveUpSlots(of batch: Int64) {
    let deaf = state.withLock { state in
      let deaf = state.inFlight.filter { $0.key.batch == batch && $0.value.recall != nil }.map(\.key)
      state.deaf.formUnion(deaf)
      return deaf
    }
    if deaf.isEmpty { return }
    logger.error("leads do not end although they were called back", metadata: ["batch": "\(batch)", "count": "\(deaf.count)"])
    nudge()
  }

  /// How many leads of this process were given up and still run.
  public var deafCount: Int { state.withLock { $0.deaf.count } }

  /// Waits for the engine's end in whatever way, and then a moment for its leads. A task of the group that the leads are in: when that is
  /// cancelled it would wait for deaf ones for ever.
  func outlastDeafLeads() async {
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    // A shield: this wait goes on although its task is cancelled.
    await Task { await letDeafLeadsGo() }.value
  }

  /// Lets go of leads that were called back and have not ended in time. They run again after a restart.
  func letDeafLeadsGo() async {
    let end = state.withLock { state in
      let end = state.lettingGoAt ?? .now + .seconds(options.deafGrace)
      state.lettingGoAt = end
      return end
    }
    while ContinuousClock.now < end, !state.withLock({ $0.inFlight.isEmpty }) {
      do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
    }
    let deaf = state.withLock { Array($0.inFlight.values) }
    if !deaf.isEmpty { logger.error("leads did not come back when they were called; the engine ends without them", metadata: ["count": "\(deaf.count)"]) }
    for lead in deaf { lead.letGo() }
  }
}

/// What there is to say of an engine that runs.
extension BatchRunner {
  /// Why no leads can be taken or nothing be written now; nil while all is well.
  public var fault: String? {
    if let fault = storageFault { return fault.description }
    let deaf = deafCount
    return deaf >= 2 * options.maxConcurrentTotal ? Self.words(deaf) + " They take every slot." : nil
  }

  /// What somebody should look at while other batches go on; nil for nothing.
  public var notice: String? {
    let (fault, deaf) = (reportFault, deafCount)
    let all = [fault.map { "Some batches wait: \($0)" }, deaf > 0 ? Self.words(deaf) : nil].compactMap { $0 }
    return all.isEmpty ? nil : all.joined(separator: " ")
  }

  private static func words(_ deaf: Int) -> String {
    (deaf == 1 ? "1 lead was called back and does not end." : "\(deaf) leads were called back and do not end.")
      + " Look at the log; a restart ends such work."
  }
}
