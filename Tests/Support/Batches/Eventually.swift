import Foundation

/// What a test waited for has not come to pass.
public struct NotInTime: Error, CustomStringConvertible {
  public var description: String
}

/// Asks again and again until the answer is yes. Throws `NotInTime` after the deadline.
public func eventually(
  _ what: String, within seconds: Double = 30, _ isSo: @Sendable () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while true {
    if try await isSo() { return }
    if ContinuousClock.now > deadline { throw NotInTime(description: "not within \(seconds) s: \(what)") }
    try await Task.sleep(for: .milliseconds(5))
  }
}
