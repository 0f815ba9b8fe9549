"""Schedules the same random projects by FieldOps360 and by MPXJ, and compares task by task."""

import argparse
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import jpype
import mpxj  # noqa: F401  puts its classes on Java's path

import networks
from conventions import Conventions

FIELDS = ["early_start", "early_finish", "late_start", "late_finish", "total_float_min", "free_float_min", "critical"]


def main():
    args = arguments()
    folder = Path(args.folder)
    inputs, ours = folder / "networks", folder / "ours"
    for each in (inputs, ours):
        each.mkdir(parents=True, exist_ok=True)
        for old in each.glob("*"):
            old.unlink()
    seeds = range(args.seed, args.seed + args.count)
    projects = {seed: networks.network(seed, args.only) for seed in seeds}
    for seed, project in projects.items():
        (inputs / f"{seed}.xml").write_text(networks.xml(project), encoding="utf-8")
    ran = subprocess.run([args.fieldops, "schedule", str(inputs), "--out", str(ours)])
    if ran.returncode:
        sys.exit(f"fieldops schedule ended with {ran.returncode}")
    other = Other()
    same, explained, tasks, kinds, examples = 0, 0, 0, Counter(), {}
    for seed, project in projects.items():
        theirs = other.schedule(inputs / f"{seed}.xml")
        mine = {t["id"]: t for t in json.loads((ours / f"{seed}.json").read_text())["tasks"]}
        tasks += len(theirs)
        if all(mine.get(uid, {}).get(f) == t[f] for uid, t in theirs.items() for f in FIELDS):
            same += 1
            if args.golden:
                golden(Path(args.golden), seed, project, theirs)
            continue
        found = list(differences(project, mine, theirs))
        explained += all(kind.startswith("convention") for kind, _ in found)
        for kind, detail in found:
            kinds[kind] += 1
            examples.setdefault(kind, []).append((seed, detail))
    print(f"{tasks} tasks of {len(projects)} networks compared with MPXJ:")
    print(f"  {same} networks equal, {explained} equal but for conventions, {len(projects) - same - explained} different")
    for kind, number in kinds.most_common():
        print(f"  {number:6} {kind}")
        for seed, detail in examples[kind][: args.examples]:
            print(f"           network {seed}: {detail}")
    sys.exit(0 if same + explained == len(projects) else 1)


def golden(folder, seed, project, theirs):
    """Keeps a network on which both agree, with MPXJ's dates, for the tests of libs/interchange."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{seed}.xml").write_text(networks.xml(project), encoding="utf-8")
    lines = [json.dumps(task, sort_keys=True) for task in theirs.values()]
    (folder / f"{seed}.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/compare-schedule", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many networks (default 1000)")
    parser.add_argument("--seed", type=int, default=1, help="the first one's seed (default 1)")
    parser.add_argument("--examples", type=int, default=3, help="examples shown of each difference")
    parser.add_argument("--only", nargs="*", help="only these traits of networks: leads, kinds, …")
    parser.add_argument("--golden", help="keep the networks that are equal, with MPXJ's dates, in this folder")
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--fieldops", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


class Other:
    """MPXJ's scheduler in the manner of Microsoft Project."""

    def __init__(self):
        jpype.startJVM("-Xmx512m")
        package = jpype.JPackage("org").mpxj
        self.make = package.cpm.MicrosoftScheduler
        self.reader = package.reader.UniversalProjectReader()
        self.minutes = package.TimeUnit.MINUTES

    def schedule(self, path):
        file = self.reader.read(str(path))
        start = file.getProjectProperties().getStartDate()
        self.make().schedule(file, start)
        found = {}
        for task in file.getTasks():
            if task.getUniqueID() is None or int(task.getUniqueID()) == 0 or not task.getActive():
                continue
            calendar = task.getEffectiveCalendar()
            length = lambda d: None if d is None else round(float(d.convertUnits(self.minutes, calendar).getDuration()))
            when = lambda at: None if at is None else datetime.fromisoformat(str(at)).isoformat()
            found[int(task.getUniqueID())] = {
                "id": int(task.getUniqueID()),
                "early_start": when(task.getEarlyStart()),
                "early_finish": when(task.getEarlyFinish()),
                "late_start": when(task.getLateStart()),
                "late_finish": when(task.getLateFinish()),
                "total_float_min": length(task.getTotalSlack()),
                "free_float_min": length(task.getFreeSlack()),
                "critical": bool(task.getCritical()),
            }
        return found


def differences(project, mine, theirs):
    """What differs, as a kind and the numbers; not what only follows from another difference."""
    tasks = {t["uid"]: t for t in project["tasks"]}
    conventions = Conventions(project, mine)
    before = {uid: [link[0] for link in t["links"]] for uid, t in tasks.items()}
    after = {uid: [] for uid in tasks}
    for uid, links in before.items():
        for other in links:
            after[other].append(uid)
    parent = None
    for uid, task in tasks.items():
        if task["summary"]:
            parent = uid
        elif task["level"] > 1:
            for around in (before, after):
                around[parent].append(uid)
    equal = lambda uid, *fields: uid not in theirs or all(mine[uid][f] == theirs[uid][f] for f in fields)
    finish = lambda dates: max(t["late_finish"] for t in dates.values())
    for uid, other in theirs.items():
        own = mine.get(uid)
        if own is None:
            yield "task without dates", f"task {uid}"
            continue
        # What follows a task that goes as late as possible follows its late dates.
        early = all(equal(b, *FIELDS[: 4 if tasks[b]["constraint"][0] == 1 else 2]) for b in before[uid])
        late = finish(mine) == finish(theirs) and all(equal(a, "late_start", "late_finish") for a in after[uid])
        dates = equal(uid, *FIELDS[:4])
        around = dates and all(equal(a, *FIELDS[:4]) for a in after[uid])
        first = {"early_start": early, "early_finish": early, "late_start": late, "late_finish": late}
        first |= {"total_float_min": dates, "free_float_min": around, "critical": dates}
        for field in FIELDS:
            if own[field] != other[field] and first[field]:
                why = conventions.explain(uid, field, own[field], other[field])
                kind = f"convention: {why}" if why else f"{field}{about(tasks[uid])}"
                yield kind, f"task {uid} {field}: {own[field]}, MPXJ {other[field]}"


def about(task):
    """What is special about a task, for sorting differences."""
    words = []
    if task["summary"]:
        words.append("summary")
    if task["progress"]:
        words.append("finished" if task["progress"][1] else "begun")
    if task["constraint"][0]:
        words.append(f"constraint {task['constraint'][0]}")
    if task["minutes"] == 0:
        words.append("milestone")
    if task["format"] == networks.ELAPSED:
        words.append("elapsed")
    return f" ({', '.join(words)})" if words else ""


if __name__ == "__main__":
    main()
