import NIOCore

/// When a socket must ping, and when its client has been silent for too long.
struct Heartbeat {
  enum Beat: Equatable { case wait, ping, drop }

  let pingInterval: TimeAmount
  let silenceLimit: TimeAmount
  private(set) var lastHeard: NIODeadline
  private var nextPing: NIODeadline

  init(_ options: WebSocketOptions, from now: NIODeadline) {
    pingInterval = TimeAmount(options.pingInterval)
    silenceLimit = TimeAmount(options.silenceLimit)
    lastHeard = now
    nextPing = now + pingInterval
  }

  /// Any byte from the client proves that it is there.
  mutating func heard(at now: NIODeadline) { lastHeard = now }

  /// When to ask again what to do.
  var nextBeat: NIODeadline { min(nextPing, lastHeard + silenceLimit) }

  /// What is due now.
  mutating func beat(at now: NIODeadline) -> Beat {
    if now - lastHeard >= silenceLimit { return .drop }
    guard now >= nextPing else { return .wait }
    nextPing = now + pingInterval
    return .ping
  }
}
