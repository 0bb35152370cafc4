import Mustache
package import RichText

/// One entry of a conversation: a message of the requester, a reply, an internal note, or a small event between
/// them.
package struct ThreadEntry: MustacheParent, Sendable {
  /// Unique in the page, usually the dot written `m-STREAM-SEQUENCE`; used as element id.
  package var anchor: String

  /// `requester`, `reply`, `note` or `event`.
  package var kind: String

  /// Who wrote it.
  package var author: PersonChip

  /// When it was written.
  package var moment: Moment

  /// The text through `RichText.markdown` or `RichText.cleaned`; empty for events.
  package var body: TrustedHTML

  /// Older text quoted below, folded away; see `FoldedText`.
  package var quoted: TrustedHTML?

  /// Where it was written; agents see it, employees do not.
  package var site: SiteChip?

  /// Such as "by phone", when it did not come through the page.
  package var channel: String?

  /// How far it has travelled; nil once it is everywhere.
  package var reach: WriteReach?

  /// The sentence of an entry of kind `event`.
  package var event: EventLine?

  /// Every value the template shows; those with a default may be left out.
  package init(
    anchor: String, kind: String, author: PersonChip, moment: Moment, body: TrustedHTML = .empty,
    quoted: TrustedHTML? = nil, site: SiteChip? = nil, channel: String? = nil, reach: WriteReach? = nil,
    event: EventLine? = nil
  ) {
    self.anchor = anchor
    self.kind = kind
    self.author = author
    self.moment = moment
    self.body = body
    self.quoted = quoted
    self.site = site
    self.channel = channel
    self.reach = reach
    self.event = event
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "anchor": anchor
    case "kind": kind
    case "author": author
    case "moment": moment
    case "body": body.html
    case "quoted": shown(quoted?.html)
    case "site": shown(site)
    case "channel": shown(channel)
    case "reach": shown(reach)
    case "event": shown(event)
    default: nil
    }
  }
}
