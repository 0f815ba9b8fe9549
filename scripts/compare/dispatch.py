"""Plans technician instances by FieldOps360, PyVRP and vrp-core, and prints the durations side by side."""

import argparse
import csv
import json
import math
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pyvrp
from pyvrp.stop import MaxRuntime

import vrp_core

ROW = re.compile(r"\s*(\d+)\s+(-?\d+)\s+(-?\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+\[(.*?)\]\s+\[(.*?)\]\s+\[(.*?)\]")
CREW = 25
# PyVRP counts in whole numbers; ways are rounded up, as ours are.
SCALE = 1000
# Longer than any day; much more would drown what a plan costs in penalties.
NO_WAY = 10_000_000


def main():
    args = arguments()
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    data = Path(args.data)
    best = {row["instance"]: float(row["duration"]) for row in csv.DictReader(open(data / "best_known.csv"))}
    peers = {
        "PyVRP": lambda nodes: other(nodes, args),
        "vrp-core": lambda nodes: vrp(nodes, args, folder),
    }
    print(f"PyVRP {version('pyvrp')}, vrp-core {args.vrp_version}, {args.seconds} s, seed {args.seed}; "
          f"whole instances on {args.threads} threads, relaxed ones on one")
    columns = "".join(f" {name:>10} {'to ours':>9}" for name in peers)
    print(f"{'instance':<18} {'best known':>10} {'ours':>10} {'gap':>8} | {'relaxed: ours':>13}{columns}")
    gaps, ratios = [], {name: [] for name in peers}
    for file in sorted(data.glob("*.txt")):
        nodes = read(file)
        mine = duration(nodes, ours(args, file, folder, args.threads))
        relaxed_file = folder / (file.stem + ".relaxed.txt")
        relax(file, relaxed_file)
        relaxed = duration(nodes, ours(args, relaxed_file, folder, 1))
        known = best.get(file.stem)
        if known:
            gaps.append(100 * (mine / known - 1))
        gap = f"{gaps[-1]:+.2f} %" if known else "?"
        print(f"{file.stem[:18]:<18} {known or 0:>10.2f} {mine:>10.2f} {gap:>8} | {relaxed:>13.2f}", end="")
        for name, plan in peers.items():
            theirs = plan(nodes)
            if theirs:
                ratios[name].append(100 * (theirs / relaxed - 1))
            print(f" {theirs or 0:>10.2f} {f'{ratios[name][-1]:+.2f} %' if theirs else 'none':>9}", end="")
        print(flush=True)
    mean = lambda values: f"{sum(values) / len(values):+.2f} %" if values else "?"
    against = "; ".join(f"{name} against ours on the relaxation {mean(ratios[name])}" for name in peers)
    print(f"mean gap {mean(gaps)}; {against}")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--fieldops", required=True)
    parser.add_argument("--vrp", required=True)
    parser.add_argument("--vrp-version", required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    default = os.path.join(os.environ["FIELDOPS_DATA"], "trsp") if "FIELDOPS_DATA" in os.environ else None
    parser.add_argument("--data", default=default, required=default is None)
    return parser.parse_args()


def read(path):
    numbers = lambda text: {int(v) for v in text.split(",") if v.strip()}
    nodes = {}
    for line in open(path):
        found = ROW.match(line)
        if found:
            nth, x, y, early, late, service = map(int, found.groups()[:6])
            nodes[nth] = {"x": x, "y": y, "early": early, "late": late, "service": service, "skills": numbers(found[7])}
    return nodes


def relax(source, target):
    """The same instance with no tools and no parts asked for."""
    lines = []
    for line in open(source):
        found = ROW.match(line)
        if found:
            line = "\t".join([*found.groups()[:6], f"[{found[7]}]", "[]", "[]"]) + "\n"
        lines.append(line)
    target.write_text("".join(lines))


def ours(args, file, folder, threads):
    out = folder / (file.stem + ".json")
    command = [args.fieldops, "bench", "trsp", str(file), "--seconds", str(args.seconds), "--seed", str(args.seed)]
    ran = subprocess.run([*command, "--threads", str(threads), "--out", str(out)], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{file.name}: {ran.stdout}{ran.stderr}")
    routes = json.loads(out.read_text())["routes"]
    return {int(technician): route for technician, route in routes.items()}


def distance(a, b):
    return math.hypot(a["x"] - b["x"], a["y"] - b["y"])


def duration(nodes, routes):
    """Sum of the routes' durations, each with the best time of leaving; stops if one is late."""
    total = 0.0
    for technician, route in routes.items():
        home = nodes[technician]
        stops = [nodes[nth] for nth in route] + [home]
        # Least duration, and the earliest and latest time of leaving that give it.
        length, early, late, at = 0.0, home["early"], home["late"], home
        for stop in stops:
            reach = length + distance(at, stop)
            if early + reach > stop["late"] + 1e-6:
                sys.exit(f"technician {technician} is late")
            wait = max(stop["early"] - reach - late, 0.0)
            early = max(stop["early"] - reach, early) - wait
            late = min(stop["late"] - reach, late)
            length = reach + wait + (0 if stop is home else stop["service"])
            at = stop
        total += length
    return total


def other(nodes, args):
    """PyVRP's plan of the relaxation; its duration, or nothing if it found none."""
    model = pyvrp.Model()
    places = {nth: model.add_location(node["x"], node["y"]) for nth, node in nodes.items() if nth}
    for nth, node in nodes.items():
        if nth > CREW:
            window = {"tw_early": node["early"] * SCALE, "tw_late": node["late"] * SCALE}
            model.add_client(places[nth], service_duration=node["service"] * SCALE, **window)
    # One profile for each set of skills: no way leads to what these skills do not cover.
    profiles = {}
    for technician in range(1, CREW + 1):
        node = nodes[technician]
        window = {"tw_early": node["early"] * SCALE, "tw_late": node["late"] * SCALE}
        home = model.add_depot(places[technician], **window)
        skills = frozenset(node["skills"])
        if skills not in profiles:
            profiles[skills] = model.add_profile()
        model.add_vehicle_type(
            start_depot=home, end_depot=home, unit_distance_cost=0, unit_duration_cost=1, profile=profiles[skills], **window
        )
    for skills, profile in profiles.items():
        may = [nth for nth in places if nth <= CREW or nodes[nth]["skills"] <= skills]
        for a in may:
            for b in may:
                if a != b:
                    way = math.ceil(distance(nodes[a], nodes[b]) * SCALE)
                    model.add_edge(places[a], places[b], distance=way, duration=way, profile=profile)
    result = model.solve(MaxRuntime(args.seconds), seed=args.seed, display=False, missing_value=NO_WAY)
    return result.best.duration() / SCALE if result.is_feasible() else None


def vrp(nodes, args, folder):
    """The duration of vrp-core's plan of the relaxation, or nothing if it left something undone."""
    routes = vrp_core.plan(nodes, CREW, args.vrp, folder, args.seconds)
    return duration(nodes, routes) if routes else None


if __name__ == "__main__":
    main()
