import BatchReports

/// A state as a badge: its name picks the icon, its tone the colour, and its label says it in words.
public struct Badge: Sendable {
  public var name: String
  public var label: String
  public var tone: String

  public init(name: String, label: String, tone: String) {
    self.name = name
    self.label = label
    self.tone = tone
  }

  public init(_ state: BatchState) {
    let tone =
      switch state {
      case .pending, .cancelled: "neutral"
      case .processing: "info"
      case .paused, .cancelling, .completedWithErrors: "warning"
      case .completed: "success"
      case .failed: "danger"
      }
    self.init(name: state.rawValue, label: state.label, tone: tone)
  }

  public init(_ state: BatchLeadState) {
    let (label, tone) =
      switch state {
      case .pending: ("Queued", "neutral")
      case .processing: ("In flight", "info")
      case .retrying: ("Waiting to retry", "warning")
      case .completed: ("Done", "success")
      case .failed: ("Failed", "danger")
      case .skipped: ("Skipped", "info")
      case .cancelled: ("Cancelled", "neutral")
      }
    self.init(name: state.rawValue, label: label, tone: tone)
  }

  public var pageValue: PageValue { .values(["name": .text(name), "label": .text(label), "tone": .text(tone)]) }
}
