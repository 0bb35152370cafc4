import Mustache
package import RichText

/// A known outage or piece of news at a site.
package struct Announcement: MustacheParent, Sendable {
  /// `outage` or `news`; chooses the shape.
  package var code: String

  /// One line.
  package var title: String

  /// A few sentences through `RichText.markdown`.
  package var body: TrustedHTML

  /// Since when.
  package var moment: Moment

  /// Every value the template shows; those with a default may be left out.
  package init(code: String, title: String, body: TrustedHTML, moment: Moment) {
    self.code = code
    self.title = title
    self.body = body
    self.moment = moment
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "title": title
    case "body": body.html
    case "moment": moment
    default: nil
    }
  }
}
