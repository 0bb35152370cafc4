/// Makes a failing plan smaller while it still breaks the same promise: fewer steps, fewer kinds of faults.
package enum Shrinking {
  /// The smallest plan found, and its report with a trace of the last `lines` lines.
  ///
  /// Every attempt is a whole simulation, at most `attempts` of them.
  package static func shrink(_ report: SimulationReport, attempts: Int = 40, lines: Int = 60) -> SimulationReport {
    guard let promise = report.violation?.promise else { return report }
    var best = report.plan
    best.steps = max(1, min(best.steps, report.steps))
    var left = attempts

    func fails(_ plan: SimulationPlan) -> Bool {
      guard left > 0 else { return false }
      left -= 1
      return Simulation.run(plan).violation?.promise == promise
    }

    // What was found on the way is found again in the same steps; what was found at the end may need fewer.
    var part = best.steps / 2
    while part > 0, left > attempts / 2 {
      var fewer = best
      fewer.steps -= part
      if fewer.steps > 0, fails(fewer) { best = fewer } else { part /= 2 }
    }
    for kind in best.faults.sorted() {
      var fewer = best
      fewer.faults.remove(kind)
      if fails(fewer) { best = fewer }
    }
    best.traceLinesMax = lines
    let shrunk = Simulation.run(best)
    if shrunk.violation != nil { return shrunk }
    var whole = report.plan
    whole.traceLinesMax = lines
    return Simulation.run(whole)
  }
}
