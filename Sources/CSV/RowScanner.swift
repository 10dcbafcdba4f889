/// The state machine over bytes that are UTF-8 or a single-byte encoding. It keeps one record at most, wherever its input is cut.
struct RowScanner: Sendable {
  private enum State: Sendable { case rowStart, fieldStart, unquoted, quoted, quoteInQuoted }

  let delimiter: UInt8
  let maximumFieldBytes: Int
  let maximumFields: Int
  let skipsBlankRows: Bool
  var decoder: FieldDecoder
  private(set) var badQuoteCount = 0

  private var state = State.rowStart
  private var rowNumber = 1
  private var line = 1
  private var rowLine = 1
  private var fieldLine = 1
  private var previousWasCarriageReturn = false
  private var problem: CSVRowProblem?
  /// The current record's bytes without its quotes and delimiters, and where each of its finished fields ends in them.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init(delimiter: UInt8, maximumFieldBytes: Int, maximumFields: Int, skipsBlankRows: Bool, encoding: CSVEncoding) {
    self.delimiter = delimiter
    self.maximumFieldBytes = maximumFieldBytes
    self.maximumFields = maximumFields
    self.skipsBlankRows = skipsBlankRows
    decoder = FieldDecoder(encoding: encoding)
  }

  mutating func scan(_ input: UnsafeBufferPointer<UInt8>, _ onRow: (CSVRow) throws -> Void) throws {
    var index = 0
    while index < input.count {
      let byte = input[index]
      switch state {
      case .rowStart:
        if byte == CSVByte.lineFeed, previousWasCarriageReturn {
          previousWasCarriageReturn = false
          index += 1
          continue
        }
        previousWasCarriageReturn = false
        rowLine = line
        state = .fieldStart
      case .fieldStart:
        fieldLine = line
        state = byte == CSVByte.quote ? .quoted : .unquoted
        if state == .quoted { index += 1 }
      case .unquoted:
        let start = index
        while index < input.count, !endsPlainRun(input[index]) { index += 1 }
        try append(input[start..<index])
        if index < input.count {
          try endPlainRun(at: input[index], onRow)
          index += 1
        }
      case .quoted:
        let start = index
        while index < input.count, !endsQuotedRun(input[index]) { index += 1 }
        try append(input[start..<index])
        // A pending carriage return counts only for the byte right behind it.
        if index > start { previousWasCarriageReturn = false }
        if index < input.count {
          try endQuotedRun(at: input[index])
          index += 1
        }
      case .quoteInQuoted:
        if byte == CSVByte.quote {
          try append(byte)
          state = .quoted
          index += 1
        } else {
          state = .unquoted
          if !endsPlainRun(byte), problem == nil {
            problem = .badQuote(column: ends.count + 1)
            badQuoteCount += 1
          }
        }
      }
    }
  }

  /// Hands over a last record that no line break ends.
  mutating func finish(_ onRow: (CSVRow) throws -> Void) throws {
    switch state {
    case .rowStart: break
    case .quoted: throw CSVError.unclosedQuote(row: rowNumber, line: rowLine)
    case .fieldStart, .unquoted, .quoteInQuoted:
      try endField()
      try endRow(onRow)
    }
  }

  @inline(__always)
  private func endsPlainRun(_ byte: UInt8) -> Bool {
    byte == delimiter
      || byte <= CSVByte.carriageReturn
        && (byte == CSVByte.lineFeed || byte == CSVByte.carriageReturn || byte == 0)
  }

  @inline(__always)
  private func endsQuotedRun(_ byte: UInt8) -> Bool {
    byte == CSVByte.quote
      || byte <= CSVByte.carriageReturn
        && (byte == CSVByte.lineFeed || byte == CSVByte.carriageReturn || byte == 0)
  }

  private mutating func endPlainRun(at byte: UInt8, _ onRow: (CSVRow) throws -> Void) throws {
    if byte == 0 { throw CSVError.nulByte(row: rowNumber, line: rowLine, column: ends.count + 1) }
    try endField()
    if byte == delimiter {
      state = .fieldStart
      return
    }
    previousWasCarriageReturn = byte == CSVByte.carriageReturn
    line += 1
    try endRow(onRow)
  }

  private mutating func endQuotedRun(at byte: UInt8) throws {
    switch byte {
    case CSVByte.quote:
      state = .quoteInQuoted
      previousWasCarriageReturn = false
    case 0:
      throw CSVError.nulByte(row: rowNumber, line: rowLine, column: ends.count + 1)
    default:
      try append(byte)
      // A carriage return and a line feed end one line together.
      if byte == CSVByte.carriageReturn || !previousWasCarriageReturn { line += 1 }
      previousWasCarriageReturn = byte == CSVByte.carriageReturn
    }
  }

  private mutating func append(_ run: Slice<UnsafeBufferPointer<UInt8>>) throws {
    try checkSize(adding: run.count)
    bytes.append(contentsOf: run)
  }

  private mutating func append(_ byte: UInt8) throws {
    try checkSize(adding: 1)
    bytes.append(byte)
  }

  private func checkSize(adding count: Int) throws {
    if bytes.count - (ends.last ?? 0) + count > maximumFieldBytes {
      throw CSVError.fieldTooLarge(row: rowNumber, line: rowLine, column: ends.count + 1, limit: maximumFieldBytes)
    }
  }

  private mutating func endField() throws {
    if ends.count == maximumFields { throw CSVError.tooManyFields(row: rowNumber, line: rowLine, limit: maximumFields) }
    ends.append(bytes.count)
  }

  private mutating func endRow(_ onRow: (CSVRow) throws -> Void) throws {
    let row = CSVRow(number: rowNumber, line: rowLine, fields: try decodedFields(), problem: problem)
    rowNumber += 1
    problem = nil
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    state = .rowStart
    if !(skipsBlankRows && row.isBlank) { try onRow(row) }
  }

  private mutating func decodedFields() throws -> [String] {
    var fields: [String] = []
    fields.reserveCapacity(ends.count)
    try bytes.withUnsafeBufferPointer { buffer in
      var start = 0
      for end in ends {
        guard let text = decoder.text(UnsafeBufferPointer(rebasing: buffer[start..<end])) else {
          throw CSVError.invalidUTF8(row: rowNumber, line: rowLine, column: fields.count + 1)
        }
        fields.append(text)
        start = end
      }
    }
    return fields
  }
}
