import Mustache

/// `/tickets/{number}`: a ticket as agents see it.
///
/// Forms post to `{path}/reply` (`body`, `then`: empty, `waiting` or `resolved`), `note` (`body`), `take`, `assign`
/// (`assignee`), `status` (`status`, `waiting_reason`), `edit` (`subject`, `category`, `urgency`, `impact`,
/// `priority`), `tags` (`add` or `remove`), `escalate` (`to`, `reason`), `close` (`resolution`), `reopen`, each with
/// `csrf`, `rendered`, `key`. Fragments: `header`, `strips`, `thread`, `rail`.
package struct TicketPage: Page {
  package static let template = "ticket"

  /// Ticket identifier, the live topic is `ticket:ID`.
  package var id: String

  /// Such as `LYO-1042`.
  package var number: String

  /// `/tickets/{number}`, the stem of the form addresses.
  package var path: String

  /// The page's heading.
  package var subject: String

  /// Opaque version tag of what this page shows.
  package var rendered: String

  /// Fresh idempotency key; each form adds its own ending.
  package var key: String

  /// Shape and word.
  package var status: StatusBadge

  /// Shape and word.
  package var priority: PriorityBadge

  /// Who needs help.
  package var requester: PersonChip

  /// Shown and linked with `mailto:`.
  package var requesterEmail: String?

  /// Where the requester is.
  package var requesterSite: SiteChip

  /// Such as "09:12 in Bogotá", when it differs from the reader's.
  package var requesterLocalTime: String?

  /// Devices, needs, other open requests.
  package var requesterFacts: [Fact]

  /// When it was opened.
  package var opened: Moment

  /// How it came, such as "by phone".
  package var channel: String

  /// Everything said, and short events, oldest first.
  package var entries: [ThreadEntry]

  /// Such as "Luc (LYO) is writing".
  package var presence: String?

  /// Running clocks, the most pressing first.
  package var dues: [DueMark]

  /// Who is on it; nil while nobody is.
  package var owner: PersonChip?

  /// Where the owner works.
  package var ownerSite: SiteChip?

  /// The site that decides the assignment.
  package var custodian: SiteChip

  /// Why it is here, in words, from the assignment's record.
  package var reasons: [String]

  /// Such as "on 3 of 3 sites" or "on 2 of 3 sites, waiting for the link to MAD".
  package var copies: String

  /// `everywhere`, `reached`, `saved` or `waiting`.
  package var copiesCode: String

  /// Tags in alphabetical order.
  package var tags: [TagLine]

  /// Every step, newest first.
  package var history: [HistoryLine]

  /// Undecided conflicts of this ticket.
  package var conflicts: [ConflictStrip]

  /// Set after a 412.
  package var merge: MergeStrip?

  /// Why the last form was not accepted and what to do.
  package var refusal: String?

  /// Reply text kept after a refusal or from the node's drafts.
  package var replyDraft: String

  /// Note text kept likewise.
  package var noteDraft: String

  /// True when the composer opens on the note tab.
  package var writesNote: Bool

  /// Who gets a reply, such as "Ana Ruiz <ana@example.org>".
  package var recipients: String

  /// False when the reader already has it or it is closed.
  package var canTake: Bool

  /// False when resolved or closed: offers reopening instead of closing.
  package var isOpen: Bool

  /// Agents, value is their identifier; the first, with an empty value, means nobody.
  package var assignees: [Choice]

  /// `open`, `waiting`, `resolved`, `closed`.
  package var statuses: [Choice]

  /// `requester`, `supplier`, `window`, … in plain words.
  package var waitingReasons: [Choice]

  /// How soon it matters.
  package var urgencies: [Choice]

  /// How many are affected.
  package var impacts: [Choice]

  /// The first, with an empty value, means "from urgency and impact".
  package var priorities: [Choice]

  /// The first, with an empty value, means none.
  package var categories: [Choice]

  /// Second level, other departments or sites.
  package var escalationTargets: [Choice]

  /// Resolution text kept after a refusal.
  package var resolutionDraft: String

  /// What the reader is offered here and has not answered.
  package var offer: OfferCard?

  /// Set when somebody else has what the reader believed to have.
  package var lost: LostClaimStrip?

  /// True when the reader has it, which their forms carry, so that a loss is noticed before words leave.
  package var holdsIt = false

  /// Offices to which custody can be handed from here; empty where another office decides.
  package var handOverSites: [Choice] = []

  /// Why custody can be taken over now, such as "Madrid cannot be reached."; nil while its office can be asked.
  package var takesOverFrom: String?

  /// Why nobody can serve it; nil where somebody can.
  package var unservable: String?

  /// How its custody moved and how offers were answered, newest first.
  package var moves: [HistoryLine] = []

  /// Every value the template shows; those with a default may be left out.
  package init(
    id: String, number: String, path: String, subject: String, rendered: String, key: String, status: StatusBadge,
    priority: PriorityBadge, requester: PersonChip, requesterEmail: String? = nil, requesterSite: SiteChip,
    requesterLocalTime: String? = nil, requesterFacts: [Fact] = [], opened: Moment, channel: String,
    entries: [ThreadEntry], presence: String? = nil, dues: [DueMark] = [], owner: PersonChip? = nil,
    ownerSite: SiteChip? = nil, custodian: SiteChip, reasons: [String] = [], copies: String,
    copiesCode: String = "everywhere", tags: [TagLine] = [], history: [HistoryLine] = [],
    conflicts: [ConflictStrip] = [], merge: MergeStrip? = nil, refusal: String? = nil, replyDraft: String = "",
    noteDraft: String = "", writesNote: Bool = false, recipients: String, canTake: Bool = false, isOpen: Bool = true,
    assignees: [Choice] = [], statuses: [Choice] = [], waitingReasons: [Choice] = [], urgencies: [Choice] = [],
    impacts: [Choice] = [], priorities: [Choice] = [], categories: [Choice] = [], escalationTargets: [Choice] = [],
    resolutionDraft: String = ""
  ) {
    self.id = id
    self.number = number
    self.path = path
    self.subject = subject
    self.rendered = rendered
    self.key = key
    self.status = status
    self.priority = priority
    self.requester = requester
    self.requesterEmail = requesterEmail
    self.requesterSite = requesterSite
    self.requesterLocalTime = requesterLocalTime
    self.requesterFacts = requesterFacts
    self.opened = opened
    self.channel = channel
    self.entries = entries
    self.presence = presence
    self.dues = dues
    self.owner = owner
    self.ownerSite = ownerSite
    self.custodian = custodian
    self.reasons = reasons
    self.copies = copies
    self.copiesCode = copiesCode
    self.tags = tags
    self.history = history
    self.conflicts = conflicts
    self.merge = merge
    self.refusal = refusal
    self.replyDraft = replyDraft
    self.noteDraft = noteDraft
    self.writesNote = writesNote
    self.recipients = recipients
    self.canTake = canTake
    self.isOpen = isOpen
    self.assignees = assignees
    self.statuses = statuses
    self.waitingReasons = waitingReasons
    self.urgencies = urgencies
    self.impacts = impacts
    self.priorities = priorities
    self.categories = categories
    self.escalationTargets = escalationTargets
    self.resolutionDraft = resolutionDraft
  }

  package func child(named name: String) -> Any? {
    switch name {
    case "id": id
    case "number": number
    case "path": path
    case "subject": subject
    case "rendered": rendered
    case "key": key
    case "status": status
    case "priority": priority
    case "requester": requester
    case "requesterEmail": shown(requesterEmail)
    case "requesterSite": requesterSite
    case "requesterLocalTime": shown(requesterLocalTime)
    case "requesterFacts": requesterFacts
    case "opened": opened
    case "channel": channel
    case "entries": entries
    case "presence": shown(presence)
    case "dues": dues
    case "owner": shown(owner)
    case "ownerSite": shown(ownerSite)
    case "custodian": custodian
    case "reasons": reasons
    case "copies": copies
    case "copiesCode": copiesCode
    case "tags": tags
    case "history": history
    case "conflicts": conflicts
    case "merge": shown(merge)
    case "refusal": shown(refusal)
    case "replyDraft": replyDraft
    case "noteDraft": noteDraft
    case "writesNote": writesNote
    case "recipients": recipients
    case "canTake": canTake
    case "isOpen": isOpen
    case "assignees": assignees
    case "statuses": statuses
    case "waitingReasons": waitingReasons
    case "urgencies": urgencies
    case "impacts": impacts
    case "priorities": priorities
    case "categories": categories
    case "escalationTargets": escalationTargets
    case "resolutionDraft": resolutionDraft
    case "offer": shown(offer)
    case "lost": shown(lost)
    case "holdsIt": holdsIt
    case "canHandOver": !handOverSites.isEmpty
    case "handOverSites": handOverSites
    case "takesOverFrom": shown(takesOverFrom)
    case "unservable": shown(unservable)
    case "hasMoves": !moves.isEmpty
    case "moves": moves
    default: nil
    }
  }
}
