"""Lets a week of the incident log of Volvo IT Belgium arrive at three running nodes, and shows how soon somebody had each
incident: before, as the log tells it, and after, with the people of the log taking what Relevo's assignment gives them.

Before: the log (doi:10.4121/uuid:500573e6-accc-4b0c-9576-aa5468b10cee) is imported with its history, each country at the
node of its office. After: the incidents of the chosen days of May 2012 arrive five weeks later, at the same hour of the same
weekday, each through the JSON API of its country's node. People are at work from half an hour before to half an hour after
rows of theirs in the log that are no more than four hours apart: they say so (available) and go again. They know the support
levels they worked at, have one incident at a time, say yes at once to what they are given, work on it as long as the log lets
estimate (their time at work, shared equally by what was in progress with them), and close it.

The nodes' clocks on the wall run fast (fast_clock.c). Nothing else of them does: links, timers and the processor are real, so a
tenth of a second that Relevo needs counts as a tenth of a second times --speed in its disfavour.
"""

import argparse
import calendar
import collections
import csv
import datetime
import gzip
import heapq
import io
import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from replay_incidents import (
    COUNTRIES, OFFICE_OF, OFFICES, Client, Failure, country_code, email_of, found_cluster, http_path, in_threads, say)

WEEKS_LATER = 35 * 86400
# Rows of a person this close belong to one stay at work, which is this much longer at each end.
GAP, MARGIN = 4 * 3600, 1800
# So long the nodes are set up, in seconds of the machine, before the first day begins.
SETUP_SECONDS = 150
TAG = "after"


# --- The log -----------------------------------------------------------------------------------------------------------

Row = collections.namedtuple("Row", "at country owner_country person status sub level impact line")
Incident = collections.namedtuple("Incident", "number rows lines countries work")


def read_log(path):
    """The header line and the incidents with their rows in order, each with the text of its lines."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        text = file.read().decode("utf-8-sig")
    lines = text.splitlines()
    found = collections.OrderedDict()
    for line, row in zip(lines[1:], csv.DictReader(io.StringIO(text, newline=""))):
        country = country_code(row["Country"])
        owner = country_code(row["Owner Country"])
        name = row["Owner First Name"]
        person = None if name == "Siebel" else (email_of(name, owner or country or "ZZ"), owner or country or "ZZ")
        at = datetime.datetime.fromisoformat(row["Change Date+Time"]).timestamp()
        found.setdefault(row["SR Number"], []).append(
            Row(at, country, owner, person, row["Status"], row["Sub Status"], row["ST Level"],
                row["SR Latest Impact"].lower(), line))
    return lines[0], found


class Log:
    """What the log says about incidents, people, their hours and their work."""

    def __init__(self, path):
        self.header, self.incidents = read_log(path)
        moments, self.levels, self.home = collections.defaultdict(list), collections.defaultdict(set), {}
        for rows in self.incidents.values():
            for row in rows:
                if row.person:
                    email, country = row.person
                    moments[email].append(row.at)
                    self.levels[email].add(row.level)
                    self.home[email] = country
        self.stays = {email: stays(sorted(times)) for email, times in moments.items()}
        self.work = work(self.incidents, self.stays)

    def countries(self, number):
        """Every country that the importer makes a site of because of this incident."""
        rows = self.incidents[number]
        found = {row.person[1] for row in rows if row.person}
        first = next((row.country for row in rows if row.country), None)
        owner = next((row.owner_country for row in rows if row.owner_country), None)
        return found | {first or owner or "ZZ", owner or first or "ZZ"}

    def arrivals(self, begin, end):
        """(moment, number, country, level, impact) of what came in in [begin, end), in order."""
        found = []
        for number, rows in self.incidents.items():
            first = min(rows, key=lambda row: row.at)
            if begin <= first.at < end and first.country:
                found.append((first.at, number, first.country, first.level, first.impact))
        return sorted(found)


def stays(times):
    found = []
    for moment in times:
        if found and moment - (found[-1][1] - MARGIN) <= GAP:
            found[-1][1] = moment + MARGIN
        else:
            found.append([moment - MARGIN, moment + MARGIN])
    return found


def work(incidents, stays_of):
    """Seconds of work per incident: a person's time at work is shared equally by what is in progress with them."""
    marks = collections.defaultdict(list)
    for number, rows in incidents.items():
        rows = sorted(rows, key=lambda row: row.at)
        for row, following in zip(rows, rows[1:]):
            if row.status == "Accepted" and row.sub == "In Progress" and row.person and following.at > row.at:
                marks[row.person[0]] += [(row.at, 1, number), (following.at, -1, number)]
    seconds = collections.Counter()
    for email, found in marks.items():
        for begin, end in stays_of[email]:
            found += [(begin, 2, ""), (end, -2, "")]
        present, open_, last = 0, collections.Counter(), 0
        for at, kind, number in sorted(found):
            if present > 0 and open_:
                for each in open_:
                    seconds[each] += (at - last) / len(open_)
            last = at
            if kind in (2, -2):
                present += 1 if kind == 2 else -1
            else:
                open_[number] += kind
                if open_[number] <= 0:
                    del open_[number]
    return seconds


