import GRDB

/// Why rows or reports cannot be written at the moment, in words for the operator. The fault is the machine's, never a lead's.
public struct StorageFault: Error, Sendable, Hashable, CustomStringConvertible {
  public var description: String

  /// For a fault of the disk that another room of the product has met.
  public init(cause: String) { description = cause + Self.promise }

  private static let promise = " No result is lost, and batches go on by themselves once this is mended."

  /// Nil for an error that does not come from the disk or the database.
  public init?(_ error: any Error) {
    let cause: String
    switch error {
    case let failure as ReportArchive.Failure: cause = "\(failure) Look after the folder of the reports."
    case let error as DatabaseError: cause = Self.cause(error)
    default: return nil
    }
    description = cause + Self.promise
  }

  private static func cause(_ error: DatabaseError) -> String {
    switch error.resultCode {
    case .SQLITE_FULL: "The disk is full: free some space on the data folder's disk."
    case .SQLITE_BUSY, .SQLITE_LOCKED: "Another program keeps the database locked: look for one that has it open."
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN: "The data folder cannot be written: look after its rights and its disk."
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: "The database is damaged: stop the server and restore a backup."
    case .SQLITE_IOERR: "The disk fails to read or write the database."
    default: "The database cannot be written; the log has the details."
    }
  }
}
