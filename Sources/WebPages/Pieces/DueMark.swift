import Mustache

/// One running clock of a ticket: how long is left, or how late it is.
package struct DueMark: MustacheParent, Sendable {
  /// `calm`, `soon` (under a quarter of the time left), `late`, `paused` or `met`; chooses shape and colour.
  package var code: String

  /// Short countdown such as "25 min", "2 h late" or "paused".
  package var text: String

  /// What is due, such as "first answer" or "solution"; shown on the ticket and read out in the queue.
  package var what: String

  /// When it is due; nil while the clock is paused.
  package var moment: Moment?

  /// Every value the template shows; those with a default may be left out.
  package init(code: String, text: String, what: String, moment: Moment? = nil) {
    self.code = code
    self.text = text
    self.what = what
    self.moment = moment
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "code": code
    case "text": text
    case "what": what
    case "moment": shown(moment)
    default: nil
    }
  }
}
