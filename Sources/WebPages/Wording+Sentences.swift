package import RichText

/// Sentences with values in them, finished here so that models hold text and templates hold layout.
extension Wording {
  // MARK: - Codes as words

  /// A status as badge; `waitingReason` (`requester`, `supplier`, `window`, `colleague`) replaces the word "waiting".
  ///
  /// Codes: `new`, `assigned`, `in_progress`, `waiting`, `resolved`, `closed`. With `forRequester`, "waiting for the
  /// requester" reads "waiting for you".
  package func status(_ code: String, waitingReason: String? = nil, forRequester: Bool = false) -> StatusBadge {
    let label: String
    if code == "waiting", let waitingReason {
      label = text(forRequester && waitingReason == "requester" ? "waiting_you" : "waiting_" + waitingReason)
    } else {
      label = text("status_" + code)
    }
    return StatusBadge(code: code, label: label)
  }

  /// A priority as badge: `low`, `normal`, `high` or `urgent`.
  package func priority(_ code: String) -> PriorityBadge {
    PriorityBadge(code: code, label: text("priority_" + code))
  }

  /// A running clock: `what` is `first_answer`, `solution` or `update`; `left` is a finished duration such as "25 min".
  ///
  /// Codes: `calm`, `soon`, `late`, `paused`, `met`; the text of a late one says how late.
  package func due(_ code: String, what: String, left: String, moment: Moment? = nil) -> DueMark {
    let words =
      switch code {
      case "late": text("due_late", ["duration": left])
      case "paused": text("due_paused")
      case "met": text("due_met")
      default: left
      }
    return DueMark(code: code, text: words, what: text("due_what_" + what), moment: moment)
  }

  /// How a ticket came: `web`, `mail`, `phone`, `walk_in`, `api`, `import`.
  package func channel(_ code: String) -> String { text("channel_" + code) }

  /// A role: `employee`, `agent`, `lead`, `admin`.
  package func role(_ code: String) -> String { text("role_" + code) }

  // MARK: - People and expectations

  /// "Good morning, Amina"; `hour` is the reader's local hour, `firstName` the name they go by.
  package func greeting(hour: Int, firstName: String) -> String {
    let part = (5..<12).contains(hour) ? "morning" : (12..<19).contains(hour) ? "afternoon" : "evening"
    return text("greeting_" + part, ["name": firstName])
  }

  /// Where a request stands, in plain words for its requester. `code` is a status code of `status(_:)`.
  ///
  /// With an owner: "**Amina**, Lyon, is on it"; waiting for the requester: "**Amina** asks you something".
  package func standing(
    _ code: String, owner: String? = nil, site: String? = nil, waitingReason: String? = nil
  ) -> TrustedHTML {
    let arguments = ["name": owner ?? "", "site": site ?? ""]
    let key =
      switch (code, waitingReason) {
      case ("waiting", "requester"): owner == nil ? "standing_waiting_you" : "standing_asks_you"
      case ("waiting", let reason?): "standing_waiting_" + reason
      case ("resolved", _): owner == nil ? "standing_resolved" : "standing_resolved_by"
      case ("closed", _): "standing_closed"
      default: owner == nil ? "standing_new" : site == nil ? "standing_on_it" : "standing_on_it_at"
      }
    return RichText.sentence(text(key, arguments))
  }

  /// "Next word from **Amina** by 10:40"; `time` is finished ("10:40", "tomorrow 09:00").
  package func nextWord(from name: String, by time: String) -> String {
    text("expect_next_word", ["name": name, "time": time])
  }

  /// "A person answers by about 10:40".
  package func answerBy(_ time: String) -> String { text("expect_answer_by", ["time": time]) }

  /// "A person usually answers within 25 min" for pages before anything is sent.
  package func usuallyWithin(_ duration: String) -> String { text("expect_usually", ["duration": duration]) }

  // MARK: - Distance travelled

  /// How far a write has travelled.
  ///
  /// - Parameters:
  ///   - write: `stream:sequence`.
  ///   - home: Code of the site where it was written.
  ///   - reached: Codes of other sites that have stored it, sorted.
  ///   - siteCount: How many sites there are, this one included.
  ///   - cutOff: Codes of neighbours that cannot be reached and lack it, sorted.
  package func reach(write: String, home: String, reached: [String], siteCount: Int, cutOff: [String] = [])
    -> WriteReach
  {
    let copies = reached.count + 1
    let sites = reached.joined(separator: ", ")
    if copies >= siteCount {
      return WriteReach(
        write: write, code: "everywhere", text: text("reach_everywhere", ["count": String(siteCount)]))
    }
    if !cutOff.isEmpty {
      let key = reached.isEmpty ? "reach_waiting" : "reach_partly_waiting"
      return WriteReach(
        write: write, code: "waiting",
        text: text(key, ["home": home, "sites": sites, "cut": cutOff.joined(separator: ", ")]))
    }
    if reached.isEmpty {
      return WriteReach(write: write, code: "saved", text: text("reach_saved", ["home": home]))
    }
    return WriteReach(
      write: write, code: "reached",
      text: text("reach_reached", ["sites": sites, "count": String(copies), "total": String(siteCount)]))
  }

  // MARK: - Lists

  /// "42 open · 3 overdue"; the second part only when something is overdue.
  package func queueSummary(open: String, overdue: String) -> String {
    overdue == "0"
      ? text("queue_summary", ["open": open]) : text("queue_summary_overdue", ["open": open, "overdue": overdue])
  }

  /// "Madrid as of 14:05: the link is cut."
  package func staleSite(_ name: String, asOf time: String) -> String {
    text("freshness_cut", ["site": name, "time": time])
  }

  /// The notice while a neighbour cannot be reached: work goes on, nothing is lost.
  package func linkCut(site: String, since time: String, waiting count: String) -> Notice {
    Notice(
      code: "warning",
      text: RichText.sentence(text("notice_link_cut", ["site": site, "time": time, "count": count])))
  }

  /// "Two sites changed **the subject** at once"; `field` is a machine name such as `subject`.
  package func conflictTitle(field: String) -> TrustedHTML {
    RichText.sentence(text("conflict_title", ["field": text("field_" + field)]))
  }

  /// A field's name in words: `subject`, `status`, `urgency`, `impact`, `priority`, `category`, `tags`, `assignee`.
  package func field(_ name: String) -> String { text("field_" + name) }

  /// An event for the conversation or history, such as `event_took` with `name`; escapes values, shows `**bold**`.
  ///
  /// Keys: `event_opened`, `event_took`, `event_assigned` (`to`), `event_unassigned`, `event_status` (`status`),
  /// `event_changed` (`field`, `from`, `to`), `event_set` (`field`, `to`), `event_tagged` (`tag`), `event_untagged`
  /// (`tag`), `event_escalated` (`to`, `reason`), `event_resolved`, `event_closed`, `event_reopened`, `event_replied`,
  /// `event_noted`, `event_decided` (`field`, `to`); every one has `name`, who did it.
  package func event(_ key: String, _ arguments: [String: String]) -> TrustedHTML {
    RichText.sentence(text(key, arguments))
  }
}
