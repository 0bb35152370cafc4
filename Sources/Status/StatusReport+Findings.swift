extension StatusReport {
  /// The worst level among the findings; `ok` when there is none. The same in every format and in the exit code.
  package func level(limits: StatusLimits = StatusLimits()) -> StatusLevel {
    findings(limits: limits).first?.level ?? .ok
  }

  /// What somebody should know, worst first. What is not known is no finding: only facts speak.
  package func findings(limits: StatusLimits = StatusLimits()) -> [Finding] {
    let found =
      nodeFindings() + identityFindings(limits) + storeFindings(limits) + operationFindings() + clockFindings(limits)
      + workFindings(limits) + balanceFindings() + holdingFindings(limits)
      + peers.flatMap { peerFindings($0, limits) }
    let rank = Dictionary(uniqueKeysWithValues: FindingKind.allCases.enumerated().map { ($1, $0) })
    return found.sorted { first, second in
      if first.level != second.level { return first.level.severity > second.level.severity }
      if first.kind != second.kind { return rank[first.kind, default: 0] < rank[second.kind, default: 0] }
      return (first.peer ?? "") < (second.peer ?? "")
    }
  }

  // MARK: This node

  private func nodeFindings() -> [Finding] {
    switch nodeState {
    case .running:
      return []
    case .stopped:
      guard let writtenAt else { return [Finding(.nodeStopped, .unknown, sentences: ["no_state"])] }
      return [
        Finding(.nodeStopped, .unknown, sentences: ["last_state"], arguments: ["when": .moment(writtenAt)])
      ]
    case .notAnswering:
      guard let holderProcess else { return [Finding(.dataDirectoryHeld, .unknown, sentences: ["held"])] }
      return [
        Finding(
          .dataDirectoryHeld, .unknown, sentences: ["held_by"], arguments: ["process": .text(String(holderProcess))])
      ]
    }
  }

  private func storeFindings(_ limits: StatusLimits) -> [Finding] {
    var found: [Finding] = []
    switch store.writesRefused {
    case .diskFull: found.append(Finding(.storeNotWritable, .critical, sentences: ["disk_full", "reading_continues"]))
    case .inputOutput:
      found.append(Finding(.storeNotWritable, .critical, sentences: ["input_output", "reading_continues"]))
    case .damaged: found.append(Finding(.storeNotWritable, .critical, sentences: ["damaged"]))
    case nil: break
    }
    if let free = store.diskFreeBytes {
      // A share is compared by dividing, because multiplying a file system's size may overflow.
      let isBelowShare = store.diskTotalBytes.map { free < $0 / 100 * limits.diskWarningPercent } ?? false
      if free < limits.diskCriticalBytes {
        found.append(Finding(.diskLow, .critical, sentences: ["nearly_full"], arguments: ["free": .bytes(free)]))
      } else if free < limits.diskWarningBytes || isBelowShare {
        found.append(Finding(.diskLow, .warning, sentences: ["free"], arguments: ["free": .bytes(free)]))
      }
    }
    if let wal = store.walBytes, wal > limits.walWarningBytes {
      found.append(Finding(.walLarge, .warning, sentences: ["cause"], arguments: ["size": .bytes(wal)]))
    }
    return found + backupFindings(limits)
  }

  private func backupFindings(_ limits: StatusLimits) -> [Finding] {
    guard let writtenAt, let from = store.lastBackupAt ?? store.createdAt else { return [] }
    let age = from.seconds(until: writtenAt)
    guard age > limits.backupAgeWarningSeconds else { return [] }
    return [
      Finding(
        .backupOld, .warning, sentences: [store.lastBackupAt == nil ? "never" : "last"],
        arguments: ["age": .age(age)])
    ]
  }

  private func operationFindings() -> [Finding] {
    var found: [Finding] = []
    if let count = operations.deferredUndecodable, count > 0 {
      found.append(
        Finding(.operationsUndecodable, .critical, sentences: ["cause"], arguments: ["count": .count(count)]))
    }
    if let count = operations.deferredOfNewerKind, count > 0 {
      found.append(Finding(.operationsDeferred, .warning, sentences: ["cause"], arguments: ["count": .count(count)]))
    }
    if let count = operations.heldOfUnknownStreams, count > 0 {
      found.append(Finding(.operationsHeld, .warning, sentences: ["cause"], arguments: ["count": .count(count)]))
    }
    for proof in operations.forkProofs ?? [] {
      var arguments: [String: FindingValue] = [
        "site": .text(title(ofSite: proof.site)), "stream": .text(String(proof.stream.prefix(8))),
        "sequence": .text(String(proof.sequence)),
      ]
      if !proof.machines.isEmpty { arguments["machines"] = .text(proof.machines.joined(separator: ", ")) }
      found.append(
        Finding(
          .forkProof, .critical, peer: proof.site,
          sentences: [proof.machines.isEmpty ? "cause" : "cause_machines"], arguments: arguments))
    }
    return found
  }

  private func workFindings(_ limits: StatusLimits) -> [Finding] {
    var found: [Finding] = []
    if let count = onlyHere.operations, count > 0, !peers.isEmpty {
      if let since = onlyHere.since {
        let age = writtenAt.map { since.seconds(until: $0) }
        if age.map({ $0 > limits.onlyHereWarningSeconds }) ?? true {
          found.append(
            Finding(
              .onlyHere, .warning, sentences: ["since"], arguments: ["count": .count(count), "since": .moment(since)]))
        }
      } else {
        found.append(Finding(.onlyHere, .warning, sentences: ["since_unknown"], arguments: ["count": .count(count)]))
      }
    }
    if let count = tickets.unassignedPastLimit, count > 0 {
      var arguments: [String: FindingValue] = ["count": .count(count)]
      if let oldest = tickets.unassignedOldestSeconds { arguments["age"] = .age(oldest) }
      found.append(
        Finding(
          .ticketsUnassigned, .warning, sentences: [arguments["age"] == nil ? "cause" : "cause_oldest"],
          arguments: arguments))
    }
    if let count = tickets.unservable, count > 0 {
      var arguments: [String: FindingValue] = ["count": .count(count)]
      if let example = tickets.unservableExample { arguments["example"] = .text(example) }
      found.append(
        Finding(
          .ticketsUnservable, .warning, sentences: [arguments["example"] == nil ? "cause" : "cause_example"],
          arguments: arguments))
    }
    if let count = conflictsOpen, count > 0 {
      var arguments: [String: FindingValue] = ["count": .count(count)]
      if let oldest = conflictsOldestSeconds { arguments["age"] = .age(oldest) }
      let isOverdue =
        count >= limits.conflictsWarningCount || (conflictsOldestSeconds ?? 0) > limits.conflictAgeWarningSeconds
      found.append(
        Finding(
          .conflictsOpen, isOverdue ? .warning : .ok,
          sentences: [arguments["age"] == nil ? "cause" : "cause_oldest"], arguments: arguments))
    }
    return found
  }

  // MARK: Peers

  private func peerFindings(_ peer: PeerStatus, _ limits: StatusLimits) -> [Finding] {
    var found: [Finding] = []
    func add(_ kind: FindingKind, _ level: StatusLevel, _ sentences: [String], _ more: [String: FindingValue] = [:]) {
      let own: [String: FindingValue] = ["site": .text(peer.title), "code": .text(peer.site)]
      found.append(
        Finding(
          kind, level, peer: peer.site, sentences: sentences, arguments: own.merging(more) { _, new in new }))
    }
    let (waiting, waitingArguments) = waitingSentence(peer)
    switch peer.link {
    case .keyRefused: add(.keyRefused, .critical, ["cause", waiting], waitingArguments)
    case .paused:
      let (cause, causeArguments) = pauseSentence(peer)
      add(.linkPaused, .warning, [cause, waiting], waitingArguments.merging(causeArguments) { $1 })
    case .down where Self.incompatible.contains(peer.partedBecause ?? ""),
      .connecting where Self.incompatible.contains(peer.partedBecause ?? ""):
      add(.peerIncompatible, .critical, [peer.partedBecause ?? "", waiting], waitingArguments)
    case .down, .connecting:
      let silence = peer.lastContactSeconds ?? uptimeSeconds
      let isStillDialling = peer.link == .connecting && (silence ?? 0) <= limits.connectingGraceSeconds
      guard !isStillDialling else { break }
      let level: StatusLevel = (silence ?? 0) > limits.linkDownCriticalSeconds ? .critical : .warning
      if let seconds = peer.lastContactSeconds {
        add(.linkDown, level, ["unreachable", waiting], waitingArguments.merging(["age": .age(seconds)]) { $1 })
      } else {
        add(.linkDown, level, ["never_reached", waiting], waitingArguments)
      }
    case .live, .catchingUp:
      if let stalled = peer.flow?.stalledSeconds, stalled > limits.frozenSeconds {
        let isWithoutCredit = peer.flow?.creditOutBytes == 0
        add(
          .readerFrozen, .warning, [isWithoutCredit ? "cause_credit" : "cause"],
          ["age": .age(stalled), "count": .count(peer.outOperations ?? 0)])
      } else if let oldest = peer.oldestOutSeconds, let count = peer.outOperations, count > 0,
        oldest > limits.catchingUpSeconds
      {
        add(.catchingUp, .warning, ["sending"], ["count": .count(count), "age": .age(oldest)])
      } else if let lag = Self.wholeSeconds(peer.lagSeconds), lag > limits.catchingUpSeconds {
        add(.catchingUp, .warning, ["receiving"], ["age": .age(lag)])
      }
    }
    if peer.digest == .different { add(.digestDiffers, .critical, ["cause"]) }
    if let count = peer.refusedOperations, count > 0 {
      add(.operationsRefused, .critical, ["cause"], ["count": .count(count)])
    }
    if peer.isLoadImplausible == true { add(.loadImplausible, .warning, ["cause"]) }
    if let frames = peer.refusedFrames, let age = peer.lastRefusedFrameSeconds, age <= limits.refusedFramesSeconds {
      let told = frames.filter { $0.value > 0 }.sorted { $0.key < $1.key }
      // Nothing is done with these counts but showing them; they stop at what fits.
      let count = told.reduce(Int64(0)) { $0.addingReportingOverflow($1.value).overflow ? .max : $0 + $1.value }
      if count > 0 {
        let reasons = told.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        add(.framesRefused, .warning, ["cause"], ["count": .count(count), "reasons": .text(reasons), "age": .age(age)])
      }
    }
    return found
  }

  /// Reasons to part that no waiting mends.
  private static let incompatible: Set<String> = ["wrong_cluster", "protocol_range", "revoked", "wrong_node"]

  private func pauseSentence(_ peer: PeerStatus) -> (String, [String: FindingValue]) {
    guard let pause = peer.pause, pause.by != nil || pause.console != nil else { return ("cause", [:]) }
    guard let since = pause.since else { return ("cause_by", ["by": .who(pause)]) }
    return ("cause_by_since", ["by": .who(pause), "since": .moment(since)])
  }

  // MARK: Identity, and sites without a direct link

  private func identityFindings(_ limits: StatusLimits) -> [Finding] {
    guard let identity else { return [] }
    var found: [Finding] = []
    if identity.isStrangerRefused == false { found.append(Finding(.strangerAdmitted, .critical, sentences: ["cause"])) }
    if identity.isWitnessWritten == false { found.append(Finding(.witnessNotWritten, .warning, sentences: ["cause"])) }
    if let since = identity.newIncarnationSince {
      let isSettled = identity.isSettled != false
      let age = writtenAt.map { since.seconds(until: $0) } ?? 0
      if !isSettled || age <= limits.newIncarnationSeconds {
        let known = identity.newIncarnationReason.flatMap {
          FindingKind.newIncarnation.sentences.contains($0) ? $0 : nil
        }
        found.append(
          Finding(
            .newIncarnation, .warning,
            sentences: ["since"] + (known.map { [$0] } ?? []) + (isSettled ? [] : ["not_settled"]),
            arguments: ["since": .moment(since)]))
      }
    }
    return found
  }

  private func holdingFindings(_ limits: StatusLimits) -> [Finding] {
    (holdings ?? []).compactMap { holding in
      guard let count = holding.lacksOperations, count > 0, let age = holding.oldestSeconds,
        age > limits.siteBehindSeconds
      else { return nil }
      return Finding(
        .siteBehind, .warning, peer: holding.site, sentences: ["cause_oldest"],
        arguments: ["site": .text(holding.title), "count": .count(count), "age": .age(age)])
    }
  }

  private func waitingSentence(_ peer: PeerStatus) -> (String, [String: FindingValue]) {
    switch peer.outOperations {
    case nil: ("waiting_unknown", [:])
    case 0: ("nothing_waiting", [:])
    case let count?: ("waiting", ["count": .count(count)])
    }
  }

  /// One finding per wrong clock; when all of several peers disagree with us in the same direction, the wrong clock is
  /// ours and it is said once.
  private func clockFindings(_ limits: StatusLimits) -> [Finding] {
    let known = peers.compactMap { peer in
      peer.clockOffsetSeconds.flatMap { $0.isFinite ? (peer: peer, offset: $0) : nil }
    }
    let skewed = known.filter { abs($0.offset) > limits.clockSkewWarningSeconds }
    guard let least = skewed.map({ abs($0.offset) }).min() else { return [] }
    let isOurs =
      skewed.count == known.count && known.count >= 2
      && (skewed.allSatisfy { $0.offset > 0 } || skewed.allSatisfy { $0.offset < 0 })
    if isOurs {
      let isBehind = skewed[0].offset > 0
      return [
        Finding(
          .clockSkew, least > limits.clockSkewCriticalSeconds ? .critical : .warning,
          sentences: [isBehind ? "own_behind" : "own_ahead"],
          arguments: [
            "offset": .age(Self.wholeSeconds(least) ?? 0), "count": .count(Int64(known.count)),
            "where": .text(title(ofSite: site)),
          ])
      ]
    }
    return skewed.map { peer, offset in
      let isCritical = abs(offset) > limits.clockSkewCriticalSeconds
      return Finding(
        .clockSkew, isCritical ? .critical : .warning, peer: peer.site,
        sentences: [offset > 0 ? "peer_ahead" : "peer_behind"] + (isCritical && offset > 0 ? ["not_followed"] : []),
        arguments: [
          "offset": .age(Self.wholeSeconds(abs(offset)) ?? 0), "site": .text(peer.title), "where": .text(peer.title),
          "limit": .age(Self.wholeSeconds(limits.clockSkewCriticalSeconds) ?? 0),
        ])
    }
  }

  private func title(ofSite code: String) -> String {
    if code == site { return siteName.map { "\(code) \($0)" } ?? code }
    return peers.first { $0.site == code }?.title ?? code
  }

  /// Nil for what is no number of seconds; the exact conversion would trap on it.
  private static func wholeSeconds(_ seconds: Double?) -> Int64? {
    seconds.flatMap { Int64(exactly: $0.rounded(.down)) }
  }
}
