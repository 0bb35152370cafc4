import Helpdesk
import Logging
import SiteEngine
import Store
import Synchronization
import Testing

@Suite("New zone rules under a running node")
struct ZoneWatchTests {
  /// Says at each look whether the rules are others than before, as it was told to.
  private final class ScriptedZones: ZoneReading {
    private let answers: Mutex<[Bool]>

    init(_ answers: [Bool]) { self.answers = Mutex(answers) }

    func rules(_ name: String) -> ZoneRules? { .utc }
    func names() -> [String] { ["UTC"] }
    func refresh() -> Bool { answers.withLock { $0.isEmpty ? false : $0.removeFirst() } }
  }

  private final class Count: Sendable {
    private let value = Mutex(0)

    func add() { value.withLock { $0 += 1 } }
    func read() -> Int { value.withLock { $0 } }
  }

  @Test("Whoever keeps hours hears of new rules once, and of none nothing; what the store could not take in stays owed")
  func watching() async throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let offices = try await LinkedOffices(["MAD"])
    let store = offices["MAD"].store
    let heard = Count()
    store.onCommit { change in
      if change.directoryChanged { heard.add() }
    }
    let watch = ZoneWatch(store: store, zones: ScriptedZones([false, true, false, true]), logger: logger)
    #expect(await !watch.look())
    #expect(heard.read() == 0)
    #expect(await !watch.look())
    #expect(heard.read() == 1)
    #expect(await !watch.look())
    #expect(await !watch.look(isOwed: false))
    #expect(heard.read() == 2)
    #expect(await !watch.look(isOwed: true), "what is owed is made good without new rules")
    #expect(heard.read() == 3)
    try await store.close()
    let late = ZoneWatch(store: store, zones: ScriptedZones([true]), logger: logger)
    #expect(await late.look(), "the store is closed: it is to be tried again")
    #expect(await late.look(isOwed: true))
    #expect(heard.read() == 3)
  }
}
