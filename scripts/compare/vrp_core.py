"""Plans the relaxation of a technician instance by vrp-core, through its command-line program."""

import json
import math
import subprocess
from datetime import datetime, timedelta, timezone

# It counts whole seconds; ways are rounded up, as ours are.
SCALE = 1000
EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)


def instant(time):
    return (EPOCH + timedelta(seconds=time * SCALE)).strftime("%Y-%m-%dT%H:%M:%SZ")


def problem(nodes, crew):
    """Skills, homes, windows and durations; what costs is each tour's time from home to home."""
    jobs, vehicles = [], []
    for nth, node in nodes.items():
        place = {"location": {"index": nth - 1}}
        early, late = instant(node["early"]), instant(node["late"])
        if nth > crew:
            visit = {**place, "duration": node["service"] * SCALE, "times": [[early, late]]}
            job = {"id": str(nth), "services": [{"places": [visit]}]}
            if node["skills"]:
                job["skills"] = {"allOf": [str(skill) for skill in sorted(node["skills"])]}
            jobs.append(job)
        elif nth:
            shift = {"start": {"earliest": early, "latest": late, **place}, "end": {"latest": late, **place}}
            vehicle = {
                "typeId": f"t{nth}",
                "vehicleIds": [str(nth)],
                "profile": {"matrix": "m"},
                "costs": {"fixed": 0, "distance": 0, "time": 1},
                "shifts": [shift],
                "capacity": [1],
                "skills": [str(skill) for skill in sorted(node["skills"])] or None,
            }
            vehicles.append(vehicle)
    fleet = {"vehicles": vehicles, "profiles": [{"name": "m"}]}
    objectives = [{"type": "minimize-unassigned"}, {"type": "minimize-cost"}]
    return {"plan": {"jobs": jobs}, "fleet": fleet, "objectives": objectives}


def matrix(nodes):
    way = lambda a, b: math.ceil(math.hypot(a["x"] - b["x"], a["y"] - b["y"]) * SCALE)
    places = sorted(nth for nth in nodes if nth)
    ways = [way(nodes[a], nodes[b]) for a in places for b in places]
    return {"profile": "m", "travelTimes": ways, "distances": ways}


def plan(nodes, crew, program, folder, seconds):
    """The routes by technician, or nothing if something stays undone."""
    files = {name: folder / f"vrp-core.{name}.json" for name in ("problem", "matrix", "solution")}
    files["problem"].write_text(json.dumps(problem(nodes, crew)))
    files["matrix"].write_text(json.dumps(matrix(nodes)))
    command = [program, "solve", "pragmatic", files["problem"], "-m", files["matrix"], "-o", files["solution"]]
    subprocess.run([*command, "-t", str(math.ceil(seconds)), "--parallelism", "1,1"], check=True, capture_output=True)
    solution = json.loads(files["solution"].read_text())
    if solution.get("unassigned"):
        return None
    jobs = lambda tour: [int(a["jobId"]) for stop in tour["stops"] for a in stop["activities"] if a["type"] == "service"]
    return {int(tour["vehicleId"]): jobs(tour) for tour in solution["tours"]}
