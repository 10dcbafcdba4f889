/// The states of a batch and every move between them (contract, section 2).
public enum BatchState: String, Sendable, Codable, CaseIterable, Hashable {
  case pending, processing, paused, cancelling, cancelled, completed
  case completedWithErrors = "completed_with_errors"
  case failed

  public var isTerminal: Bool {
    switch self {
    case .completed, .completedWithErrors, .failed, .cancelled: true
    case .pending, .processing, .paused, .cancelling: false
    }
  }

  public var isLive: Bool { !isTerminal }

  /// States that a batch may come from when it becomes this one.
  public var predecessors: [BatchState] {
    switch self {
    case .pending: [.paused]
    case .processing: [.pending, .paused, .completedWithErrors, .failed, .cancelled]
    case .paused: [.pending, .processing]
    case .cancelling: [.pending, .processing, .paused]
    case .cancelled: [.cancelling]
    case .completed, .completedWithErrors: [.processing, .paused]
    case .failed: [.pending, .processing, .paused]
    }
  }

  public func mayBecome(_ next: BatchState) -> Bool { next.predecessors.contains(self) }

  public var label: String {
    switch self {
    case .pending: "Queued"
    case .processing: "Running"
    case .paused: "Paused"
    case .cancelling: "Cancelling"
    case .cancelled: "Cancelled"
    case .completed: "Completed"
    case .completedWithErrors: "Completed with errors"
    case .failed: "Failed"
    }
  }
}

/// The states of one lead in a batch.
public enum BatchLeadState: String, Sendable, Codable, CaseIterable, Hashable {
  case pending, processing, retrying, completed, failed, skipped, cancelled

  public var isTerminal: Bool {
    switch self {
    case .completed, .failed, .skipped, .cancelled: true
    case .pending, .processing, .retrying: false
    }
  }

  /// States that a lead may come from when it becomes this one.
  public var predecessors: [BatchLeadState] {
    switch self {
    case .pending: [.processing, .failed, .cancelled]
    case .processing: [.pending, .retrying]
    case .retrying, .completed: [.processing]
    case .failed: [.processing]
    case .skipped: [.pending]
    case .cancelled: [.pending, .retrying, .processing]
    }
  }

  public func mayBecome(_ next: BatchLeadState) -> Bool { next.predecessors.contains(self) }
}

/// A control that does not fit the state in which the batch is.
public struct InvalidTransition: Refusal, Hashable {
  public var action: String
  public var state: BatchState

  public init(action: String, state: BatchState) {
    self.action = action
    self.state = state
  }

  public var code: RefusalCode { .invalidTransition }
  public var explanation: String { "This batch is \(state.label.lowercased()), so it cannot be \(action). Reload the page to see where it stands." }
}
