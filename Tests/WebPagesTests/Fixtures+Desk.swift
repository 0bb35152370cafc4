import RichText
import Texts
import WebPages

/// What agents and administrators see.
extension Fixtures {
  private var chief: PersonChip { PersonChip(name: "Luc Moreau", isYou: true) }

  private func row(_ index: Int) -> QueueRow {
    let subjects = [
      text(
        "The printer on the second floor only prints blank pages",
        "La impresora de la segunda planta saca hojas en blanco"),
      text("VPN drops every ten minutes", "La VPN se corta cada diez minutos"), Self.longSubject,
      text("Cannot open the payroll file", "No puedo abrir el archivo de nóminas"),
      text("New laptop for Thomas, who starts on Monday", "Portátil para Thomas, que empieza el lunes"), Self.hostile,
      text("Phone in meeting room 4 has no sound", "El teléfono de la sala 4 no tiene sonido"),
    ]
    let snippets = [
      text("Floor 1 works, thank you!", "La de la planta 1 funciona, ¡gracias!"),
      text(
        "It happens on the train as well as at home, since the update on Friday",
        "Me pasa en el tren y en casa, desde la actualización del viernes"),
      text("See the screenshot", "Adjunto captura"),
    ]
    let dues = [
      wording.due("late", what: "first_answer", left: "12 min", moment: after(-12)),
      wording.due("soon", what: "solution", left: "18 min", moment: after(18)),
      wording.due("calm", what: "solution", left: "3 h 20 min", moment: after(200)),
      wording.due("paused", what: "solution", left: ""),
    ]
    let codes = ["new", "in_progress", "waiting", "assigned", "in_progress", "new"]
    let sites = [lyon, madrid, bogota]
    let owners = [luc, ines, longName]
    let status = codes[index % codes.count]
    return QueueRow(
      id: "t\(index)", pick: "t\(index) open -", number: "\(sites[index % 3].code)-\(1042 + index)",
      path: "/tickets/\(sites[index % 3].code)-\(1042 + index)",
      subject: subjects[index % subjects.count], snippet: snippets[index % snippets.count],
      status: wording.status(status, waitingReason: status == "waiting" ? "supplier" : nil),
      priority: wording.priority(["urgent", "high", "normal", "normal", "low"][index % 5]),
      requester: index % 7 == 2 ? longName.name : ["Amina Diallo", "Thomas Weber", "Camila Rojas"][index % 3],
      site: sites[index % 3], moment: ago(Int64(3 + index * 7)),
      due: index < 9 ? dues[min(index / 2, 3)] : index % 4 == 3 ? nil : dues[2],
      owner: status == "new" ? nil : owners[index % owners.count], isUnread: index % 5 == 1, hasConflict: index == 3,
      presence: index == 4 ? text("Inés is writing", "Inés está escribiendo") : nil)
  }

  private func views(_ current: String) -> [QueueView] {
    [
      QueueView(
        label: wording.text("queue_mine"), path: "/queue?q=is:open+assignee:me", count: "6",
        isCurrent: current == "mine", icon: "person"),
      QueueView(
        label: wording.text("queue_unassigned"), path: "/queue?q=is:open+assignee:none", count: "4",
        isCurrent: current == "unassigned", icon: "inbox"),
      QueueView(
        label: wording.text("queue_all_open"), path: "/queue?q=is:open", count: "50", isCurrent: current == "open"),
      QueueView(
        label: wording.text("queue_overdue"), path: "/queue?q=is:overdue", count: "3", isCurrent: current == "overdue",
        isAlarming: true, icon: "alarm"),
      QueueView(label: wording.text("queue_waiting"), path: "/queue?q=is:waiting", count: "11", icon: "pause"),
      QueueView(label: wording.text("queue_resolved"), path: "/queue?q=is:resolved", count: "", icon: "check"),
    ]
  }

  private var siteViews: [QueueView] {
    [(bogota, "9"), (lyon, "23"), (madrid, "18")].map { site, count in
      QueueView(label: site.name, path: "/queue?q=is:open+site:\(site.code)", count: count, site: site)
    }
  }

