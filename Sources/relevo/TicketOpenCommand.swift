import ArgumentParser

/// `relevo ticket open`.
struct TicketOpenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Open a ticket.",
    discussion: """
      Example:
        relevo ticket open 'VPN drops every hour' --requester eva@example.org
      """)

  @Argument(help: ArgumentHelp("What it is about, in one line.", valueName: "subject"))
  var title: String?

  @Option(help: "The same as the argument, for scripts that prefer names.")
  var subject: String?

  @Option(help: "The whole story; the subject is used without it.")
  var description: String?

  @Option(
    name: .customLong("description-file"),
    help: ArgumentHelp("Read the whole story from this file, or from standard input for '-'.", valueName: "file"))
  var descriptionFile: String?

  @Option(help: ArgumentHelp("Who needs help; without it the person of --as.", valueName: "email"))
  var requester: String?

  @Option(help: ArgumentHelp("Topic, such as network; 'GET /api/v1/categories' lists them.", valueName: "key"))
  var category: String?

  @Option(help: "low, normal, high or critical.")
  var urgency: String?

  @Option(help: "low (one person), medium (a team), high (an office) or major (several offices).")
  var impact: String?

  @Option(help: "How the request came: portal, email, phone, walk_in or api.")
  var channel: String?

  @Option(help: ArgumentHelp("The office it concerns; without it the requester's.", valueName: "site"))
  var site: String?

  @Option(name: .customLong("tag"), help: "A tag; may be given several times.")
  var tags: [String] = []

  @OptionGroup var options: TicketOptions

  func validate() throws {
    guard (title != nil) != (subject != nil) else {
      throw ValidationError("Say once what it is about: relevo ticket open 'VPN drops every hour' …")
    }
    if description != nil, descriptionFile != nil {
      throw ValidationError("--description and --description-file exclude each other.")
    }
    if requester == nil, options.person.email == nil {
      throw ValidationError("Say who needs help: --requester EMAIL, or --as EMAIL for a request of one's own.")
    }
  }

  func run() throws {
    try Output.run {
      let subject = title ?? subject ?? ""
      let story = try descriptionFile.map(InputText.read) ?? description ?? subject
      var body: [String: JSONField] = ["subject": .text(subject), "description": .text(story)]
      let fields = [
        "requester": requester, "category": category, "urgency": urgency, "impact": impact, "channel": channel,
        "site": site?.uppercased(),
      ]
      for (name, value) in fields { if let value { body[name] = .text(value) } }
      if !tags.isEmpty { body["tags"] = .texts(tags) }
      let data = try options.connection().ask("POST", "/api/v1/tickets", body)
      if options.format == .json {
        Output.json(data)
      } else {
        let ticket = try NodeConnection.decode(TicketView.self, data)
        print("\(ticket.number)  \(PlainText.shown(ticket.subject, keepsLines: false))")
      }
    }
  }
}
