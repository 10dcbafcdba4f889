/// A real US city, with what its businesses' addresses and phones begin with.
struct City: Sendable, Hashable {
  let name: String
  let state: String
  let areaCode: String
  /// First three digits of its postal codes.
  let postalPrefix: String

  static let all: [City] = [
    City(name: "Austin", state: "TX", areaCode: "512", postalPrefix: "787"),
    City(name: "Boise", state: "ID", areaCode: "208", postalPrefix: "837"),
    City(name: "Portland", state: "OR", areaCode: "503", postalPrefix: "972"),
    City(name: "Madison", state: "WI", areaCode: "608", postalPrefix: "537"),
    City(name: "Asheville", state: "NC", areaCode: "828", postalPrefix: "288"),
    City(name: "Tucson", state: "AZ", areaCode: "520", postalPrefix: "857"),
    City(name: "Savannah", state: "GA", areaCode: "912", postalPrefix: "314"),
    City(name: "Duluth", state: "MN", areaCode: "218", postalPrefix: "558"),
    City(name: "Spokane", state: "WA", areaCode: "509", postalPrefix: "992"),
    City(name: "Fort Collins", state: "CO", areaCode: "970", postalPrefix: "805"),
    City(name: "Burlington", state: "VT", areaCode: "802", postalPrefix: "054"),
    City(name: "Knoxville", state: "TN", areaCode: "865", postalPrefix: "379"),
    City(name: "Lexington", state: "KY", areaCode: "859", postalPrefix: "405"),
    City(name: "Des Moines", state: "IA", areaCode: "515", postalPrefix: "503"),
    City(name: "Santa Fe", state: "NM", areaCode: "505", postalPrefix: "875"),
    City(name: "Tulsa", state: "OK", areaCode: "918", postalPrefix: "741"),
    City(name: "Albany", state: "NY", areaCode: "518", postalPrefix: "122"),
    City(name: "Dayton", state: "OH", areaCode: "937", postalPrefix: "454"),
    City(name: "Fresno", state: "CA", areaCode: "559", postalPrefix: "937"),
    City(name: "Baton Rouge", state: "LA", areaCode: "225", postalPrefix: "708"),
    City(name: "Grand Rapids", state: "MI", areaCode: "616", postalPrefix: "495"),
    City(name: "Reno", state: "NV", areaCode: "775", postalPrefix: "895"),
    City(name: "Portland", state: "ME", areaCode: "207", postalPrefix: "041"),
    City(name: "Omaha", state: "NE", areaCode: "402", postalPrefix: "681"),
  ]
}