  var agent: [Fixture] {
    let open = QueuePage(
      heading: wording.text("queue_all_open"), summary: wording.queueSummary(open: "50", overdue: "3"),
      query: "is:open",
      path: "/queue?q=is:open", views: views("open"), siteViews: siteViews, rows: (0..<50).map(row),
      freshness: [wording.staleSite("Madrid", asOf: "09:57")],
      pager: Pager(next: PageLink(label: wording.text("pager_next"), path: "/queue?q=is:open&after=x")),
      completions: [Choice(value: "is:open", label: wording.text("query_is_open"))],
      bulk: BulkBar(
        key: "k-bulk", assignees: [Choice(value: "", label: wording.text("assignee_nobody"))],
        statuses: choices(["open", "waiting"].map { ($0, wording.text("status_" + $0)) }, "open"),
        waitingReasons: [Choice(value: "supplier", label: wording.text("reason_supplier"))]))
    let mine = QueuePage(
      heading: wording.text("queue_mine"), summary: wording.queueSummary(open: "6", overdue: "0"),
      query: "is:open assignee:me",
      path: "/queue?q=is:open+assignee:me", views: views("mine"), siteViews: siteViews, rows: (1..<7).map(row))
    let clear = QueuePage(
      heading: wording.text("queue_mine"), summary: wording.queueSummary(open: "0", overdue: "0"),
      query: "is:open assignee:me",
      path: "/queue?q=is:open+assignee:me", views: views("mine"), siteViews: siteViews, rows: [],
      empty: EmptyState(
        title: wording.text("queue_clear"), text: wording.text("queue_clear_next", ["time": "14:10"]),
        link: PageLink(
          label: wording.text("queue_help_site", ["site": "Madrid", "count": "6"]), path: "/queue?q=is:open+site:MAD")))
    let refused = QueuePage(
      heading: wording.text("queue_search"), summary: wording.text("queue_found", ["count": "0"]),
      query: "is:opne \"vpn\"",
      path: "/queue?q=is:opne+%22vpn%22", views: views(""), siteViews: siteViews, rows: [],
      empty: EmptyState(
        title: wording.text("queue_none_found"), text: wording.text("queue_none_found_text"),
        link: PageLink(label: wording.text("queue_all_open"), path: "/queue?q=is:open"), icon: "search"),
      queryRefusal: text(
        "“is:opne” is not known. Did you mean is:open? Others: is:waiting, is:resolved, is:closed, is:overdue.",
        "No conocemos «is:opne». ¿Quería decir is:open? También: is:waiting, is:resolved, is:closed, is:overdue."))
    let conflicts = ConflictsPage(
      summary: wording.text("conflicts_summary", ["count": "2"]),
      rows: [
        ConflictRow(
          number: "LYO-1042", path: "/tickets/LYO-1042", subject: row(0).subject, site: lyon,
          strips: [
            conflict(
              "subject", row(0).subject, text("Printer LYO-P2 needs a new drum", "La impresora LYO-P2 necesita tambor"))
          ]),
        ConflictRow(
          number: "BOG-1044", path: "/tickets/BOG-1044", subject: Self.longSubject, site: bogota,
          strips: [conflict("priority", wording.priority("high").label, wording.priority("low").label)]),
      ])
    let noConflicts = ConflictsPage(
      summary: wording.text("conflicts_summary", ["count": "0"]), rows: [],
      empty: EmptyState(title: wording.text("conflicts_none"), text: wording.text("conflicts_none_text")))
    return [
      Fixture(
        name: "queue-50", page: open, frame: frame(.agent, chief, "/queue?q=is:open", notices: [cut], conflicts: 2)),
      Fixture(name: "queue-mine", page: mine, frame: frame(.agent, chief, "/queue", conflicts: 2)),
      Fixture(name: "queue-clear", page: clear, frame: frame(.agent, longName, "/queue")),
      Fixture(name: "queue-refused", page: refused, frame: frame(.lead, chief, "/queue?q=is:opne")),
      Fixture(name: "ticket", page: ticket(), frame: frame(.agent, chief, "/tickets/LYO-1042", conflicts: 2)),
      Fixture(
        name: "ticket-conflict", page: ticket(conflicted: true),
        frame: frame(.agent, chief, "/tickets/LYO-1042", notices: [cut], conflicts: 2)),
      Fixture(name: "ticket-merge", page: ticket(merging: true), frame: frame(.agent, chief, "/tickets/LYO-1042")),
      Fixture(name: "ticket-note", page: ticket(closed: true), frame: frame(.agent, chief, "/tickets/LYO-1042")),
      Fixture(name: "conflicts", page: conflicts, frame: frame(.agent, chief, "/conflicts", conflicts: 2)),
      Fixture(name: "conflicts-none", page: noConflicts, frame: frame(.agent, chief, "/conflicts")),
      Fixture(name: "new-ticket", page: newTicket, frame: frame(.agent, chief, "/tickets/new")),
    ]
  }

