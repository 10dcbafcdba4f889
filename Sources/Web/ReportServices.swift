import BatchReports
import Foundation
import Storage

/// What the pages and calls about leads, prices, batches and reports work with.
public struct ReportServices: Sendable {
  /// Figures of the settings that forms and refusals name.
  public struct Limits: Sendable {
    public var maxLeads: Int
    public var maxConcurrentLeads: Int
    public var retryCount: Int
    public var socketsPerAccount: Int
    /// Bytes of an imported file.
    public var importBytes: Int

    public init(maxLeads: Int, maxConcurrentLeads: Int, retryCount: Int, socketsPerAccount: Int, importBytes: Int) {
      self.maxLeads = maxLeads
      self.maxConcurrentLeads = maxConcurrentLeads
      self.retryCount = retryCount
      self.socketsPerAccount = socketsPerAccount
      self.importBytes = importBytes
    }
  }

  public var leads: LeadStore
  public var selections: SelectionStore
  public var quotes: QuoteDesk
  public var batches: BatchStore
  public var templates: TemplateStore
  public var rateCards: RateCardStore
  public var budget: BudgetBook
  public var archive: ReportArchive
  public var hub: ProgressHub
  public var feed: ProgressFeed
  public var limits: Limits
  public var importing: LeadImportOptions
  public var uploadPace = UploadPace()
  /// Where uploaded files wait between their check and their import.
  public var uploads: URL
  public var timeZone: TimeZone
  public var features: FeatureFlags
  /// Nil when no rates file is set.
  public var ratesFile: RatesFile?
  /// How the paid sources stand in this process.
  public var providerStates: @Sendable () -> [ProviderState]
  /// Tells this process's engine to look at the rows at once.
  public var nudge: @Sendable () -> Void

  public init(
    leads: LeadStore, selections: SelectionStore, quotes: QuoteDesk, batches: BatchStore, templates: TemplateStore, rateCards: RateCardStore,
    budget: BudgetBook, archive: ReportArchive, hub: ProgressHub, feed: ProgressFeed, limits: Limits, importing: LeadImportOptions, uploads: URL,
    timeZone: TimeZone, features: FeatureFlags, ratesFile: RatesFile? = nil,
    providerStates: @escaping @Sendable () -> [ProviderState] = { PaidProvider.allCases.map { ProviderState(provider: $0, host: nil) } },
    nudge: @escaping @Sendable () -> Void
  ) {
    self.leads = leads
    self.selections = selections
    self.quotes = quotes
    self.batches = batches
    self.templates = templates
    self.rateCards = rateCards
    self.budget = budget
    self.archive = archive
    self.hub = hub
    self.feed = feed
    self.limits = limits
    self.importing = importing
    self.uploads = uploads
    self.timeZone = timeZone
    self.features = features
    self.ratesFile = ratesFile
    self.providerStates = providerStates
    self.nudge = nudge
  }

  var clock: WallClock { WallClock(timeZone: timeZone) }
}
