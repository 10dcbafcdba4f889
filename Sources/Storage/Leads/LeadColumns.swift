import BatchReports

/// A fact of a lead that a column of an import can hold.
enum LeadField: String, CaseIterable {
  case name, website, email, phone
  case contactName = "contact_name"
  case city, region, industry, source, status, score
  case enrichmentStatus = "enrichment_status"
  case tags, created

  /// Headers as other tools write them, in lower case and without anything but letters and digits; the first ones are preferred.
  var headers: [String] {
    switch self {
    case .name:
      ["name", "company", "companyname", "business", "businessname", "organization", "organisation", "accountname", "leadname", "firm"]
    case .website: ["website", "url", "site", "websiteurl", "web", "webaddress", "homepage", "domain"]
    case .email: ["email", "emailaddress", "mail", "contactemail"]
    case .phone: ["phone", "telephone", "phonenumber", "tel", "mobile"]
    case .contactName: ["contactname", "contact", "contactperson", "owner", "fullname"]
    case .city: ["city", "town", "locality"]
    case .region: ["region", "state", "province", "stateprovince", "county"]
    case .industry: ["industry", "category", "sector", "businesstype", "vertical"]
    case .source: ["source", "leadsource", "origin"]
    case .status: ["status", "leadstatus", "stage"]
    case .score: ["score", "leadscore", "rating"]
    case .enrichmentStatus: ["enrichmentstatus", "enrichment"]
    case .tags: ["tags", "tag", "labels", "keywords"]
    case .created: ["created", "createdat", "createdon", "createddate", "creationdate", "dateadded"]
    }
  }

  /// Characters that a value may have; the website's limit is what browsers take.
  var maximumLength: Int {
    switch self {
    case .website: 2_048
    case .email: 254
    case .phone, .status, .score, .created: 60
    case .tags: 1_000
    default: 200
    }
  }
}

/// Which column of a file holds which fact.
struct LeadColumns {
  /// The header row as it stands in the file, without spaces around.
  let headers: [String]
  /// For each column its fact, or nil.
  let fields: [LeadField?]

  /// Throws `LeadImportRefusal` when no column is the name, and, if headers are validated, when two have the same header.
  init(headers: [String], validates: Bool) throws {
    self.headers = headers.map(LeadRowReader.trimmed)
    let plain = self.headers.map { $0.lowercased().filter { $0.isLetter || $0.isNumber } }
    if validates {
      for (index, header) in plain.enumerated() where !header.isEmpty && plain[..<index].contains(header) {
        throw LeadImportRefusal.duplicateColumn(self.headers[index])
      }
    }
    var fields: [LeadField?] = Array(repeating: nil, count: headers.count)
    for field in LeadField.allCases {
      if let column = field.headers.lazy.compactMap({ plain.firstIndex(of: $0) }).first { fields[column] = field }
    }
    self.fields = fields
    if !fields.contains(.name) { throw LeadImportRefusal.noNameColumn(found: self.headers) }
  }

  var ignored: [String] { zip(headers, fields).filter { $1 == nil && !$0.isEmpty }.map(\.0) }
}