  private func conflict(_ field: String, _ first: String, _ second: String) -> ConflictStrip {
    ConflictStrip(
      field: field, title: wording.conflictTitle(field: field), action: "/tickets/LYO-1042/conflicts/\(field)",
      rendered: "v17",
      key: "k9",
      values: [
        ConflictValue(text: first, post: first, person: luc, site: lyon, moment: at(16), isShown: true),
        ConflictValue(text: second, post: second, person: longName, site: madrid, moment: at(14)),
      ])
  }

  private var newTicket: NewTicketPage {
    NewTicketPage(
      key: "k7",
      people: [
        Choice(value: "amina@lyo.example", label: "Amina Diallo, Lyon"),
        Choice(value: "camila@bog.example", label: "Camila Rojas, Bogotá"),
      ],
      channels: choices(
        [
          ("phone", wording.text("choice_phone")), ("walk_in", wording.text("choice_walk_in")),
          ("mail", wording.text("choice_mail")),
        ], "phone"),
      categories: choices(categories, ""), urgencies: urgencies, impacts: impacts, sites: siteChoices)
  }

  private func ticket(conflicted: Bool = false, merging: Bool = false, closed: Bool = false) -> TicketPage {
    let status = closed ? wording.status("resolved") : wording.status("in_progress")
    return TicketPage(
      id: "t42", number: "LYO-1042", path: "/tickets/LYO-1042", subject: closed ? Self.longSubject : row(0).subject,
      rendered: "v17", key: "k6", status: status, priority: wording.priority(closed ? "normal" : "urgent"),
      requester: PersonChip(name: "Amina Diallo"),
      requesterEmail: "amina@lyo.example", requesterSite: lyon,
      requesterLocalTime: closed ? text("03:15 in Bogotá", "03:15 en Bogotá") : nil,
      requesterFacts: [
        Fact(label: text("Device", "Equipo"), value: "LYO-NB-0412"),
        Fact(label: text("Also open", "También abiertas"), value: "2"),
      ],
      opened: at(49), channel: wording.channel("phone"), entries: entries(conflicted),
      presence: closed ? nil : text("Inés (MAD) is writing", "Inés (MAD) está escribiendo"),
      dues: closed
        ? []
        : [
          wording.due("soon", what: "solution", left: "18 min", moment: after(18)),
          wording.due("met", what: "first_answer", left: "", moment: at(41)),
        ], owner: closed ? nil : luc, ownerSite: closed ? nil : lyon, custodian: lyon,
      reasons: [
        text("Opened in Lyon, so Lyon decides.", "Se abrió en Lyon, así que decide Lyon."),
        text(
          "Luc was free and prints are his field; Inés had 4 open, Luc 2.",
          "Luc estaba libre y la impresión es lo suyo; Inés tenía 4 abiertas, Luc 2."),
      ],
      copies: conflicted
        ? wording.reach(write: "x", home: "LYO", reached: ["BOG"], siteCount: 3, cutOff: ["MAD"]).text
        : wording.reach(write: "x", home: "LYO", reached: ["BOG", "MAD"], siteCount: 3).text,
      copiesCode: conflicted ? "waiting" : "everywhere", tags: [TagLine(name: "printer"), TagLine(name: "floor-2")],
      history: history,
      conflicts: conflicted
        ? [
          conflict(
            "subject", row(0).subject, text("Printer LYO-P2 needs a new drum", "La impresora LYO-P2 necesita tambor"))
        ] : [],
      merge: merging ? merge : nil, replyDraft: "", writesNote: closed,
      recipients: "Amina Diallo <amina@lyo.example>", canTake: closed, isOpen: !closed,
      assignees: choices(
        [
          ("", wording.text("assign_nobody")), ("p1", "Luc Moreau · LYO"), ("p2", "Inés Castaño · MAD"),
          ("p3", longName.name + " · MAD"),
        ], closed ? "" : "p1"),
      statuses: choices(["open", "waiting", "resolved", "closed"].map { ($0, wording.text("status_" + $0)) }, "open"),
      waitingReasons: choices(
        ["requester", "supplier", "window", "colleague"].map { ($0, wording.text("reason_" + $0)) }, "requester"),
      urgencies: urgencies, impacts: impacts,
      priorities: priorities,
      categories: choices(categories, "printing"),
      escalationTargets: choices(
        [
          ("second", text("Second level, Madrid", "Segundo nivel, Madrid")),
          ("vendor", text("Printer supplier", "Proveedor de impresoras")),
        ], "second"))
  }

