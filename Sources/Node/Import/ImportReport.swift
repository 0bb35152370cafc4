/// What an import, or one part of it, came to.
package struct ImportReport: Sendable, Equatable, Codable {
  /// Tickets opened now; in a dry run, incidents whose ticket is not there yet.
  package var incidents: Int
  /// Incidents whose ticket was there before.
  package var incidentsAlready: Int
  /// Steps of history written now; in a dry run, steps the file holds.
  package var steps: Int
  /// Steps that were there before; 0 in a dry run, which does not ask step by step.
  package var already: Int
  package var errors: [Failure]

  /// A row that the node did not take.
  package struct Failure: Sendable, Equatable, Codable {
    /// Line of the file.
    package var line: Int
    package var incident: String
    package var message: String

    package init(line: Int, incident: String, message: String) {
      self.line = line
      self.incident = incident
      self.message = message
    }
  }

  package init(
    incidents: Int = 0, incidentsAlready: Int = 0, steps: Int = 0, already: Int = 0, errors: [Failure] = []
  ) {
    self.incidents = incidents
    self.incidentsAlready = incidentsAlready
    self.steps = steps
    self.already = already
    self.errors = errors
  }

  private enum CodingKeys: String, CodingKey {
    case incidents
    case incidentsAlready = "incidents_already"
    case steps, already, errors
  }

  /// Adds the figures of a further part.
  package mutating func add(_ other: ImportReport) {
    incidents += other.incidents
    incidentsAlready += other.incidentsAlready
    steps += other.steps
    already += other.already
    errors += other.errors
  }
}

/// What the command line sends to the node for one part of a file: whole incidents, already read and checked.
package struct ImportPart: Sendable, Codable {
  /// Encoded incidents of one part stay within this; a single longer incident makes a part of its own.
  package static let bytesMax = 512 * 1024

  package var incidents: [VolvoIncidents.Incident]
  /// Counts only.
  package var dryRun: Bool

  package init(incidents: [VolvoIncidents.Incident], dryRun: Bool) {
    self.incidents = incidents
    self.dryRun = dryRun
  }

  private enum CodingKeys: String, CodingKey {
    case incidents
    case dryRun = "dry_run"
  }
}
