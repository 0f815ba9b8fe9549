"""Random projects as Microsoft Project XML: calendars with holidays, every kind of link with lags
and leads, constraints, deadlines, progress. The same seed gives the same project."""

import random
from datetime import date, datetime, timedelta
from xml.sax.saxutils import escape

KINDS = {"FF": 0, "FS": 1, "SF": 2, "SS": 3}
MINUTES, ELAPSED, PERCENT = 3, 4, 19

# Hours of a day, as pairs of minutes since midnight.
DAY = [(480, 720), (780, 1020)]
SHORT = [(480, 720)]
LONG = [(360, 600), (630, 840), (870, 1140)]
NIGHT = [(60, 360), (1230, 1410)]
WHOLE = [(0, 1440)]


def clock(minute):
    minute %= 1440
    return f"{minute // 60:02}:{minute % 60:02}:00"


def moment(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def span(minutes):
    return f"PT{minutes // 60}H{minutes % 60}M0S"


class Calendar:
    """A week from Sunday on, and exceptions: (first day, last day, hours)."""

    def __init__(self, uid, name, week, base=None):
        self.uid, self.name, self.week, self.base = uid, name, week, base
        self.exceptions = []

    def hours(self, day):
        for first, last, hours in reversed(self.exceptions):
            if first <= day <= last:
                return hours
        own = self.week[(day.weekday() + 1) % 7]
        if own is None:
            return self.base.hours(day)
        return own

    def somewhere(self, rng, day):
        """A minute at which work is done, on this day or the next that has any."""
        for _ in range(60):
            hours = self.hours(day)
            if hours:
                first, last = rng.choice(hours)
                minute = rng.randrange(first, last, 30)
                return datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
            day += timedelta(days=1)
        raise ValueError("a calendar without working time")


def calendars(rng, start):
    week = lambda hours, days: [hours if day in days else [] for day in range(7)]
    made = [Calendar(1, "Standard", week(DAY, range(1, 6)))]
    if rng.random() < 0.6:
        made.append(Calendar(2, "Six jours", week(DAY, range(1, 6)) [:6] + [SHORT]))
    if rng.random() < 0.4:
        made.append(Calendar(3, "Longues journées", week(LONG, range(1, 5))))
    if rng.random() < 0.25:
        made.append(Calendar(4, "Nuit", week(NIGHT, range(0, 7))))
    if rng.random() < 0.25:
        made.append(Calendar(5, "Continu", week(WHOLE, range(0, 7))))
    for calendar in made:
        for _ in range(rng.randrange(0, 7)):
            first = start.date() + timedelta(days=rng.randrange(-10, 150))
            last = first + timedelta(days=rng.choice([0, 0, 0, 1, 4, 13]))
            if any(a <= last and first <= b for a, b, _ in calendar.exceptions):
                continue
            hours = rng.choice([[], [], [], SHORT, DAY])
            calendar.exceptions.append((first, last, hours))
    return made


def network(seed, only=None):
    """The project of this seed: a dictionary, see `xml` for what stands in it. `only` names the
    traits it may have, to find out which of them makes a difference."""
    rng = random.Random(seed)
    start = datetime(2026, 1, 5, 8) + timedelta(weeks=rng.randrange(0, 40))
    cals = calendars(rng, start)
    traits = {
        "leads": rng.random() < 0.5,
        "kinds": rng.random() < 0.8,
        "constraints": rng.random() < 0.5,
        "alap": rng.random() < 0.15,
        "elapsed": rng.random() < 0.3,
        "percent": rng.random() < 0.25,
        "progress": rng.random() < 0.25,
        "summaries": rng.random() < 0.5,
        "calendars": rng.random() < 0.7,
        "deadlines": rng.random() < 0.3,
        "milestones": rng.random() < 0.5,
        "inactive": rng.random() < 0.1,
    }
    if only is not None:
        traits = {name: given and name in only for name, given in traits.items()}
    count = rng.randrange(5, 60)
    tasks = []
    for place in range(count):
        task = {
            "uid": place + 1,
            "name": f"Tâche {place + 1}",
            "level": 1,
            "minutes": 30 * rng.randrange(1, 120),
            "format": MINUTES,
            "calendar": None,
            "constraint": (0, None),
            "deadline": None,
            "links": [],
            "summary": False,
            "progress": None,
            "active": True,
        }
        if traits["milestones"] and rng.random() < 0.12:
            task["minutes"] = 0
        elif traits["elapsed"] and rng.random() < 0.1:
            task["format"], task["minutes"] = ELAPSED, 60 * rng.randrange(1, 200)
        if traits["calendars"] and len(cals) > 1 and rng.random() < 0.4:
            task["calendar"] = rng.choice(cals)
        tasks.append(task)
    if traits["summaries"]:
        outline(rng, tasks)
    link(rng, tasks, traits)
    if traits["inactive"]:
        for task in tasks:
            task["active"] = task["summary"] or rng.random() > 0.06
    work = [t for t in tasks if not t["summary"] and t["active"]]
    for task in work:
        calendar = task["calendar"] or cals[0]
        if traits["constraints"] and rng.random() < 0.12:
            code = rng.choice([2, 3, 4, 4, 4, 5, 6, 6, 7])
            day = start.date() + timedelta(days=rng.randrange(0, 120))
            task["constraint"] = (code, calendar.somewhere(rng, day))
        elif traits["alap"] and rng.random() < 0.1:
            task["constraint"] = (1, None)
        if traits["deadlines"] and rng.random() < 0.15:
            day = start.date() + timedelta(days=rng.randrange(20, 160))
            task["deadline"] = calendar.somewhere(rng, day)
    if traits["progress"]:
        progress(rng, work, cals, start)
    return {"name": f"Réseau {seed}", "start": start, "calendars": cals, "tasks": tasks, "traits": traits}


def outline(rng, tasks):
    """Makes some tasks summaries of those that follow."""
    place = 0
    while place < len(tasks) - 3:
        if rng.random() < 0.2:
            length = rng.randrange(2, min(8, len(tasks) - place))
            tasks[place]["summary"] = True
            tasks[place]["format"] = MINUTES
            tasks[place]["calendar"] = None
            for inner in tasks[place + 1 : place + 1 + length]:
                inner["level"] = 2
            place += length
        place += 1


def link(rng, tasks, traits):
    """Links from earlier tasks to later ones, so that there is no circle."""
    leaves = [t for t in tasks if not t["summary"]]
    for place, task in enumerate(leaves):
        if place == 0:
            continue
        before = leaves[max(0, place - 12) : place]
        for other in rng.sample(before, min(len(before), rng.choice([0, 1, 1, 1, 2, 2, 3]))):
            kind = rng.choice(["FS", "FS", "FS", "SS", "FF", "SF"]) if traits["kinds"] else "FS"
            lag, form = 0, MINUTES
            chance = rng.random()
            if traits["percent"] and chance < 0.15 and other["format"] == MINUTES:
                lag, form = rng.choice([20, 50, 100, -50]), PERCENT
            elif traits["elapsed"] and chance < 0.25:
                lag, form = 10 * 60 * rng.randrange(1, 100), ELAPSED
            elif chance < 0.5:
                lag = 10 * 30 * rng.randrange(1, 60)
                if traits["leads"] and rng.random() < 0.5:
                    lag = -lag
            if not traits["leads"]:
                lag = abs(lag)
            task["links"].append((other["uid"], kind, lag, form))


def progress(rng, work, cals, start):
    """Some of the first tasks are done, some begun."""
    for task in work[: rng.randrange(1, 1 + max(1, len(work) // 3))]:
        if task["format"] != MINUTES or task["constraint"][0]:
            continue
        calendar = task["calendar"] or cals[0]
        began = calendar.somewhere(rng, start.date() + timedelta(days=rng.randrange(0, 30)))
        if task["minutes"] == 0 or rng.random() < 0.5:
            days = 0 if task["minutes"] == 0 else rng.randrange(1, 12)
            ended = began if task["minutes"] == 0 else calendar.somewhere(rng, began.date() + timedelta(days=days))
            task["progress"] = (began, ended, task["minutes"])
        else:
            task["progress"] = (began, None, task["minutes"] * rng.randrange(0, 10) // 10 // 30 * 30)


def xml(project):
    """The project as a file's text."""
    out = []
    add = out.append
    leaf = lambda name, value: add(f"<{name}>{value}</{name}>")
    add('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>')
    add('<Project xmlns="http://schemas.microsoft.com/project">')
    leaf("SaveVersion", 14)
    leaf("Title", escape(project["name"]))
    leaf("ScheduleFromStart", 1)
    leaf("StartDate", moment(project["start"]))
    leaf("CalendarUID", 1)
    leaf("DefaultStartTime", "08:00:00")
    leaf("DefaultFinishTime", "17:00:00")
    leaf("MinutesPerDay", 480)
    leaf("MinutesPerWeek", 2400)
    leaf("DaysPerMonth", 20)
    add("<Calendars>")
    for calendar in project["calendars"]:
        add("<Calendar>")
        leaf("UID", calendar.uid)
        leaf("Name", escape(calendar.name))
        leaf("IsBaseCalendar", 1)
        leaf("BaseCalendarUID", -1)
        add("<WeekDays>")
        for day, hours in enumerate(calendar.week):
            add("<WeekDay>")
            leaf("DayType", day + 1)
            worked(leaf, add, hours)
            add("</WeekDay>")
        add("</WeekDays>")
        if calendar.exceptions:
            add("<Exceptions>")
            for number, (first, last, hours) in enumerate(calendar.exceptions):
                add("<Exception><EnteredByOccurrences>0</EnteredByOccurrences><TimePeriod>")
                leaf("FromDate", f"{first}T00:00:00")
                leaf("ToDate", f"{last}T23:59:00")
                add("</TimePeriod>")
                leaf("Occurrences", (last - first).days + 1)
                leaf("Name", f"Exception {number + 1}")
                leaf("Type", 1)
                worked(leaf, add, hours)
                add("</Exception>")
            add("</Exceptions>")
        add("</Calendar>")
    add("</Calendars><Tasks>")
    for place, task in enumerate(project["tasks"]):
        one_task(leaf, add, place, task)
    add("</Tasks><Resources/><Assignments/></Project>")
    return "\n".join(out) + "\n"


def worked(leaf, add, hours):
    leaf("DayWorking", int(bool(hours)))
    if hours:
        add("<WorkingTimes>")
        for first, last in hours:
            add("<WorkingTime>")
            leaf("FromTime", clock(first))
            leaf("ToTime", clock(last))
            add("</WorkingTime>")
        add("</WorkingTimes>")


def one_task(leaf, add, place, task):
    began, ended, done = task["progress"] or (None, None, 0)
    minutes = task["minutes"]
    add("<Task>")
    leaf("UID", task["uid"])
    leaf("ID", place + 1)
    leaf("Name", escape(task["name"]))
    leaf("Active", int(task["active"]))
    leaf("Manual", 0)
    leaf("Type", 1)
    leaf("IsNull", 0)
    leaf("OutlineLevel", task["level"])
    leaf("Priority", 500)
    leaf("Duration", span(minutes))
    leaf("DurationFormat", task["format"])
    leaf("Milestone", int(minutes == 0 and not task["summary"]))
    leaf("Summary", int(task["summary"]))
    leaf("PercentComplete", 100 if ended else done * 100 // max(1, minutes))
    if began:
        leaf("ActualStart", moment(began))
    if ended:
        leaf("ActualFinish", moment(ended))
    leaf("ActualDuration", span(done))
    leaf("RemainingDuration", span(minutes - done))
    code, at = task["constraint"]
    leaf("ConstraintType", code)
    leaf("CalendarUID", task["calendar"].uid if task["calendar"] else -1)
    if at:
        leaf("ConstraintDate", moment(at))
    if task["deadline"]:
        leaf("Deadline", moment(task["deadline"]))
    for uid, kind, lag, form in task["links"]:
        add("<PredecessorLink>")
        leaf("PredecessorUID", uid)
        leaf("Type", KINDS[kind])
        leaf("CrossProject", 0)
        leaf("LinkLag", lag)
        leaf("LagFormat", form)
        add("</PredecessorLink>")
    add("</Task>")