  private var priorities: [Choice] {
    let derived = Choice(value: "", label: wording.text("priority_derived"), isChosen: true)
    return [derived] + choices(["low", "normal", "high", "urgent"].map { ($0, wording.text("priority_" + $0)) }, "-")
  }

  private func entries(_ isCut: Bool) -> [ThreadEntry] {
    let mark =
      isCut
      ? wording.reach(write: "lyo1:88", home: "LYO", reached: [], siteCount: 3, cutOff: ["MAD"])
      : wording.reach(write: "lyo1:88", home: "LYO", reached: ["MAD"], siteCount: 3)
    return [
      ThreadEntry(
        anchor: "m-lyo1-80", kind: "requester", author: PersonChip(name: "Amina Diallo"), moment: at(49),
        body: RichText.markdown(
          text(
            "Since this morning the printer next to the kitchen only prints blank pages.\n\n- switched it off and on\n- new paper\n\nI need the contracts by **noon**.",
            "Desde esta mañana la impresora junto a la cocina solo saca hojas en blanco.\n\n- la he apagado y encendido\n- papel nuevo\n\nNecesito los contratos antes del **mediodía**."
          )),
        site: lyon, channel: wording.channel("phone")),
      event("event_took", ["name": "Luc"], 44, icon: "person", id: "e1", site: lyon),
      ThreadEntry(
        anchor: "m-lyo1-84", kind: "reply", author: luc, moment: at(41),
        body: RichText.markdown(
          text(
            "Good morning Amina, I am bringing a new toner now; until then the printer on floor 1 prints your contracts: choose `LYO-P1`.",
            "Buenos días, Amina. Le llevo un tóner nuevo; mientras tanto, la impresora de la planta 1 imprime sus contratos: elija `LYO-P1`."
          )),
        site: lyon),
      ThreadEntry(
        anchor: "m-mad1-12", kind: "note", author: ines, moment: at(22),
        body: RichText.markdown(
          text(
            "Third toner this month on LYO-P2. I suspect the drum; the supplier has one in stock.\n\n```\nE-204 DRUM END OF LIFE\n```",
            "Tercer tóner del mes en LYO-P2. Sospecho del tambor; el proveedor tiene uno.\n\n```\nE-204 DRUM END OF LIFE\n```"
          )),
        site: madrid),
      event(
        "event_changed",
        [
          "name": "Luc", "field": wording.field("priority"), "from": wording.priority("high").label,
          "to": wording.priority("urgent").label,
        ], 16, icon: "edit", id: "e2", site: lyon),
      ThreadEntry(
        anchor: "m-lyo1-88", kind: "reply", author: PersonChip(name: "Luc Moreau", isYou: true), moment: at(1),
        body: RichText.markdown(
          text("The toner is in. Could you print one page, please?", "El tóner ya está. ¿Puede imprimir una página?")),
        quoted: RichText.markdown("> Floor 1 works, thank you!"), site: lyon, reach: mark),
    ]
  }

