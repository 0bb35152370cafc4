import Mustache

/// One of the values that were written at the same time.
package struct ConflictValue: MustacheParent, Sendable {
  /// The value in words.
  package var text: String

  /// The value as the form sends it.
  package var post: String

  /// Who wrote it.
  package var person: PersonChip

  /// Where.
  package var site: SiteChip

  /// When.
  package var moment: Moment

  /// True for the value that every site shows until somebody decides.
  package var isShown: Bool

  /// Every value the template shows; those with a default may be left out.
  package init(
    text: String, post: String, person: PersonChip, site: SiteChip, moment: Moment, isShown: Bool = false
  ) {
    self.text = text
    self.post = post
    self.person = person
    self.site = site
    self.moment = moment
    self.isShown = isShown
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "text": text
    case "post": post
    case "person": person
    case "site": site
    case "moment": moment
    case "isShown": isShown
    default: nil
    }
  }
}
