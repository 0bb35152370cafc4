import ArgumentParser

/// `relevo-sim`: clusters in virtual time, over the real store.
@main
struct RelevoSim: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relevo-sim", abstract: "Runs simulated clusters in virtual time over the real store.",
    subcommands: [
      RunCommand.self, PlantedBugsCommand.self, ScaleCommand.self, StoryCommand.self, AssignmentCommand.self,
    ])
}
