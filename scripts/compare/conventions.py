"""Where the two engines differ on purpose; docs/interchange.md gives the reasons. A difference is
put down to a convention only where what makes it is there, and ours is checked where it can be."""

from bisect import bisect_right
from datetime import datetime, timedelta

from networks import ELAPSED, PERCENT

# The end of a day and the beginning of the next are the same place in a calendar; a link may be
# held to what is before it, to what is after it, or to the moment that is written.
BOUNDARIES = ("opens", "closes", "written")
FIRST_DAY = datetime(2024, 1, 1)
DAYS = 365 * 6


class Ruler:
    """Minutes of a calendar's working time before a minute of the clock, and back."""

    def __init__(self, calendar):
        self.starts, self.ends, self.before = [], [], []
        done = 0
        for day in range(DAYS):
            date = (FIRST_DAY + timedelta(days=day)).date()
            for first, last in calendar.hours(date):
                self.starts.append(day * 1440 + first)
                self.ends.append(day * 1440 + last)
                self.before.append(done)
                done += last - first

    def count(self, at):
        place = bisect_right(self.starts, at) - 1
        if place < 0:
            return 0
        return self.before[place] + min(at, self.ends[place]) - self.starts[place]

    def closes(self, count):
        """The minute at which so much work is done."""
        place = bisect_right(self.before, count - 1) - 1
        return self.starts[place] + count - self.before[place]

    def opens(self, count):
        """The minute at which the work after that begins."""
        place = bisect_right(self.before, count) - 1
        return self.starts[place] + count - self.before[place]


def minute(text):
    return int((datetime.fromisoformat(text) - FIRST_DAY).total_seconds()) // 60


class Conventions:
    """The conventions that may matter in one project."""

    def __init__(self, project, mine):
        self.mine = mine
        self.tasks = {t["uid"]: t for t in project["tasks"]}
        self.usual = project["calendars"][0]
        self.rulers = {}
        self.out = {uid: [] for uid in self.tasks}
        for task in project["tasks"]:
            for other, kind, lag, form in task["links"]:
                self.out[other].append((task, kind, lag, form))

    def calendar(self, task):
        return task["calendar"] or self.usual

    def ruler(self, task):
        calendar = self.calendar(task)
        if calendar.uid not in self.rulers:
            self.rulers[calendar.uid] = Ruler(calendar)
        return self.rulers[calendar.uid]

    def explain(self, uid, field, own, other):
        """The convention that makes this difference; none where it is a fault."""
        task = self.tasks[uid]
        if task["summary"]:
            return self.summary(uid, field, other)
        if field == "free_float_min":
            return self.free_float(task, own)
        if field == "early_finish" and minute(other) == self.pinned(task):
            ruler = self.ruler(task)
            same = ruler.count(minute(own)) == ruler.count(minute(other))
            return "a finish is written where work ends" if same else None
        if task["format"] == ELAPSED:
            return "elapsed durations run day and night"
        if field.startswith("early"):
            return self.early(task)
        if field.startswith("late"):
            return self.late(task)
        return None

    def pinned(self, task):
        code, at = task["constraint"]
        return minute(at.isoformat()) if code in (3, 6) else None

    def summary(self, uid, field, other):
        inner, inside = [], False
        for task in self.tasks.values():
            if task["uid"] == uid:
                inside = True
            elif inside and task["level"] == 1:
                break
            elif inside and task["active"]:
                inner.append(self.mine[task["uid"]])
        own = self.mine[uid]
        if field == "total_float_min":
            least = min(dates["total_float_min"] for dates in inner)
            matches = own[field] == max(other, min(least, 0))
            return "a summary has no less float than the least of its tasks" if matches else None
        if field == "critical":
            matches = own[field] == (own["total_float_min"] <= 0 and any(dates[field] for dates in inner))
            return "a summary is critical when one of its tasks is" if matches else None
        return None

    def early(self, task):
        for uid, kind, _, form in task["links"]:
            if kind in ("FF", "SF") and form == ELAPSED:
                return "a link to a finish holds for the finish"
            end = "early_finish" if kind == "FF" else "early_start"
            if kind in ("FF", "SF") and self.mine[uid][end].endswith("T00:00:00"):
                return "midnight is no working time of the day before"
        return None

    def late(self, task):
        after = self.out[task["uid"]]
        if task["progress"] and any(kind == "SF" for _, kind, _, _ in after):
            return "a start that has happened bounds nothing"
        for other, kind, lag, form in after:
            if form == ELAPSED and kind in ("FF", "SF"):
                return "a link to a finish holds for the finish"
            if kind == "SS" and other["progress"] and not other["progress"][1]:
                return "a link into what has begun holds for what remains of it"
            if self.mine[other["uid"]]["late_finish"].endswith("T00:00:00"):
                return "midnight is no working time of the day before"
            # The clock is a calendar too: that of elapsed lags, and of tasks of elapsed time.
            apart = self.calendar(other) is not self.calendar(task) or other["format"] == ELAPSED
            if form == ELAPSED or (apart and (kind != "FS" or lag or other["minutes"] == 0)):
                return "late dates across calendars are the latest that keep the link"
        return None

    def free_float(self, task, own):
        """Ours is right where one minute more, and none less, moves a successor's early dates."""
        if task["format"] == ELAPSED:
            return "elapsed durations run day and night"
        after = [link for link in self.out[task["uid"]] if not (link[0]["progress"] or [0, 0])[1]]
        active = [link for link in after if link[0]["active"]]
        if not active:
            return "free float is exact" if own == self.mine[task["uid"]]["total_float_min"] else None
        exact = {min(self.slack(task, form, *link) for link in active) for form in BOUNDARIES}
        return "free float is exact" if own in exact else None

    def tied(self, task, finish):
        """The minute of one of a task's ends: the late one where it goes as late as possible."""
        when = "late" if task["constraint"][0] == 1 else "early"
        return minute(self.mine[task["uid"]][f"{when}_{'finish' if finish else 'start'}"])

    def slack(self, task, boundary, other, kind, lag, form):
        """How many minutes of its own time the task may slip before this link pushes the other."""
        ruler, far = self.ruler(task), self.ruler(other)
        finish = kind[0] == "F"
        at = ruler.count(self.tied(task, finish))
        bound = far.count(self.tied(other, kind[1] == "F"))
        amount = task["minutes"] * lag // 100 if form == PERCENT else lag // 10
        elapsed = form == ELAPSED or (form == PERCENT and task["format"] == ELAPSED)

        def holds(slip):
            opens = boundary == "opens" and not finish
            wall = ruler.opens(at + slip) if opens else ruler.closes(at + slip)
            if elapsed and boundary == "written":
                return wall + amount <= self.tied(other, kind[1] == "F")
            needed = far.count(wall + amount) if elapsed else far.count(wall) + amount
            return needed <= bound

        low, high = -1, 1
        if not holds(0):
            return 0
        while holds(high):
            low, high = high, high * 2
            if high > 1 << 20:
                return high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        return max(low, 0)