  private var history: [HistoryLine] {
    [
      HistoryLine(text: wording.event("event_replied", ["name": "Luc"]), moment: at(1), site: lyon),
      HistoryLine(
        text: wording.event(
          "event_set", ["name": "Luc", "field": wording.field("priority"), "to": wording.priority("urgent").label]),
        moment: at(16), site: lyon, change: "\(wording.priority("high").label) → \(wording.priority("urgent").label)"),
      HistoryLine(text: wording.event("event_noted", ["name": "Inés"]), moment: at(22), site: madrid),
      HistoryLine(text: wording.event("event_opened", ["name": Self.hostile]), moment: at(49), site: lyon),
    ]
  }

  private var merge: MergeStrip {
    MergeStrip(
      changes: [
        MergeChange(
          label: wording.text("priority_label"), before: wording.priority("high").label,
          now: wording.priority("urgent").label,
          yours: wording.priority("normal").label, person: ines, site: madrid, moment: at(1)),
        MergeChange(
          label: wording.text("field_subject_label"), before: row(0).subject,
          now: text("Printer LYO-P2 needs a new drum", "La impresora LYO-P2 necesita tambor"), person: ines,
          site: madrid, moment: at(2)),
      ], action: "/tickets/LYO-1042/edit",
      fields: [HiddenField(name: "priority", value: "normal"), HiddenField(name: "subject", value: Self.hostile)],
      keptText: text(
        "The toner is in. Could you print one page, please?", "El tóner ya está. ¿Puede imprimir una página?"))
  }

  // MARK: - Operations

  var operations: [Fixture] {
    let admin = PersonChip(name: "Inés Castaño", isYou: true)
    let rows = (0..<12).map(personRow)
    let people = PeoplePage(
      summary: wording.text("people_summary", ["count": "41", "agents": "12"]), rows: rows, key: "k8",
      sites: siteChoices,
      roles: ["employee", "agent", "lead"].map { Choice(value: $0, label: wording.role($0)) },
      languages: [Choice(value: "en", label: "English"), Choice(value: "es", label: "Español", isChosen: true)],
      invitation: text(
        "Thomas can sign in now. First password, shown only once: maple-river-42",
        "Thomas ya puede entrar. Primera contraseña, solo se muestra esta vez: maple-river-42"))
    let missing = ErrorPage(
      code: 404, title: wording.text("error_404_title"), text: wording.text("error_404_text"),
      advice: wording.text("error_404_advice"),
      links: [PageLink(label: wording.text("error_queue"), path: "/queue")])
    let stale = ErrorPage(
      code: 403, title: wording.text("error_form_title"), text: wording.text("error_form_text"),
      advice: wording.text("error_form_advice"),
      links: [PageLink(label: wording.text("error_home"), path: "/")],
      keptText: "The toner is in.\nCould you " + Self.hostile, reference: "LYO-7f3a")
    return [
      Fixture(name: "ops-well", page: ops(isCut: false), frame: frame(.admin, admin, "/ops")),
      Fixture(name: "ops-cut", page: ops(isCut: true), frame: frame(.admin, admin, "/ops", conflicts: 1)),
      Fixture(name: "people", page: people, frame: frame(.admin, admin, "/people")),
      Fixture(name: "error-404", page: missing, frame: frame(.agent, luc, "/nowhere")),
      Fixture(name: "error-form", page: stale, frame: frame(.employee, amina, "/requests/new")),
    ]
  }

  private func personRow(_ index: Int) -> PersonRow {
    let person = index == 3 ? longName : [amina, luc, ines][index % 3]
    let email =
      index == 3
      ? "maria.de.los.angeles.fernandez-villaverde@internacionalizacion.example" : "person\(index)@example.org"
    let roles = ["employee", "agent", "lead"]
    return PersonRow(
      path: "/people/p\(index)", person: person, email: email, site: [lyon, madrid, bogota][index % 3],
      role: wording.role((roles + ["admin"])[index % 4]),
      roles: roles.map { Choice(value: $0, label: wording.role($0), isChosen: $0 == "agent") }, mayChange: index != 2,
      isActive: index != 5, lastSeen: index == 5 ? nil : text("today", "hoy"))
  }