# --- Before ------------------------------------------------------------------------------------------------------------


def import_history(log, nodes, directory):
    """Imports the log: first, at each office, what concerns its own countries alone, so that their sites are served there."""
    own = {site: [] for site in OFFICES}
    mixed = []
    for number in log.incidents:
        offices = {OFFICE_OF.get(country, "MAD") for country in log.countries(number)}
        (own[offices.pop()] if len(offices) == 1 else mixed).append(number)
    for site, numbers in [*own.items(), ("MAD", mixed)]:
        path = os.path.join(directory, f"history-{site}-{len(numbers)}.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([log.header, *(row.line for number in numbers for row in log.incidents[number])]) + "\n")
        nodes[site].run("import", "volvo-incidents", path, codes=(0, 1))
        synchronise(nodes)


def synchronise(nodes):
    for node in nodes.values():
        # 1 and 2 are warnings of a young cluster, such as a missing backup.
        node.run("status", "--wait-synced", "90s", "--format", "json", codes=(0, 1, 2))


# --- After -------------------------------------------------------------------------------------------------------------


class Week:
    """The people and the incidents of some days, played at the pace of the clock on the wall."""

    def __init__(self, log, nodes, clock, begin, end, threads):
        self.log, self.nodes, self.clock = log, nodes, clock
        self.begin, self.end = begin + WEEKS_LATER, end + WEEKS_LATER
        self.arrivals = log.arrivals(begin, end)
        self.people = {
            email: [(max(first, begin) + WEEKS_LATER, min(last, end) + WEEKS_LATER)
                    for first, last in found if first < end and last > begin]
            for email, found in log.stays.items()}
        self.people = {email: found for email, found in self.people.items() if found}
        self.clients = [Client(nodes) for _ in range(threads)]
        self.admin = self.tokens = None
        self.jobs = queue.Queue()
        self.work_of = {}
        self.lock = threading.Lock()
        self.seen, self.served, self.opened, self.accepted, self.closed = set(), set(), 0, 0, 0
        self.finishing = []
        self.failure = None
        self.latest = 0.0

    def office(self, email):
        return OFFICE_OF.get(self.log.home[email], "MAD")

    def need(self, answer, wanted, what):
        status, body = answer
        if status not in wanted:
            raise Failure(f"{what} was answered {status}: {json.dumps(body, ensure_ascii=False)[:400]}")
        return body

    def set_up(self):
        """Skills, capacity and tokens for everybody who works in these days."""
        central = self.nodes["MAD"]
        central.run("user", "add", "lead@relevo.example", "--name", "Lead", "--role", "admin", "--site", "MAD",
                    "--password-file", self.password_file())
        self.admin = central.run("token", "create", "lead@relevo.example", "--name", "before-and-after").strip()
        for level in sorted({row.level for rows in self.log.incidents.values() for row in rows}):
            names = {"en": f"Support {level}", "es": f"Soporte {level}"}
            self.need(self.ask(0, "MAD", "POST", "/api/v1/categories", self.admin,
                               {"key": category(level), "names": names}), (201,), f"category {level}")
        self.tokens = {}

        def furnish(index, email):
            body = {"capacity": 1, "skills": sorted({category(level) for level in self.log.levels[email]})}
            self.need(self.ask(index, "MAD", "PATCH", f"/api/v1/users/{http_path(email)}", self.admin, body, "*"),
                      (200,), f"skills of {email}")
            answer = self.ask(index, "MAD", "POST", "/api/v1/tokens", self.admin, {"person": email, "name": TAG})
            self.tokens[email] = self.need(answer, (201,), f"token of {email}")["secret"]

        in_threads(len(self.clients), sorted(self.people), furnish)
        synchronise(self.nodes)

    def password_file(self):
        path = os.path.join(self.nodes["MAD"].directory, "..", "password")
        with open(path, "w", encoding="utf-8") as file:
            file.write("relevo-demo")
        return path

    def ask(self, index, office, method, path, token, body=None, match=None, key=None):
        return self.clients[index].ask(office, method, path, token, body, key=key, match=match)

    # Every act below is one request of one person at their own office.

    def open(self, index, moment, number, country, level, impact):
        office = OFFICE_OF.get(country, "MAD")
        body = {
            "subject": f"Incident {number}", "description": "It came in as the log says, five weeks later.",
            "requester": f"office-{country.lower()}@volvo-it.example", "site": country, "category": category(level),
            "impact": impact, "tags": [TAG],
        }
        answer = self.need(
            self.ask(index, office, "POST", "/api/v1/tickets", self.admin, body, key=f"{TAG}-{number}"), (201,),
            f"incident {number}")
        with self.lock:
            self.work_of[answer["id"]] = max(60.0, self.log.work[number])
            self.opened += 1
            self.latest = max(self.latest, self.clock.now() - moment)

    def available(self, index, moment, email, is_there):
        path = f"/api/v1/users/{http_path(email)}"
        self.need(self.ask(index, self.office(email), "PATCH", path, self.tokens[email], {"available": is_there}, "*"),
                  (200,), f"{email} says so")

    def accept(self, index, moment, ticket, email):
        status, _ = self.ask(index, self.office(email), "POST", f"/api/v1/tickets/{ticket}/accept", self.tokens[email])
        with self.lock:
            if status == 200:
                self.accepted += 1
                self.served.add(ticket)
                done = self.clock.now() + self.work_of.get(ticket, 1200.0)
                heapq.heappush(self.finishing, (done, next(COUNTER), "close", (ticket, email)))
            else:
                # It has gone to somebody else meanwhile; should it come back, it is looked at again.
                self.seen.discard((ticket, email))

    def close(self, index, moment, ticket, email):
        body = {"resolution": "Done."}
        status, _ = self.ask(
            index, self.office(email), "POST", f"/api/v1/tickets/{ticket}/close", self.tokens[email], body)
        with self.lock:
            self.closed += status == 200

    # --- Playing

    def play(self, patience):
        plan = [(at, next(COUNTER), "open", (number, country, level, impact))
                for at, number, country, level, impact in
                ((at + WEEKS_LATER, *rest) for at, *rest in self.arrivals)]
        for email, found in self.people.items():
            for first, last in found:
                plan.append((first, next(COUNTER), "available", (email, True)))
                plan.append((last, next(COUNTER), "available", (email, False)))
        heapq.heapify(plan)
        threads = [threading.Thread(target=self.serve, args=(index,), daemon=True) for index in range(len(self.clients))]
        threads += [threading.Thread(target=self.look, args=(site,), daemon=True) for site in OFFICES]
        for thread in threads:
            thread.start()
        shown = time.monotonic()
        while self.failure is None:
            now = self.clock.now()
            with self.lock:
                while self.finishing and self.finishing[0][0] <= now:
                    at, _, act, arguments = heapq.heappop(self.finishing)
                    self.jobs.put((at, act, arguments))
                is_done = not plan and not self.finishing and self.jobs.empty()
                left = len(self.arrivals) - len(self.served)
            while plan and plan[0][0] <= now:
                at, _, act, arguments = heapq.heappop(plan)
                self.jobs.put((at, act, arguments))
            if now > self.end and (is_done and left == 0 or now > self.end + patience):
                return left
            if time.monotonic() - shown > 10:
                shown = time.monotonic()
                say(f"  {datetime.datetime.fromtimestamp(now, datetime.timezone.utc):%a %d %b %H:%M}  "
                    f"opened {self.opened:,} of {len(self.arrivals):,}, taken {self.accepted:,}, closed {self.closed:,}")
            time.sleep(0.01)
        raise self.failure

    def serve(self, index):
        while self.failure is None:
            moment, act, arguments = self.jobs.get()
            try:
                getattr(self, act)(index, moment, *arguments)
            except Exception as error:  # Told by play().
                self.failure = error

    def look(self, site):
        """What the people of an office see on their lists: everything that was given to them and not begun."""
        client = Client(self.nodes)
        path = f"/api/v1/tickets?q=tag:{TAG}%20is:assigned&limit=200"
        try:
            while self.failure is None:
                status, page = client.ask(site, "GET", path, self.admin)
                for ticket in page["items"] if status == 200 else []:
                    email = (ticket["assignee"] or {}).get("email")
                    if email not in self.tokens or self.office(email) != site:
                        continue
                    with self.lock:
                        is_new = (ticket["id"], email) not in self.seen
                        self.seen.add((ticket["id"], email))
                    if is_new:
                        self.jobs.put((self.clock.now(), "accept", (ticket["id"], email)))
                time.sleep(0.04)
        except Exception as error:  # Told by play().
            self.failure = error


COUNTER = itertools.count()


def category(level):
    return level.lower().replace("/", "-")


# --- Comparing ---------------------------------------------------------------------------------------------------------


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def reports(week, history):
    """The two reports of each kind of wait, as the node gives them."""
    found = {}
    for basis in ("acceptance", "queued"):
        for name, (begin, end) in {"before": history, "after": (week.begin, week.end)}.items():
            path = f"/api/v1/reports/equal-service?basis={basis}&from={moment(begin)}&to={moment(end)}"
            found[basis, name] = week.need(week.ask(0, "MAD", "GET", path, week.admin), (200,), f"report {name}")
    return found


def wait(seconds):
    if seconds is None:
        return "?"
    if seconds < 60:
        return "under 1 min"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60:02d}"


