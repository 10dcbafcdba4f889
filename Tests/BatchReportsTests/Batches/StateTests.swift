import BatchReports
import Testing

@Suite("States")
struct StateTests {
  /// The moves of the contract, section 2, a pause before the first lead was taken, and back from there before a planned start.
  static let batchMoves: [BatchState: Set<BatchState>] = [
    .pending: [.processing, .paused, .cancelling, .failed],
    .processing: [.paused, .cancelling, .completed, .completedWithErrors, .failed],
    .paused: [.pending, .processing, .cancelling, .completed, .completedWithErrors, .failed],
    .cancelling: [.cancelled],
    .cancelled: [.processing],
    .completed: [],
    .completedWithErrors: [.processing],
    .failed: [.processing],
  ]

  static let leadMoves: [BatchLeadState: Set<BatchLeadState>] = [
    .pending: [.processing, .cancelled, .skipped],
    .processing: [.completed, .failed, .retrying, .cancelled, .pending],
    .retrying: [.processing, .cancelled],
    .failed: [.pending], .cancelled: [.pending],
    .completed: [], .skipped: [],
  ]

  @Test("a batch moves as the contract says, and in no other way", arguments: BatchState.allCases, BatchState.allCases)
  func batch(from: BatchState, to: BatchState) {
    #expect(from.mayBecome(to) == Self.batchMoves[from]?.contains(to))
  }

  @Test("a lead moves as the contract says, and in no other way", arguments: BatchLeadState.allCases, BatchLeadState.allCases)
  func lead(from: BatchLeadState, to: BatchLeadState) {
    #expect(from.mayBecome(to) == Self.leadMoves[from]?.contains(to))
  }

  @Test("a state is live or terminal, and has a name to show")
  func terminal() {
    #expect(BatchState.allCases.filter(\.isTerminal) == [.cancelled, .completed, .completedWithErrors, .failed])
    #expect(BatchState.allCases.allSatisfy { $0.isLive != $0.isTerminal })
    #expect(Set(BatchState.allCases.map(\.label)).count == BatchState.allCases.count)
    #expect(BatchLeadState.allCases.filter(\.isTerminal) == [.completed, .failed, .skipped, .cancelled])
    #expect(
      BatchState.allCases.map(\.rawValue) == [
        "pending", "processing", "paused", "cancelling", "cancelled", "completed", "completed_with_errors", "failed",
      ])
  }

  @Test("a control that does not fit says where the batch stands")
  func refusal() {
    let refusal = InvalidTransition(action: "paused", state: .completedWithErrors)
    #expect(refusal.code == .invalidTransition)
    #expect(refusal.explanation.contains("completed with errors") && refusal.explanation.contains("paused"))
  }
}
