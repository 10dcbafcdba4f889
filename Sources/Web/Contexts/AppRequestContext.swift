import Hummingbird
import NIOCore

/// The context of every request; the account may be missing.
public struct AppRequestContext: PageContext {
  public var coreContext: CoreRequestContextStorage
  public let channel: any Channel
  public var identity: Identity?
  /// The commit clock's version when the request came; what was read at the same version is still good.
  var commitVersion: Int64 = .min
  /// Set by `RequestForgery` when an URL-encoded form was posted.
  public internal(set) var form: FormFields?
  /// What the form of an anonymous page must carry: the value of its own cookie.
  var anonymousCSRF: String?
  /// Whether an anonymous form carried that value.
  var hasGenuineAnonymousForm = false
  /// Whether the form token of the session was already checked.
  var hasProvenForm = false
  /// Outlives the copies that middlewares pass on, for the log and the error page.
  let notes = RequestNotes()

  public init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  public var base: AppRequestContext { self }
}
