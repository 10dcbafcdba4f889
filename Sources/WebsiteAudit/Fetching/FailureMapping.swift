import BatchReports
import HTTPFetch

/// Turns what went wrong in a fetch into the reason why a lead failed, in a sentence about that very site.
enum FailureMapping {
  /// A `LeadFailure`, a `CancellationError` when the work was cancelled, or `HostGate.Busy` as it is.
  static func failure(for error: any Error, host: String) -> any Error {
    switch error {
    case let failure as LeadFailure: failure
    case let busy as HostGate.Busy: busy
    case is CancellationError, FetchError.cancelled: CancellationError()
    case let error as FetchError: leadFailure(error, Evidence.line(host))
    default: LeadFailure(.internal, "The audit of \(Evidence.line(host)) could not be carried out.")
    }
  }

  private static func leadFailure(_ error: FetchError, _ host: String) -> LeadFailure {
    switch error {
    case .invalidURL: LeadFailure(.noWebsite, "\"\(host)\" is not a web address.")
    case .addressRefused(let address): LeadFailure(.privateAddress, "\(host) leads to \(address), which is not a public address.")
    case .nameNotResolved(let name): LeadFailure(.dnsFailed, "The name \(name.isEmpty ? host : Evidence.line(name)) does not exist in DNS.")
    case .connectFailed: LeadFailure(.connectFailed, "\(host) did not accept a connection.")
    case .tlsFailed: LeadFailure(.tlsFailed, "No secure connection to \(host) could be made.")
    case .certificateInvalid(let problem): LeadFailure(.tlsFailed, "The certificate of \(host) cannot be trusted: \(problem.words).")
    case .timedOut(let seconds): LeadFailure(.timeout, "\(host) did not answer within \(short(seconds)) s.")
    case .tooManyRedirects(let limit): LeadFailure(.tooManyRedirects, "\(host) redirected more than \(limit) times.")
    case .tooLarge(let limit): LeadFailure(.tooLarge, "The home page of \(host) is larger than \(Figures.bytes(limit)).")
    case .compressedRepeatedly: LeadFailure(.notHTML, "\(host) sent no web page but something compressed more than once.")
    case .brokenTransfer: LeadFailure(.connectFailed, "\(host) broke off the connection.")
    case .cancelled: LeadFailure(.internal, "The audit of \(host) was cancelled.")
    }
  }

  private static func short(_ seconds: Double) -> String {
    seconds == seconds.rounded() && seconds < 1e6 ? "\(Int(seconds))" : "\((seconds * 10).rounded() / 10)"
  }
}

extension CertificateProblem {
  /// In words that stand behind a colon.
  var words: String {
    switch self {
    case .expired: "it has expired"
    case .notYetValid: "it is not valid yet"
    case .wrongHost: "it belongs to another address"
    case .selfSigned: "it is signed by the site itself"
    case .untrusted: "no known authority has issued it"
    }
  }
}
