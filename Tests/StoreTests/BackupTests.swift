import Foundation
import Helpdesk
import OperationLog
import Store
import Testing

@Suite("Taking in a backup of another office")
struct BackupTests {
  @Test("Everything that the directory vouches for is held, in one state, and is taken in once")
  func takingIn() async throws {
    let offices = try await TestOffice.cluster(["MAD", "LYO"])
    let madrid = offices[0]
    try await madrid.open("At Madrid", "Some words")
    try await offices[1].open("At Lyon")
    try await TestOffice.exchange(madrid, offices[1])
    let bogota = try TestOffice("BOG", clock: madrid.clock)
    try await madrid.execute(.defineSite(SiteDefinition(code: "BOG", name: "Bogotá", node: bogota.node)))
    try await madrid.execute(.admitNode(bogota.admitted))
    let file = madrid.directory.path + "/backup"
    try await madrid.store.backup(to: file)
    let later = try await madrid.open("After the backup")

    try await SiteStore.examine(backup: file)
    try await bogota.store.addBootstrapNodes([madrid.admitted])
    let held = try await madrid.store.vector()
    #expect(try await bogota.store.takeIn(backup: file) == held.operationCount - 1)
    #expect(try await bogota.store.takeIn(backup: file) == 0)
    #expect(try await bogota.store.row(later) == nil)
    #expect(try await bogota.number(bogota.open("At Bogotá")) == "BOG-1")
    try await TestOffice.exchange(madrid, bogota)
    try await expectSame(madrid.store, bogota.store)
    #expect(try await shownRows(madrid.store) == shownRows(bogota.store))
  }

  @Test("Of a backup with an altered operation, or of strangers, nothing behind that is taken in")
  func altered() async throws {
    let madrid = try await TestOffice.cluster(["MAD"])[0]
    try await madrid.open("A ticket", "Words that somebody alters")
    let file = madrid.directory.path + "/backup"
    try await madrid.store.backup(to: file)
    let stranger = try TestOffice("BOG")
    // Nobody told it of Madrid.
    #expect(try await stranger.store.takeIn(backup: file) == 0)

    var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    let place = try #require(bytes.range(of: Data("Words that somebody alters".utf8)))
    bytes.replaceSubrange(place, with: Data("Words that somebody wrote!".utf8))
    try bytes.write(to: URL(fileURLWithPath: file + ".altered"))
    let bogota = try TestOffice("BOG", seed: 2)
    try await bogota.store.addBootstrapNodes([madrid.admitted])
    _ = try await bogota.store.takeIn(backup: file + ".altered")
    #expect(try await bogota.store.vector()[madrid.stream] < madrid.store.vector()[madrid.stream])
    try await expectSound(bogota.store)
    #expect(try await bogota.store.takeIn(backup: file) > 0)
    #expect(try await bogota.store.vector()[madrid.stream] == madrid.store.vector()[madrid.stream])
  }

  @Test("What is no backup is told from one before anything is done", arguments: ["text", "empty", "missing", "cut"])
  func noBackup(kind: String) async throws {
    let madrid = try await TestOffice.cluster(["MAD"])[0]
    let file = madrid.directory.path + "/" + kind
    switch kind {
    case "text":
      try Data("This is a shopping list, not a database, however long it is.".utf8).write(
        to: URL(fileURLWithPath: file))
    case "empty": try Data().write(to: URL(fileURLWithPath: file))
    case "cut":
      try await madrid.store.backup(to: file + ".whole")
      let whole = try Data(contentsOf: URL(fileURLWithPath: file + ".whole"))
      try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: file))
    default: break
    }
    await #expect(throws: StoreFailure.self) { try await SiteStore.examine(backup: file) }
  }
}
