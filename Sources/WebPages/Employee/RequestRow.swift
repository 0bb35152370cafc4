import Mustache
package import RichText

/// One of my requests in a list.
package struct RequestRow: MustacheParent, Sendable {
  /// Such as `LYO-1042`; shown small.
  package var number: String

  /// `/requests/{number}`.
  package var path: String

  /// What it is about.
  package var subject: String

  /// Where it stands in plain words, such as "**Amina**, Lyon, is on it"; see `Wording.standing`.
  package var standing: TrustedHTML

  /// Shape and word for the reader.
  package var status: StatusBadge

  /// When something last happened.
  package var moment: Moment

  /// True when it waits for the reader; such rows stand out.
  package var needsYou: Bool

  /// Every value the template shows; those with a default may be left out.
  package init(
    number: String, path: String, subject: String, standing: TrustedHTML, status: StatusBadge, moment: Moment,
    needsYou: Bool = false
  ) {
    self.number = number
    self.path = path
    self.subject = subject
    self.standing = standing
    self.status = status
    self.moment = moment
    self.needsYou = needsYou
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "number": number
    case "path": path
    case "subject": subject
    case "standing": standing.html
    case "status": status
    case "moment": moment
    case "needsYou": needsYou
    default: nil
    }
  }
}
