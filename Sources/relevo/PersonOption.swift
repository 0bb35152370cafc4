import ArgumentParser

/// `--as EMAIL`, for commands that a person does rather than the console.
struct PersonOption: ParsableArguments {
  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "Do it as this person, with their rights; without it, as the console, which may do everything.",
      valueName: "email"))
  var email: String?
}
