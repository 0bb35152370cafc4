import OperationLog
import Testing

@Suite("The hybrid clock")
struct HybridClockTests {
  private let wall: Int64 = 1_700_000_000_000

  @Test("Every moment is later than the one before, also within one millisecond")
  func monotonic() {
    var clock = HybridClock()
    var last = HybridTime(raw: 0)
    for step in 0..<1_000 {
      let moment = clock.tick(wallMilliseconds: wall + Int64(step / 100))
      #expect(moment > last)
      last = moment
    }
    #expect(last.milliseconds == wall + 9 && last.counter == 99)
  }

  @Test("More than 65,536 moments in a millisecond borrow from the next")
  func counterOverflow() {
    var clock = HybridClock(latest: HybridTime(milliseconds: wall, counter: .max))
    let moment = clock.tick(wallMilliseconds: wall)
    #expect(moment.milliseconds == wall + 1 && moment.counter == 0)
  }

  @Test("A peer up to ten minutes ahead is followed, and our next moment is later than its")
  func follow() {
    var clock = HybridClock()
    let limit = HybridTime(milliseconds: wall + HybridClock.followMillisecondsMax)
    let isFollowed = clock.follow(limit, wallMilliseconds: wall)
    let next = clock.tick(wallMilliseconds: wall)
    #expect(isFollowed && next > limit)
  }

  @Test("A peer more than ten minutes ahead is not followed")
  func noFollow() {
    var clock = HybridClock()
    _ = clock.tick(wallMilliseconds: wall)
    let before = clock.latest
    let isFollowed = clock.follow(HybridTime(milliseconds: wall + 600_001), wallMilliseconds: wall)
    let isFarFollowed = clock.follow(HybridTime(raw: .max), wallMilliseconds: wall)
    #expect(!isFollowed && !isFarFollowed && clock.latest == before)
  }

  @Test("A peer behind us changes nothing")
  func followPast() {
    var clock = HybridClock()
    let ours = clock.tick(wallMilliseconds: wall)
    let isFollowed = clock.follow(HybridTime(milliseconds: wall - 1_000_000), wallMilliseconds: wall)
    #expect(isFollowed && clock.latest == ours)
  }

  @Test("After a small step back of the wall clock time goes on; after a large one the clock steps back with it")
  func stepBack() {
    var clock = HybridClock()
    let first = clock.tick(wallMilliseconds: wall)
    let second = clock.tick(wallMilliseconds: wall - 600_000)
    #expect(second > first)
    let back = clock.tick(wallMilliseconds: wall - 600_001)
    #expect(back.milliseconds == wall - 600_001)
  }

  @Test("Wall clocks outside 48 bits are clamped instead of trapping")
  func clamping() {
    #expect(HybridTime(milliseconds: -5).raw == 0)
    #expect(HybridTime(milliseconds: .max).milliseconds == (1 << 48) - 1)
  }
}
