import OperationLog

/// A day, or a part of one, on which nobody works although they would on that day of the week.
package struct Holiday: Hashable, Comparable, Sendable {
  package let date: CivilDate
  /// As people call it, at most 200 bytes; normalised when it is written.
  package var name: String
  /// Which minutes of that day are free; the whole day mostly.
  package let minutes: MinuteRange

  /// Nil when the part does not end within the day.
  package init?(date: CivilDate, name: String, minutes: MinuteRange = .wholeDay) {
    guard minutes.to <= 1440 else { return nil }
    self.date = date
    self.name = name
    self.minutes = minutes
  }

  package var isWholeDay: Bool { minutes == .wholeDay }

  package static func < (left: Holiday, right: Holiday) -> Bool {
    left.element.lexicographicallyPrecedes(right.element)
  }

  // MARK: Bytes

  /// As an element of a calendar's set: day and minutes big-endian, then the name, so that elements are in order of time.
  package var element: [UInt8] {
    var writer = ByteWriter(reserving: 8 + name.utf8.count)
    writer.fixed32(UInt32(bitPattern: Int32(clamping: date.dayNumber)) ^ 1 << 31)
    writer.fixed16(UInt16(minutes.from))
    writer.fixed16(UInt16(minutes.to))
    writer.raw(Array(name.utf8))
    return writer.bytes
  }

  /// Nil for an element of another form.
  package init?(element: [UInt8]) {
    var reader = ByteReader(element)
    // Bytes of another version are simply not ours.
    guard let day = try? reader.fixed32(), let from = try? reader.fixed16(), let to = try? reader.fixed16(),
      let minutes = MinuteRange(from: Int(from), to: Int(to)), element.count > 8
    else { return nil }
    let date = CivilDate(dayNumber: Int(Int32(bitPattern: day ^ 1 << 31)))
    self.init(date: date, name: String(decoding: element[8...], as: UTF8.self), minutes: minutes)
  }

  /// Names it in addresses and in the command line: the hexadecimal of its element.
  package var reference: String { Hexadecimal.encode(element) }
}
