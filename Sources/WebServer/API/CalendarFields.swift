import Helpdesk

/// Hours, zones, holidays and absences as requests carry them; what is wrong with one becomes a sentence.
enum CalendarFields {
  /// What is wrong with hours.
  static func sentence(_ fault: WeeklyHoursFault) -> Problem.Sentence {
    switch fault {
    case .dayUnknown(let day): Problem.Sentence("problem.hours_day", ["value": day])
    case .rangeUnreadable(let range): Problem.Sentence("problem.hours_range", ["value": range])
    case .rangesTooMany(let day):
      Problem.Sentence("problem.hours_too_many", ["value": day, "max": String(WeeklyHours.rangesPerDayMax)])
    }
  }

  /// What is wrong with a line of an iCalendar file.
  static func sentence(_ fault: ICalendarFault) -> Problem.Sentence {
    Problem.Sentence("ical.\(fault.reason.name)", ["line": String(fault.line), "value": fault.reason.value])
  }

  /// Why no zone has this name, and which may be meant; nil where one has.
  static func zoneFault(_ name: String, _ zones: any ZoneReading) -> Problem.Sentence? {
    guard zones.rules(name) == nil else { return nil }
    let shown = String(name.prefix(100))
    let meant = zones.suggestions(for: name)
    if meant.isEmpty { return Problem.Sentence("problem.time_zone_unknown", ["value": shown]) }
    return Problem.Sentence(
      "problem.time_zone_unknown_meant", ["value": shown, "choices": meant.joined(separator: ", ")])
  }

  /// The field's hours; nil when not sent or wrong.
  static func hours(_ fields: inout BodyFields) -> WeeklyHours? {
    guard let text = fields.text("hours") else { return nil }
    do throws(WeeklyHoursFault) {
      return try WeeklyHours(text: text)
    } catch {
      fields.add("hours", sentence(error))
      return nil
    }
  }

  /// The field's zone or `null`; outer nil when not sent or wrong.
  static func zone(_ fields: inout BodyFields, _ zones: any ZoneReading) -> String?? {
    guard let zone = fields.nullableText("time_zone") else { return nil }
    if let zone, let fault = zoneFault(zone, zones) {
      fields.add("time_zone", fault)
      return nil
    }
    return .some(zone)
  }

  /// A holiday of `date`, `name` and `hours`; nil when something of it is wrong.
  static func holiday(_ fields: inout BodyFields) -> Holiday? {
    let dateText = fields.text("date", isRequired: true)
    let name = fields.text("name", isRequired: true)
    let partText = fields.text("hours")
    var minutes = MinuteRange.wholeDay
    if let partText {
      guard let part = MinuteRange(text: partText), part.to <= 1440 else {
        fields.add("hours", Problem.Sentence("problem.hours_range", ["value": String(partText.prefix(40))]))
        return nil
      }
      minutes = part
    }
    guard let dateText, let name else { return nil }
    guard let date = CivilDate(text: dateText) else {
      fields.add("date", dateFault(dateText))
      return nil
    }
    return Holiday(date: date, name: name, minutes: minutes)
  }

  static func dateFault(_ text: String) -> Problem.Sentence {
    Problem.Sentence("problem.date_needed", ["value": String(text.prefix(40))])
  }

  /// An absence out of its three texts; nil and a note when they are none.
  static func absence(
    from: String?, to: String?, kind: String?, _ name: String, _ fields: inout BodyFields
  ) -> Absence? {
    guard let from, let to else { return nil }
    guard let known = kind.map({ AbsenceKind(name: $0) }) ?? .away else {
      let arguments = [
        "field": "kind", "value": String((kind ?? "").prefix(100)),
        "choices": AbsenceKind.names.joined(separator: ", "),
      ]
      fields.add(name + "kind", Problem.Sentence("refusal.value_unknown", arguments))
      return nil
    }
    guard let absence = Absence(fromText: from, toText: to, kind: known) else {
      fields.add(
        name + "from",
        Problem.Sentence("problem.absence_unsuitable", ["from": String(from.prefix(40)), "to": String(to.prefix(40))]))
      return nil
    }
    return absence
  }

  /// `[{from, to, kind}]`, the whole set wanted; nil when not sent or wrong.
  static func absences(_ fields: inout BodyFields) -> [Absence]? {
    guard let objects = fields.objects("absences", required: ["from", "to"], optional: ["kind"]) else { return nil }
    let read = objects.enumerated().map { index, object in
      absence(from: object["from"], to: object["to"], kind: object["kind"], "absences/\(index)/", &fields)
    }
    return read.contains { $0 == nil } ? nil : read.compactMap { $0 }
  }

  // MARK: Answers

  static func write(_ absence: Absence, into json: inout JSONWriter) {
    let texts = absence.texts
    json.object { json in
      json.member("from", texts.from)
      json.member("to", texts.to)
      json.member("kind", absence.kind.name)
    }
  }

  static func write(_ holiday: Holiday, into json: inout JSONWriter) {
    json.object { json in
      json.member("date", holiday.date.description)
      json.member("name", holiday.name)
      json.member("hours", holiday.isWholeDay ? nil : holiday.minutes.description)
    }
  }
}
