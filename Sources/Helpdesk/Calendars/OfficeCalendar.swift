package import OperationLog

/// Working hours and holidays under a name, for offices and for shifts; the directory's record of them.
package struct OfficeCalendar: Hashable, Sendable {
  package var id: EntityID
  /// What the API and the command line call it; lower case, at most 40 bytes.
  package var key: String
  package var name: String
  package var hours: WeeklyHours
  /// IANA name; nil means the zone of the site it is used for.
  package var timeZone: String?
  /// In order of time.
  package var holidays: [Holiday]

  package init(
    id: EntityID, key: String, name: String, hours: WeeklyHours = .standard, timeZone: String? = nil,
    holidays: [Holiday] = []
  ) {
    self.id = id
    self.key = key
    self.name = name
    self.hours = hours
    self.timeZone = timeZone
    self.holidays = holidays
  }
}

/// The rules of assignment as somebody set them: for the whole company, or for one site instead.
package struct PolicyText: Hashable, Sendable {
  /// The key of the company's own policy.
  package static let company = "company"
  package static let bytesMax = 1024

  package var id: EntityID
  /// `company`, or a site's code.
  package var key: String
  /// The canonical text of the assignment room, which alone can read it; nil once it was withdrawn.
  package var text: [UInt8]?

  package init(id: EntityID, key: String, text: [UInt8]?) {
    self.id = id
    self.key = key
    self.text = text
  }
}

extension Hashing {
  package func calendar(key: String) -> EntityID { entity(source: "calendar", id: key) }
  /// `key` is `PolicyText.company` or a site's code.
  package func policy(key: String) -> EntityID { entity(source: "policy", id: key) }
}
