import BatchReports
import Foundation
import GRDB
import Storage

/// What is measured, in the order of the report.
struct LeadBenchmarkRun {
  let database: AppDatabase
  let leads: Int
  private let clock = ContinuousClock()

  init(database: AppDatabase, leads: Int) {
    self.database = database
    self.leads = leads
  }

  func load() async throws {
    let store = LeadStore(database: database)
    let present = try await store.count(LeadFilter()).count
    guard present < leads else { return print("\(present) leads are there already.") }
    var generator = LeadGenerator()
    let idle = WriterProbe(database: database)
    try await idle.during { try await Task.sleep(for: .seconds(1)) }
    print("yardstick: the same with nothing to wait for\n" + (await idle.text))
    let probe = WriterProbe(database: database)
    var spent = Duration.zero
    var worked = Duration.zero
    try await probe.during {
      var made = 0
      while made < leads {
        let batch = generator.next(min(10_000, leads - made))
        let start = processorTime()
        spent += try await clock.measure { try await store.insert(batch) }
        worked += processorTime() - start
        made += batch.count
      }
    }
    print("loaded \(leads) leads in \(spent), processor time \(worked)\n\(await probe.text)")
  }

  func ask(_ count: Int) async throws {
    let store = LeadStore(database: database)
    var sampler = QuestionSampler(seed: 1, generator: LeadGenerator())
    var rows = Figures()
    var counts = Figures()
    var rowsWork = Figures()
    var countsWork = Figures()
    var bare = Figures()
    var scan = Figures()
    for _ in 0..<count {
      let question = sampler.next()
      var cursor: String?
      for _ in 0..<question.depth {
        guard let next = try await store.page(question.filter, sort: question.sort, limit: 100, cursor: cursor).nextCursor else { break }
        cursor = next
      }
      let start = processorTime()
      rows.add(
        try await clock.measure { _ = try await store.page(question.filter, sort: question.sort, limit: 50, cursor: cursor) }, "\(question)"
      )
      let middle = processorTime()
      counts.add(try await clock.measure { _ = try await store.count(question.filter) }, "\(question)")
      rowsWork.add(middle - start, "\(question)")
      countsWork.add(processorTime() - middle, "\(question)")
      bare.add(
        try await clock.measure {
          _ = try await database.pool.read { try Row.fetchAll($0.cachedStatement(sql: "SELECT * FROM lead ORDER BY key LIMIT 51")).count }
        })
    }
    for _ in 0..<3 {
      scan.add(
        try await clock.measure {
          _ = try await database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM lead WHERE phone > ''") }
        })
    }
    print("milliseconds".padding(toLength: 34, withPad: " ", startingAt: 0) + "      p50      p95      max")
    print(rows.row("a page of 50"))
    print(counts.row("its count, exact to 10,000"))
    print(rowsWork.row("processor time of a page"))
    print(countsWork.row("processor time of a count"))
    print(bare.row("yardstick: 51 rows by key"))
    print(scan.row("yardstick: count by a table scan"))
    print("the slowest pages by processor time\n\(rowsWork.slowest(10))")
  }

  func importFile() async throws {
    var generator = LeadGenerator()
    _ = generator.next(leads)
    var file = "name,website,email,phone,contact,city,state,industry,source,status,score,tags\n"
    for lead in generator.next(100_000) {
      file += "\(lead.name),\(lead.website),\(lead.email),\(lead.phone),\(lead.contactName),\(lead.city),\(lead.region),\(lead.industry),"
      file += "\(lead.source),\(lead.status.rawValue),\(lead.score.map(String.init) ?? ""),\(lead.tags.joined(separator: ";"))\n"
    }
    let bytes = Array(file.utf8)
    for name in ["import 100,000 new rows", "import the same rows again"] {
      let probe = WriterProbe(database: database)
      let start = processorTime()
      var result = LeadImportResult()
      let spent = try await clock.measure {
        try await probe.during {
          let chunks = AsyncStream<ArraySlice<UInt8>> { stream in
            for start in stride(from: 0, to: bytes.count, by: 32_768) { stream.yield(bytes[start..<min(bytes.count, start + 32_768)]) }
            stream.finish()
          }
          result = try await LeadImport(database: database).run(chunks: chunks)
        }
      }
      print("\(name): \(spent), processor time \(processorTime() - start); \(result.imported) new, \(result.skipped) known")
      print(await probe.text)
    }
  }

  func select() async throws {
    let selections = SelectionStore(database: database)
    let account = UUID()
    try await database.pool.write {
      try $0.execute(
        sql: "INSERT INTO account (id, email, role, created_at) VALUES (?, ?, 'operator', 0)", arguments: [account.text, account.text])
    }
    let probe = WriterProbe(database: database)
    var all = Figures()
    var some = Figures()
    var first = Figures()
    var filter = LeadFilter()
    filter.status = .new
    filter.text = "info"
    try await probe.during {
      for _ in 0..<5 {
        try await selections.clear(account)
        all.add(try await clock.measure { _ = try await selections.addMatching(LeadFilter(), for: account) })
        first.add(try await clock.measure { _ = try await selections.keepFirst(1_000, sort: .name, for: account) })
        some.add(try await clock.measure { _ = try await selections.addMatching(filter, for: account) })
      }
    }
    print(all.row("select all leads"))
    print(some.row("select all matching two filters"))
    print(first.row("keep the first 1,000 by name"))
    print(await probe.text)
  }
}
