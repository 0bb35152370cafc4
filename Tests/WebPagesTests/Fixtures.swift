import RichText
import Texts
import WebPages

/// Finished models of every page: ordinary days, long names, empty lists, a list of 50 and a cut link.
struct Fixture {
  let name: String
  let page: any Page
  let frame: Frame
  let html: String
  let tags: [Tag]

  init(name: String, page: any Page, frame: Frame) {
    self.name = name
    self.page = page
    self.frame = frame
    html = Pages.html(page, in: frame)
    tags = Tag.all(in: html)
  }

  /// Every page in one language.
  static func all(_ language: Language) -> [Fixture] {
    Fixtures(language: language).all
  }
}

/// Builds the fixtures of one language. Times are fixed: it is Tuesday 12 May 2026, 10:15 in Paris.
struct Fixtures {
  let language: Language
  let wording: Wording
  let format: ReaderFormat

  static let now: Int64 = 1_778_573_700_000
  static let hostile = "<script>alert(\"1\")</script> & 'quotes' {{t.send}}"
  static let longSubject =
    "Desde la actualización de anoche, la aplicación de nóminas Administración-Recursos-Humanos se cierra sola al guardar "
    + "cualquier parte de horas del departamento de Internacionalización"

  let lyon = SiteChip(code: "LYO", name: "Lyon")
  let madrid = SiteChip(code: "MAD", name: "Madrid")
  let bogota = SiteChip(code: "BOG", name: "Bogotá")
  let amina = PersonChip(name: "Amina Diallo")
  let luc = PersonChip(name: "Luc Moreau")
  let ines = PersonChip(name: "Inés Castaño")
  let longName = PersonChip(name: "María de los Ángeles Fernández-Villaverde y Goicoechea")

  init(language: Language) {
    self.language = language
    wording = Wording(language)
    format = ReaderFormat(
      language: language, zone: ReaderZone(fixedOffsetSeconds: 7_200), nowMilliseconds: Self.now)
  }

  func text(_ english: String, _ spanish: String) -> String { language == .spanish ? spanish : english }
  func ago(_ minutes: Int64) -> Moment { .ago(Self.now - minutes * 60_000, format) }
  func at(_ minutes: Int64) -> Moment { .at(Self.now - minutes * 60_000, format) }
  func after(_ minutes: Int64) -> Moment { .at(Self.now + minutes * 60_000, format) }

  var all: [Fixture] {
    people + employee + agent + operations + lead + hours
  }

  func frame(
    _ audience: Frame.Audience, _ reader: PersonChip?, _ address: String, notices: [Notice] = [], conflicts: Int = 0
  ) -> Frame {
    Frame(
      wording: wording, here: lyon, audience: audience, reader: reader, csrf: "csrf-token", address: address,
      notices: notices, conflictCount: conflicts,
      takesWork: [.agent, .lead, .admin].contains(audience) ? conflicts == 0 : nil, key: "k-frame")
  }

  var cut: Notice { wording.linkCut(site: "Madrid", since: "09:57", waiting: "214") }

