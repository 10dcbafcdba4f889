/// What the names of businesses and people are put together from.
enum BusinessNames {
  /// 61, a prime: see `SampleBusiness`.
  static let firsts = [
    "Cedar Ridge", "Alvarez", "Blue Heron", "Northside", "Maple Street", "Kowalski", "Silver Creek", "Harbor View", "Okafor",
    "Red Barn", "Whitfield", "Juniper", "Stone Bridge", "Nguyen Family", "Prairie", "Lakeshore", "Castellano", "Eastgate",
    "Golden Oak", "Hollis", "Iron Horse", "Bright Side", "Magnolia", "Patel", "Sunrise", "Old Mill", "Larsen", "Two Rivers",
    "Fox Hollow", "Beacon", "Mendoza", "Pine Grove", "Clearwater", "Dubois", "High Plains", "Rosewood", "Granger",
    "Copper Kettle", "Union Square", "Tanaka", "Willow Bend", "Ashford", "Three Sisters", "Canyon", "McAllister", "Orchard Lane",
    "Bluebird", "Sandoval", "Summit", "Riverbend", "Hawthorne", "Keystone", "Lopez Brothers", "Meadowlark", "Fieldstone",
    "Birch Hill", "Santos", "Wild Rose", "Foundry", "Yarrow", "Delgado",
  ]

  static let streets = [
    "Main Street", "Oak Avenue", "Second Street", "Commerce Drive", "Elm Street", "Railroad Avenue", "Mill Road", "Park Boulevard",
    "Washington Street", "Lakeview Drive", "Industrial Way", "Church Street",
  ]

  static let givenNames = [
    "Maria", "James", "Priya", "Daniel", "Keisha", "Robert", "Linh", "Sofia", "Marcus", "Hannah", "Tomasz", "Grace", "Omar", "Ellen",
    "Victor", "Naomi", "Luis", "Ingrid", "Andre", "Beth",
  ]

  static let familyNames = [
    "Hernandez", "Walsh", "Chaudhary", "Reyes", "Brooks", "Novak", "Tran", "Lindqvist", "Carter", "Moreau", "Adeyemi", "Fischer",
    "Ramirez", "Sullivan", "Ito", "Bennett", "Costa", "Yilmaz", "Hughes", "Park",
  ]

  /// Names that a careless page, spreadsheet or shell would trip over; each belongs to a site that is otherwise fair.
  static let unusual: [Int: String] = {
    let fair = (0..<SitePlan.length).filter { SitePlan.kind(at: $0) == .fair }
    return [
      fair[5]: "<script>alert('lead')</script> Plumbing",
      fair[9]: "=cmd|' /C calc'!A0 Bakery",
      fair[13]: "Þórdís Müller-Nguyễn & Søns — Ἀρχιτεκτονική, 設計事務所, Архитектура, هندسة معمارية and Ĥandmade "
        + "Fu\u{0308}rniture 🪑👩🏽‍🔧 Wo\u{0301}rkshop of the Greater Quad-County Area, Est. 1974",
    ]
  }()
}