def print_table(found, basis):
    before, after = ({line["site"] or "remote": line for line in found[basis, name]["sites"]} for name in ("before", "after"))
    title = {"acceptance": "Working time until a person took it", "queued": "Working time in which nobody had it"}[basis]
    print(f"\n{title}\n{'':8}{'before':>33}{'':4}{'after':>33}")
    print(f"{'SITE':8}{'N':>7}{'HALF WITHIN':>13}{'NINE OF TEN':>13}{'':4}{'N':>7}{'HALF WITHIN':>13}{'NINE OF TEN':>13}")
    for site in sorted(set(before) | set(after), key=lambda site: -before.get(site, {}).get("count", 0)):
        line = f"{site:8}"
        for part in (before, after):
            figures = part.get(site, {})
            line += f"{figures.get('count', 0):>7,}{wait(figures.get('median_seconds')):>13}{wait(figures.get('p90_seconds')):>13}{'':4}"
        print(line.rstrip())
    jain = " → ".join(str(found[basis, name]["jain"]) for name in ("before", "after"))
    print(f"Jain's index {jain}")


# --- The whole ---------------------------------------------------------------------------------------------------------


def arguments():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(
        prog="scripts/before-and-after", formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__,
        epilog="It takes about days × 24 h ÷ speed, and three minutes more: 25 min as it is. Exit code 0 when somebody "
               "took every incident, 1 otherwise.")
    default = os.environ.get("RELEVO_INCIDENTS") or os.path.join(
        os.path.dirname(root), "shared", "data", "volvo-it-incidents.csv.gz")
    parser.add_argument("--file", default=default, help="the log, CSV or gzipped (default: $RELEVO_INCIDENTS)")
    parser.add_argument("--relevo", default=os.path.join(root, ".build", "release", "relevo"),
                        help="the program to run (default: the release build, made first)")
    parser.add_argument("--first-day", default="2012-05-02", help="the first of the days that come again (default 2012-05-02)")
    parser.add_argument("--days", type=int, default=3, help="how many days, 1 to 20 (default 3)")
    parser.add_argument("--speed", type=int, default=200, help="how fast the clocks run, 1 to 1000 (default 200)")
    parser.add_argument("--threads", type=int, default=12, help="people who act at the same moment (default 12)")
    parser.add_argument("--show", type=int, default=0, metavar="MINUTES",
                        help="keep Madrid running for so long afterwards, with its pages (default 0)")
    parser.add_argument("--json", metavar="FILE", help="write the four reports to this file too")
    parser.add_argument("--keep", metavar="DIRECTORY", help="keep the nodes' data and logs in this new directory")
    options = parser.parse_args()
    if not 1 <= options.days <= 20 or not 1 <= options.speed <= 1000 or not 1 <= options.threads <= 64:
        parser.error("--days is 1 to 20, --speed 1 to 1000, --threads 1 to 64")
    if not 0 <= options.show <= 24 * 60:
        parser.error("--show is 0 to 1440 minutes")
    return options


