import BatchReports
import Foundation
import Logging
import Secrets
import Storage

/// All that the web side is given from outside.
public struct WebDependencies: Sendable {
  public var database: AppDatabase
  public var settings: WebSettings
  public var templates: Templates
  public var assets: Assets
  public var hasher: PasswordHasher
  public var logger: Logger
  public var now: @Sendable () -> Date
  /// How many leads an account has ticked; the layout shows it on each page.
  public var selectionCount: @Sendable (Account) async throws -> Int
  /// What `/health` asks, besides the database.
  public var healthChecks: [HealthCheck]
  public var metrics: WebMetrics
  /// Tells the dashboard and the page of a batch whether batches are being run.
  public var engine: EngineWatch?

  public init(
    database: AppDatabase, settings: WebSettings, templates: Templates, assets: Assets, hasher: PasswordHasher = PasswordHasher(),
    logger: Logger, now: @escaping @Sendable () -> Date = { Date() },
    selectionCount: @escaping @Sendable (Account) async throws -> Int = { _ in 0 }, healthChecks: [HealthCheck] = [],
    metrics: WebMetrics = WebMetrics(), engine: EngineWatch? = nil
  ) {
    self.database = database
    self.settings = settings
    self.templates = templates
    self.assets = assets
    self.hasher = hasher
    self.logger = logger
    self.now = now
    self.selectionCount = selectionCount
    self.healthChecks = healthChecks
    self.metrics = metrics
    self.engine = engine
  }

  public var accounts: AccountStore { AccountStore(database) }
  public var sessions: SessionStore { SessionStore(database) }
  public var tokens: APITokenStore { APITokenStore(database) }
  public var signInLinks: SignInLinkStore { SignInLinkStore(database) }
  public var auditTrail: AuditTrail { AuditTrail(database) }
  public var pages: Pages { Pages(dependencies: self) }
}