  private func ops(isCut: Bool) -> OpsPage {
    let down = OpsPeer(
      site: madrid, linkCode: "down", link: wording.text("link_down"), out: "214", oldest: "18 min 2 s", incoming: "?",
      lag: "?",
      backlog: "1.2 MiB", roundTrip: "–", lastContact: text("18 min ago", "hace 18 min"), clock: "?",
      version: "1.4.2 / 1", conflicts: "1")
    let live = OpsPeer(
      site: isCut ? bogota : madrid, linkCode: "live", link: wording.text("link_live"), out: "0", oldest: "–",
      incoming: "0", lag: "0.4 s",
      backlog: "0 B", roundTrip: "11 ms", lastContact: "0 s", clock: "+3 ms", version: "1.4.2 / 1", conflicts: "0")
    let other = OpsPeer(
      site: bogota, linkCode: "slow", link: wording.text("link_slow"), out: "2", oldest: "4 s", incoming: "0",
      lag: "1.9 s",
      backlog: "3 KiB", roundTrip: "840 ms", lastContact: "2 s", clock: "-41 ms", version: "1.4.2 / 1", conflicts: "0")
    return OpsPage(
      site: lyon, code: isCut ? "warning" : "ok", level: wording.text(isCut ? "level_warning" : "level_ok"),
      headline: isCut
        ? text(
          "Madrid has been unreachable for 18 min. Work here goes on; 214 changes wait, none lost.",
          "Madrid lleva 18 min sin responder. Aquí se sigue trabajando; 214 cambios esperan y no se pierde ninguno.")
        : text("All sites hold the same state.", "Todas las sedes tienen el mismo estado."),
      identity: text("branch · 1.4.2, protocol 1 · up 12 days", "delegación · 1.4.2, protocolo 1 · 12 días en marcha"),
      moment: at(0),
      findings: isCut
        ? [
          OpsFinding(
            code: "warning", level: wording.text("level_warning"),
            message: text("The link to Madrid is down", "El enlace con Madrid está cortado"),
            cause: text(
              "Nothing has arrived from it since 09:57. Its router, the line or the node itself may be off.",
              "No llega nada desde las 09:57. Puede ser su router, la línea o el propio nodo."),
            action: "relevo peer test MAD", runbook: "docs/runbooks/link-down.md"),
          OpsFinding(
            code: "unknown", level: wording.text("level_unknown"),
            message: text("Nobody knows how old the last backup is", "No se sabe de cuándo es la última copia"),
            action: "relevo backup /var/backups/relevo.db"),
        ] : [], peers: isCut ? [down, live] : [live, other],
      onlyHere: isCut
        ? text(
          "214 changes since 09:57 exist only here and in Bogotá.",
          "214 cambios desde las 09:57 existen solo aquí y en Bogotá.") : nil,
      picture: SitePicture.placing(
        here: lyon, others: [madrid, bogota],
        links: [
          SitePicture.Wire(
            from: "LYO", to: "MAD", code: isCut ? "down" : "live",
            label: wording.text(isCut ? "link_down" : "link_live")),
          SitePicture.Wire(
            from: "LYO", to: "BOG", code: isCut ? "live" : "slow",
            label: wording.text(isCut ? "link_live" : "link_slow")),
          SitePicture.Wire(
            from: "MAD", to: "BOG", code: isCut ? "unknown" : "live",
            label: wording.text(isCut ? "link_unknown" : "link_live")),
        ], wording: wording),
      store: [
        Fact(label: text("Database", "Base de datos"), value: "148 MiB"),
        Fact(label: text("Journal", "Diario"), value: "2.1 MiB"),
        Fact(label: text("Free disk", "Disco libre"), value: "71 GiB"),
        Fact(label: text("Last backup", "Última copia"), value: "?", isUnknown: true),
        Fact(label: text("State digest", "Resumen de estado"), value: "9f3c 11d0 77ab"),
      ])
  }
}