class FastClock:
    """The clock on the wall of everything that is started from here on: it begins at a moment and runs fast.

    This program's own clock stays as it is.
    """

    def __init__(self, start, speed, directory):
        self.start, self.speed = start, speed
        library = os.path.join(directory, "fast_clock.so")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fast_clock.c")
        compiler = shutil.which("cc") or shutil.which("clang")
        if compiler is None:
            raise Failure("There is no C compiler (cc or clang) to build the fast clock with.")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl", "-lpthread"], check=True)
        self.since = time.time_ns()
        # What is started from here inherits it; this program's own libraries are loaded already.
        os.environ.update(
            LD_PRELOAD=library, FAST_CLOCK_FROM=str(self.since), FAST_CLOCK_START=str(start * 10**9),
            FAST_CLOCK_SPEED=str(speed))

    def now(self):
        """Seconds since 1970 on the fast clock."""
        return self.start + (time.time_ns() - self.since) * self.speed / 1e9


def main():
    options = arguments()
    if not os.path.isfile(options.file):
        say(f"The incident log is not at {options.file}. Name it with --file, or RELEVO_INCIDENTS; it is published as "
            "doi:10.4121/uuid:500573e6-accc-4b0c-9576-aa5468b10cee.")
        return 2
    if options.keep:
        os.makedirs(options.keep, exist_ok=False)
    directory = os.path.abspath(options.keep) if options.keep else tempfile.mkdtemp(prefix="relevo-before-after-")
    nodes = {}
    try:
        begin = calendar.timegm(time.strptime(options.first_day, "%Y-%m-%d"))
        clock = FastClock(begin + WEEKS_LATER - SETUP_SECONDS * options.speed, options.speed, directory)
        return compare(options, directory, nodes, begin, clock)
    except Failure as failure:
        say(f"before-and-after: {failure}")
        return 1
    finally:
        for node in nodes.values():
            node.stop()
        if not options.keep:
            shutil.rmtree(directory, ignore_errors=True)