  func choices(_ pairs: [(String, String)], _ chosen: String) -> [Choice] {
    pairs.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == chosen) }
  }

  var categories: [(String, String)] {
    [
      ("", wording.text("topic_unknown")), ("mail", text("Mail and calendar", "Correo y calendario")),
      ("network", text("Network and VPN", "Red y VPN")), ("printing", text("Printing", "Impresión")),
    ]
  }

  var siteChoices: [Choice] { choices([("LYO", "Lyon"), ("MAD", "Madrid"), ("BOG", "Bogotá")], "LYO") }
  var urgencies: [Choice] {
    choices(["low", "normal", "high"].map { ($0, wording.text("urgency_" + $0)) }, "high")
  }
  var impacts: [Choice] {
    choices(["me", "team", "office", "everybody"].map { ($0, wording.text("impact_" + $0)) }, "team")
  }

  // MARK: - Signing in and employees

  var people: [Fixture] {
    let plain = SignInPage(site: lyon)
    let demo = SignInPage(
      site: lyon, email: "amina@example.org",
      refusal: text(
        "E-mail and password do not match. Check capital letters, or ask your help desk for a new password.",
        "El correo y la contraseña no coinciden. Compruebe las mayúsculas o pida una contraseña nueva a soporte."),
      demoAccounts: [
        DemoAccount(role: text("Agent in Lyon", "Técnico en Lyon"), email: "luc@lyo.example", password: "relevo-demo"),
        DemoAccount(
          role: text("Employee in Lyon", "Empleada en Lyon"), email: "amina@lyo.example", password: "relevo-demo"),
      ])
    return [
      Fixture(name: "sign-in", page: plain, frame: frame(.visitor, nil, "/sign-in")),
      Fixture(name: "sign-in-refused", page: demo, frame: frame(.visitor, nil, "/sign-in")),
    ]
  }

  func requestRows() -> [RequestRow] {
    [
      RequestRow(
        number: "LYO-1038", path: "/requests/LYO-1038",
        subject: text("New laptop for Thomas, who starts on Monday", "Portátil para Thomas, que empieza el lunes"),
        standing: wording.standing("waiting", owner: "Inés Castaño", waitingReason: "requester"),
        status: wording.status("waiting", waitingReason: "requester", forRequester: true), moment: ago(38),
        needsYou: true),
      RequestRow(
        number: "LYO-1042", path: "/requests/LYO-1042",
        subject: text(
          "The printer on the second floor only prints blank pages",
          "La impresora de la segunda planta saca hojas en blanco"),
        standing: wording.standing("in_progress", owner: "Luc Moreau", site: "Lyon"),
        status: wording.status("in_progress"),
        moment: ago(7)),
      RequestRow(
        number: "LYO-1044", path: "/requests/LYO-1044", subject: Self.longSubject, standing: wording.standing("new"),
        status: wording.status("new"), moment: ago(2)),
    ]
  }

  var employee: [Fixture] {
    let home = HomePage(
      greeting: wording.greeting(hour: 10, firstName: "Amina"), key: "k1", expectation: wording.usuallyWithin("25 min"),
      announcements: [
        Announcement(
          code: "outage", title: text("Wi-Fi is slow on floor 3", "La wifi va lenta en la planta 3"),
          body: RichText.markdown(
            text(
              "We know and are replacing the switch. Back to normal by **11:30**; the cable works.",
              "Lo sabemos y estamos cambiando el conmutador. Normalidad hacia las **11:30**; por cable funciona.")),
          moment: at(55))
      ],
      requests: requestRows(), allCount: "17")
    let homeEmpty = HomePage(greeting: wording.greeting(hour: 20, firstName: "Amina"), key: "k2")
    let mine = MyRequestsPage(
      showsAll: true, openCount: 3, allCount: 53,
      rows: (0..<17).flatMap { _ in requestRows() }.prefix(50).map { $0 },
      pager: Pager(next: PageLink(label: wording.text("pager_next"), path: "/requests?show=all&after=x")))
    let mineEmpty = MyRequestsPage(
      showsAll: false, openCount: 0, allCount: 0, rows: [],
      empty: EmptyState(
        title: text("Nothing open.", "No tiene nada abierto."),
        text: text("When something does not work, tell us.", "Si algo no funciona, cuéntenoslo."),
        link: PageLink(label: wording.text("ask_send"), path: "/requests/new")))
    let new = NewRequestPage(
      key: "k3", categories: choices(categories, ""), impacts: impacts, sites: siteChoices,
      expectation: wording.answerBy("10:40"))
    let newRefused = NewRequestPage(
      key: "k4", description: "", subject: Self.hostile, cannotWork: true, categories: choices(categories, "mail"),
      impacts: impacts, sites: siteChoices,
      descriptionRefusal: text(
        "Please write at least a few words, so that we know what to look at.",
        "Escriba al menos unas palabras para que sepamos qué mirar."))
    let amina = PersonChip(name: "Amina Diallo", isYou: true)
    return [
      Fixture(name: "home", page: home, frame: frame(.employee, amina, "/")),
      Fixture(name: "home-empty", page: homeEmpty, frame: frame(.employee, amina, "/")),
      Fixture(name: "my-requests-50", page: mine, frame: frame(.employee, amina, "/requests?show=all")),
      Fixture(name: "my-requests-empty", page: mineEmpty, frame: frame(.employee, amina, "/requests")),
      Fixture(name: "new-request", page: new, frame: frame(.employee, amina, "/requests/new")),
      Fixture(name: "new-request-refused", page: newRefused, frame: frame(.employee, longName, "/requests/new")),
      Fixture(
        name: "request", page: request(resolved: false),
        frame: frame(.employee, amina, "/requests/LYO-1042", notices: [cut])),
      Fixture(
        name: "request-resolved", page: request(resolved: true), frame: frame(.employee, amina, "/requests/LYO-1042")),
    ]
  }

  func request(resolved: Bool) -> RequestPage {
    let you = PersonChip(name: "Amina Diallo", isYou: true)
    let reached = wording.reach(write: "lyo1:88", home: "LYO", reached: [], siteCount: 3, cutOff: ["MAD"])
    return RequestPage(
      id: "t42", number: "LYO-1042", path: "/requests/LYO-1042",
      subject: text(
        "The printer on the second floor only prints blank pages",
        "La impresora de la segunda planta saca hojas en blanco"),
      status: wording.status(resolved ? "resolved" : "in_progress"), rendered: "v17", key: "k5",
      standing: wording.standing(resolved ? "resolved" : "in_progress", owner: "Luc Moreau", site: "Lyon"), owner: luc,
      expectation: resolved ? nil : wording.nextWord(from: "Luc", by: "10:40"),
      busyNote: resolved
        ? nil
        : text(
          "Busier than usual in Lyon this morning: answers take about 15 minutes longer.",
          "Hoy hay más trabajo del habitual en Lyon: las respuestas tardan unos 15 minutos más."),
      entries: [
        ThreadEntry(
          anchor: "m-lyo1-80", kind: "requester", author: you, moment: at(49),
          body: RichText.markdown(
            text(
              "Since this morning the printer next to the kitchen only prints blank pages.\n\n- switched it off and on\n- new paper\n\nI need the contracts by **noon**.",
              "Desde esta mañana la impresora junto a la cocina solo saca hojas en blanco.\n\n- la he apagado y encendido\n- papel nuevo\n\nNecesito los contratos antes del **mediodía**."
            ))),
        event("event_took", ["name": "Luc"], 44, icon: "person", id: "e1"),
        ThreadEntry(
          anchor: "m-lyo1-84", kind: "reply", author: luc, moment: at(41),
          body: RichText.markdown(
            text(
              "Good morning Amina, thank you for trying that already. I am bringing a new toner now; until then the printer on floor 1 prints your contracts: choose `LYO-P1`.",
              "Buenos días, Amina. Gracias por haberlo probado ya. Le llevo un tóner nuevo; mientras tanto, la impresora de la planta 1 imprime sus contratos: elija `LYO-P1`."
            ))),
        ThreadEntry(
          anchor: "m-lyo1-88", kind: "requester", author: you, moment: at(7),
          body: RichText.markdown(text("Floor 1 works, thank you!", "La de la planta 1 funciona, ¡gracias!")),
          quoted: RichText.markdown("> I am bringing a new toner now"), reach: reached),
      ],
      isResolved: resolved,
      resolution: resolved
        ? RichText.markdown(text("New toner, and the drum was cleaned.", "Tóner nuevo y limpieza del tambor.")) : nil)
  }

  func event(
    _ key: String, _ arguments: [String: String], _ minutes: Int64, icon: String, id: String, site: SiteChip? = nil
  ) -> ThreadEntry {
    ThreadEntry(
      anchor: id, kind: "event", author: luc, moment: at(minutes),
      event: EventLine(text: wording.event(key, arguments), moment: at(minutes), site: site, icon: icon))
  }
}
