import BatchReports
import Foundation
import Logging
import Storage

/// One try at one lead, from claim to outcome. It never throws: whatever happens is an outcome.
struct LeadRun: Sendable {
  var pipeline: any ReportPipeline
  var retryPolicy: RetryPolicy
  /// Seconds for a try, for its message: `LeadTry` keeps them.
  var timeout: Double
  var now: @Sendable () -> Date
  var jitter: @Sendable () -> Double
  var logger: Logger

  private enum Ending: Sendable {
    case report(Report)
    case failure(LeadFailure)
    case interrupted
    case notYet(NotYet)
  }

  func run(_ lead: LeadTry) async -> WorkQueue.Outcome {
    let claim = lead.claim
    // A task of its own: a call back ends this one lead's work. What it brings when it was called back counts for nothing.
    let ended = Once<Ending>()
    let work = Task { ended.give(await ending(of: claim, within: lead.limit)) }
    lead.whenCalledBack { work.cancel() }
    lead.whenLetGo { ended.give(.interrupted) }
    let end = await withTaskCancellationHandler {
      await ended.wait()
    } onCancel: {
      work.cancel()
    }
    let finishedAt = now()
    return WorkQueue.Outcome(
      claim: claim, result: lead.recall.map { result(of: $0, claim, at: finishedAt) } ?? result(of: end, claim, at: finishedAt),
      finishedAt: finishedAt)
  }

  private func result(of recall: LeadTry.Recall, _ claim: WorkQueue.Claim, at finishedAt: Date) -> WorkQueue.Outcome.Result {
    switch recall {
    case .cancelled: .cancelled
    case .shutdown: .released
    case .timeout: result(of: .failure(LeadFailure(.timeout, "No report within \(Int(timeout)) s.")), claim, at: finishedAt)
    }
  }

  private func ending(of claim: WorkQueue.Claim, within limit: TimeLimit) async -> Ending {
    do { return .report(try await pipeline.report(for: claim, within: limit)) } catch let failure as LeadFailure {
      return .failure(failure)
    } catch let notYet as NotYet {
      return .notYet(notYet)
    } catch is Halted {
      return .interrupted
    } catch {
      // Only our own cancellation interrupts: a pipeline that throws CancellationError by itself would be tried again without end.
      if Task.isCancelled { return .interrupted }
      logger.error("a report pipeline failed", metadata: ["lead": "\(claim.leadID)", "batch": "\(claim.batchID)", "error": "\(error)"])
      return .failure(LeadFailure(.internal, "Something went wrong on our side; the log has the details."))
    }
  }

  private func result(of ending: Ending, _ claim: WorkQueue.Claim, at finishedAt: Date) -> WorkQueue.Outcome.Result {
    switch ending {
    case .report(let report) where !(0...100).contains(report.score):
      logger.error("a report has an impossible score", metadata: ["lead": "\(claim.leadID)", "score": "\(report.score)"])
      return .failed(LeadFailure(.internal, "Something went wrong on our side; the log has the details."))
    case .report(let report):
      do { return .completed(score: report.score, report: try ReportArchive.encode(report)) } catch {
        logger.error("a report cannot be kept", metadata: ["lead": "\(claim.leadID)", "batch": "\(claim.batchID)", "error": "\(error)"])
        return .failed(LeadFailure(.internal, "Something went wrong on our side; the log has the details."))
      }
    case .failure(let failure):
      let wait = retryPolicy.wait(
        after: claim.attempt - claim.triedBefore - claim.crashes, failure: failure, retryCount: claim.retryCount, jitter: jitter())
      return wait.map { .retry(failure, dueAt: finishedAt.addingTimeInterval($0)) } ?? .failed(failure)
    case .interrupted: return .released
    case .notYet(let notYet): return .deferred(until: finishedAt.addingTimeInterval(max(0.05, notYet.seconds)))
    }
  }
}