def compare(options, directory, nodes, begin, clock):
    log = Log(options.file)
    say(f"{len(log.incidents):,} incidents. Starting three nodes in {directory}, whose clocks run {options.speed} × as fast …")
    found_cluster(directory, os.path.abspath(options.relevo), nodes)
    say("Importing the history …")
    import_history(log, nodes, directory)
    week = Week(log, nodes, clock, begin, begin + options.days * 86400, options.threads)
    say(f"{len(week.people):,} people and {len(week.arrivals):,} incidents of {options.days} days; setting them up …")
    week.set_up()
    if clock.now() > week.begin:
        raise Failure("setting up took until after the first day had begun; choose a lower --speed")
    say(f"Ready {(week.begin - clock.now()) / options.speed:.0f} s before the first day. From "
        f"{moment(week.begin)} to {moment(week.end)} …")
    left = week.play(patience=6 * 3600)
    synchronise(nodes)
    opened = [min(row.at for row in rows) for rows in log.incidents.values()]
    end = max(opened) // 86400 * 86400 + 86400
    # As the page has it: a report spans two years at most.
    found = reports(week, (max(min(opened) // 86400 * 86400, end - 732 * 86400), end))
    for basis in ("acceptance", "queued"):
        print_table(found, basis)
    print(f"\nopened {week.opened:,}, taken {week.accepted:,}, closed {week.closed:,}; requests were up to "
          f"{week.latest:,.0f} s of the fast clock late")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({f"{basis}_{name}": report for (basis, name), report in found.items()}, file, indent=2)
            file.write("\n")
    if options.show:
        node = nodes["MAD"]
        say(f"For {options.show} minutes: http://127.0.0.1:{node.port}/reports/equal-service?basis=acceptance"
            f"&from={moment(week.begin)[:10]}&to={moment(week.end - 1)[:10]}&compare=history   "
            "(lead@relevo.example, relevo-demo)")
        deadline = time.monotonic() + 60 * options.show
        while time.monotonic() < deadline:
            time.sleep(1)
    return 0 if left == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
