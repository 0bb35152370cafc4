import Mustache

/// A ticket with its undecided conflicts in the list of all conflicts.
package struct ConflictRow: MustacheParent, Sendable {
  /// Such as `LYO-1042`.
  package var number: String

  /// `/tickets/{number}`.
  package var path: String

  /// The subject that is shown at present.
  package var subject: String

  /// Where the requester is.
  package var site: SiteChip

  /// One or more.
  package var strips: [ConflictStrip]

  /// Every value the template shows; those with a default may be left out.
  package init(number: String, path: String, subject: String, site: SiteChip, strips: [ConflictStrip]) {
    self.number = number
    self.path = path
    self.subject = subject
    self.site = site
    self.strips = strips
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "number": number
    case "path": path
    case "subject": subject
    case "site": site
    case "strips": strips
    default: nil
    }
  }
}
