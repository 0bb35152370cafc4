package import Helpdesk
package import OperationLog

extension VolvoIncidents.Event {
  /// What the row leaves the ticket in; nil for a status this importer does not know.
  package var outcome: (status: TicketStatus, waitingReason: WaitingReason?)? {
    switch (status, subStatus) {
    case ("Accepted", "In Progress"), ("Accepted", "Assigned"), ("Queued", _), ("Unmatched", _): (.open, nil)
    case ("Accepted", "Wait - User"): (.waiting, .requester)
    case ("Accepted", "Wait - Vendor"): (.waiting, .supplier)
    case ("Accepted", "Wait - Implementation"): (.waiting, .window)
    case ("Accepted", let text) where text.hasPrefix("Wait"): (.waiting, .colleague)
    case ("Completed", "Resolved"), ("Completed", "In Call"): (.resolved, nil)
    case ("Completed", "Closed"), ("Completed", "Cancelled"): (.closed, nil)
    default: nil
    }
  }

  /// The ticket's impact; nil for a word this importer does not know.
  package var ticketImpact: Impact? { Impact(name: impact.lowercased()) }

  /// 1…3; a team of two levels counts as the lower one, nil for a word this importer does not know.
  package var ticketLevel: Int? {
    switch level {
    case "L1": 1
    case "L2", "L2/L3": 2
    case "L3": 3
    default: nil
    }
  }

  /// What happened, in the log's words: `Accepted – In Progress (V30, L1)`.
  package var text: String {
    let what = subStatus.isEmpty || subStatus == status ? status : "\(status) – \(subStatus)"
    return "\(what) (\(team), \(level))"
  }

  /// True when every enumeration of the row is known.
  var isUnderstood: Bool { outcome != nil && ticketImpact != nil && ticketLevel != nil }

  /// What of the row is not known, for the error file.
  var misunderstanding: String {
    if outcome == nil { return "Status ‘\(status.prefix(40))’ with Sub Status ‘\(subStatus.prefix(40))’ is not known" }
    if ticketImpact == nil { return "SR Latest Impact ‘\(impact.prefix(40))’ is none of Low, Medium, High, Major" }
    return "ST Level ‘\(level.prefix(40))’ is none of L1, L2, L3, L2/L3"
  }

  /// Who did it; nil when the source system did.
  package var person: VolvoPerson? {
    owner == "Siebel"
      ? nil : VolvoPerson(pseudonym: owner, country: ownerCountry ?? country ?? VolvoCountry.unknown.code)
  }

  /// The fields the row leaves behind; an owner who is the system itself leaves the assignee alone.
  package func edit(queue: EntityID, owner: EntityID?) -> TicketEdit {
    var edit = TicketEdit()
    edit.status = outcome?.status
    edit.waitingReason = outcome?.waitingReason
    edit.impact = ticketImpact
    edit.queue = .some(queue)
    switch status {
    case "Queued": edit.assignee = .some(nil)
    case "Accepted": if let owner { edit.assignee = .some(owner) }
    default: break
    }
    return edit
  }
}

extension VolvoIncidents.Incident {
  /// The country whose team first had it, which becomes the ticket's site.
  package var country: String {
    let named = events.lazy.compactMap(\.country).first ?? events.lazy.compactMap(\.ownerCountry).first
    return named ?? VolvoCountry.unknown.code
  }

  /// The country of its first owner, whose office is taken for the requester: the log names no requesters.
  package var requesterCountry: String { events.lazy.compactMap(\.ownerCountry).first ?? country }

  /// `PROD582 · incident 1-364285768`.
  package var subject: String {
    let product = events.first?.product ?? ""
    return product.isEmpty ? "Incident \(id)" : "\(product) · incident \(id)"
  }

  /// What the log knows beside the history, in sentences; it holds no texts of people.
  package var description: String {
    guard let first = events.first else { return "" }
    let name = VolvoCountry(country)?.name ?? country
    var lines = ["Incident \(id) of the incident log of Volvo IT Belgium (VINST), first handled in \(name)."]
    if !first.product.isEmpty { lines.append("Product: \(first.product)") }
    lines.append("First team: \(first.team), level \(first.level)")
    if !first.division.isEmpty { lines.append("Function division: \(first.division)") }
    if !first.organisation.isEmpty { lines.append("Organisation: \(first.organisation)") }
    return lines.joined(separator: "\n")
  }

  /// Codes of every country that becomes a site because of this incident.
  package var countries: Set<String> {
    var codes: Set<String> = [country, requesterCountry]
    for event in events {
      if let person = event.person { codes.insert(person.country) }
    }
    return codes
  }
}

/// Somebody of the log: a pseudonym at a country, with an address that follows from both.
package struct VolvoPerson: Sendable, Hashable {
  /// As people read it.
  package let name: String
  /// Code of the country.
  package let country: String
  /// Lower case, the same wherever and whenever the log is imported; the domain is reserved and receives no mail.
  package let email: String

  package init(pseudonym: String, country: String) {
    name = Self.mended(pseudonym)
    self.country = country
    var local = ""
    for character in name.lowercased() {
      switch character {
      case " ": local.append(".")
      case "-", "_": local.append(character)
      case _ where character.isLetter || character.isNumber: local.append(character)
      default: break
      }
    }
    let hasLetters = local.contains { $0.isLetter || $0.isNumber }
    email = "\(hasLetters ? local : "nameless").\(country.lowercased())@volvo-it.example"
  }

  /// The contact of a country's office, who stands in for the requesters the log does not name.
  package init(officeOf country: String) {
    name = "Office \(VolvoCountry(country)?.name ?? country)"
    self.country = country
    email = "office-\(country.lowercased())@volvo-it.example"
  }

  /// The log's names were written as ISO 8859-1 and read as Mac OS Roman; this puts the letters back.
  private static func mended(_ text: String) -> String {
    var mended = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { mended.append(letters[scalar] ?? scalar) }
    return String(mended)
  }

  private static let letters: [Unicode.Scalar: Unicode.Scalar] = [
    "≈": "Å", "Â": "å", "‰": "ä", "ˆ": "ö", "È": "é", "Ì": "í", "¸": "ü", "·": "á", "Î": "ë",
  ]
}
