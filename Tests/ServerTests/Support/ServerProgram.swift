import Foundation
import Synchronization
import TestSupport
import Testing
import WebTestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// The program as a child process, the very one that was built beside these tests.
final class ServerProgram: Sendable {
  struct Ending: Sendable {
    /// The exit status; 128 and the signal's number for a process that a signal ended.
    var status: Int
    var output: String
    var errors: String
  }

  /// Throws when it is not there: `swift build` makes it together with the tests.
  static func binary() throws -> URL {
    let tests = try #require(Bundle.main.executableURL)
    let binary = tests.resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("batchreports")
    try #require(FileManager.default.isExecutableFile(atPath: binary.path), "\(binary.path) is not built")
    return binary
  }

  private let process: Process
  /// Held, so that it outlives the process.
  private let folder: DataFolder
  private let outputFile: URL
  private let errorFile: URL
  private let ending = Mutex<Int?>(nil)

  /// Starts the program with nothing of this process's own `BATCH_…` settings. Its output goes to files, which never fill up as a pipe does.
  /// `openFiles` is the soft limit that the system gives it, where not this process's own.
  init(
    _ words: [String], in folder: DataFolder, _ settings: [String: String] = [:], input: String = "", workingFolder: URL? = nil, openFiles: Int? = nil
  ) throws {
    process = Process()
    self.folder = folder
    let name = UUID().uuidString
    outputFile = folder.url.appendingPathComponent("\(name).out")
    errorFile = folder.url.appendingPathComponent("\(name).err")
    let inputFile = folder.url.appendingPathComponent("\(name).in")
    try Data(input.utf8).write(to: inputFile)
    for file in [outputFile, errorFile] { try Data().write(to: file) }
    let binary = try Self.binary()
    if let openFiles {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "ulimit -S -n \(openFiles) && exec \"$0\" \"$@\"", binary.path] + words
    } else {
      process.executableURL = binary
      process.arguments = words
    }
    process.currentDirectoryURL = workingFolder ?? folder.url
    process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BATCH_") }.merging(folder.environment(settings)) {
      $1
    }
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    process.terminationHandler = { [weak self] process in
      let status = Int(process.terminationStatus)
      self?.ending.withLock { $0 = process.terminationReason == .exit ? status : 128 + status }
    }
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var output: String { (try? String(contentsOf: outputFile, encoding: .utf8)) ?? "" }
  var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

  /// Runs a command to its end.
  static func run(
    _ words: String..., in folder: DataFolder, settings: [String: String] = [:], input: String = "", workingFolder: URL? = nil
  ) async throws -> Ending {
    try await ServerProgram(words, in: folder, settings, input: input, workingFolder: workingFolder).end()
  }

  /// Starts `serve` and waits until it answers. Returns the port.
  static func serve(
    _ folder: DataFolder, _ settings: [String: String] = [:], flags: [String] = [], openFiles: Int? = nil
  ) async throws -> (program: ServerProgram, port: Int) {
    let program = try ServerProgram(["serve"] + flags, in: folder, settings, openFiles: openFiles)
    let port = Mutex<Int?>(nil)
    try await eventually("the server is ready", within: 60) {
      if program.ending.withLock({ $0 }) != nil { throw RunningServer.Ended(output: program.output + program.errors) }
      let line = program.output.firstMatch(of: /listens on http:\/\/127\.0\.0\.1:([0-9]+)/)
      guard let found = line.flatMap({ Int($0.1) }) else { return false }
      port.withLock { $0 = found }
      return try await TestClient(port: found).send("GET", "/ready").status == 200
    }
    return (program, try #require(port.withLock { $0 }))
  }

  var processIdentifier: Int32 { process.processIdentifier }
  var isRunning: Bool { ending.withLock { $0 } == nil }

  func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

  func end(within seconds: Double = 60) async throws -> Ending {
    try await eventually("the program ends", within: seconds) { self.ending.withLock { $0 } != nil }
    return Ending(status: try #require(ending.withLock { $0 }), output: output, errors: errors)
  }
}
