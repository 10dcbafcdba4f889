import Foundation
import WebTestSupport

/// The OpenAPI document, and a check of answers against it: the subset of JSON Schema that it uses.
struct APIDescription {
  struct Operation: Hashable {
    var method: String
    /// As the router writes it, without the base: `/batch/{id}`.
    var path: String
  }

  let document: JSONValue

  var operations: Set<Operation> {
    Set((document["paths"]?.members ?? [:]).flatMap { path, item in item.members.keys.map { Operation(method: $0.uppercased(), path: path) } })
  }

  func description(_ operation: Operation) -> JSONValue? { document["paths"]?[operation.path]?[operation.method.lowercased()] }

  /// What is wrong with an answer; empty when it is as documented. An answer has to have the documented members and no others.
  func faults(_ answer: TestResponse, to operation: Operation) throws -> [String] {
    guard let response = description(operation)?["responses"]?["\(answer.status)"] else { return ["status \(answer.status) is not documented"] }
    let type = String((answer.header("content-type") ?? "").prefix { $0 != ";" })
    guard let content = resolved(response)["content"] else { return answer.body.isEmpty ? [] : ["a body is not documented"] }
    guard let schema = content[type]?["schema"] else { return ["the type \(type) is not documented"] }
    if type == "text/csv" { return [] }
    return faults(try JSONValue(answer.body), schema, at: "")
  }

  /// What a reference points to, or the value itself.
  func resolved(_ value: JSONValue) -> JSONValue {
    guard let reference = value["$ref"]?.text else { return value }
    let names = reference.split(separator: "/").dropFirst()
    return names.reduce(document) { $0[String($1)] ?? .null }
  }

  /// Every reference of the document.
  var references: Set<String> { references(document) }

  private func references(_ value: JSONValue) -> Set<String> {
    let own = value["$ref"]?.text.map { Set([$0]) } ?? []
    return value.members.values.reduce(own) { $0.union(references($1)) }.union(value.list.reduce(Set()) { $0.union(references($1)) })
  }

  private func faults(_ value: JSONValue, _ schema: JSONValue, at place: String) -> [String] {
    let schema = resolved(schema)
    if let parts = schema["allOf"]?.list {
      return objectFaults(value, parts.map(resolved), at: place)
    }
    if let choices = schema["oneOf"]?.list {
      let all = choices.map { self.faults(value, $0, at: place) }
      return all.contains([]) ? [] : all.flatMap { $0 }
    }
    var faults: [String] = []
    if let type = schema["type"] {
      let allowed = Set(type.text.map { [$0] } ?? type.list.compactMap(\.text))
      if allowed.isDisjoint(with: value.types) { return ["\(place): \(value.types.sorted()) is none of \(allowed.sorted())"] }
    }
    if let choices = schema["enum"]?.list, !choices.contains(value) { faults.append("\(place): \(value) is none of the documented values") }
    if let number = value.number {
      if let least = schema["minimum"]?.number, number < least { faults.append("\(place): below \(least)") }
      if let most = schema["maximum"]?.number, number > most { faults.append("\(place): above \(most)") }
    }
    if case .list(let items) = value, let itemSchema = schema["items"] {
      for (index, item) in items.enumerated() { faults += self.faults(item, itemSchema, at: "\(place)[\(index)]") }
    }
    if case .object = value, schema["properties"] != nil || schema["additionalProperties"] != nil {
      faults += objectFaults(value, [schema], at: place)
    }
    return faults
  }

  /// Members of an object against the properties of all of these schemas together.
  private func objectFaults(_ value: JSONValue, _ schemas: [JSONValue], at place: String) -> [String] {
    guard case .object(let members) = value else { return ["\(place): no object"] }
    let required = Set(schemas.flatMap { $0["required"]?.list ?? [] }.compactMap(\.text))
    let properties = schemas.reduce(into: [:]) { $0.merge($1["properties"]?.members ?? [:]) { first, _ in first } }
    let others = schemas.compactMap { $0["additionalProperties"] }.first
    var faults = required.subtracting(members.keys).sorted().map { "\(place).\($0) is missing" }
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      if let schema = properties[name] ?? others {
        faults += self.faults(member, schema, at: "\(place).\(name)")
      } else {
        faults.append("\(place).\(name) is not documented")
      }
    }
    return faults
  }
}
