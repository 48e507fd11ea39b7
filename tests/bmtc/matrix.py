"""Writes the result of the whole matrix as a page: one row for every step, one column for every way."""

import collections
import os
import platform
import statistics
import sys
import time

STEPS = ["fetch", "stop-service", "take-backup", "dependencies-back", "checkout", "dependencies", "migrate", "start-service", "smoke-post"]
WAYS = {
    "wrong exit": "wrong exit",
    "wrong answer": "wrong answer",
    "over budget": "over budget",
    "killed": "own process killed",
    "engine": "engine killed",
    "supervisor": "supervisor killed",
    "both": "both killed",
    "back: inverse": "back: its own process killed",
    "back: engine": "back: engine killed",
    "back: supervisor": "back: supervisor killed",
    "back: both": "back: both killed",
}


def way_of(words):
    """The way in which a case went wrong, from the words behind its step."""
    if words.startswith("service killed"):
        return "killed"
    return next((way for way in WAYS if words.startswith(way)), None)


def read(tally):
    """The last end of every case, with the commit it ran at; and how long all of it took."""
    cases, commit, began, seconds, last = {}, None, None, 0, None
    with open(tally, encoding="utf-8") as lines:
        for line in lines:
            parts = line.rstrip("\n").split("\t")
            if parts[0] == "#":
                seconds += last - began if last else 0
                commit, began, last = parts[1], int(parts[2]), None
            else:
                name, code, took, ended = parts
                cases[name] = (code, int(took), commit)
                last = int(ended)
    return cases, seconds + (last - began if last else 0)


def main(tally, seed, status):
    cases, seconds = read(tally)
    failed = [name for name, (code, _, _) in cases.items() if code == "failed"]
    cells, ends, others = collections.Counter(), collections.Counter(), 0
    for name, (code, _, _) in cases.items():
        if code == "failed":
            continue
        step, _, words = name.partition("/")
        ends["released" if code == "0" else "as before"] += 1
        if step in STEPS and way_of(words):
            cells[step, way_of(words)] += 1
        else:
            others += 1
    print("# The BMTC release in every way it can go wrong\n")
    print("The result of `tests/bmtc/full`, which writes this page. Each number counts cases that ended as they must:")
    print("released, or with everything as before by the oracle outside the product (`tests/fixtures/bmtc/oracle`),")
    print("the inverses in exact reverse order, nothing run twice, no process left, the first cause named. Of the crashes")
    print("half are resumed and half rolled back; what only a person may settle is rolled back then.\n")
    print("| step | " + " | ".join(WAYS.values()) + " |")
    print("|---|" + "---:|" * len(WAYS))
    for step in STEPS:
        print(f"| {step} | " + " | ".join(str(cells[step, way]) for way in WAYS) + " |")
    print()
    print(f"- {sum(cells.values()) + others} cases passed, {others} of them beside the table: the release itself, a check that")
    print("  refuses it, and inverses that fail and go on.")
    print(f"- {ends['as before']} ended with everything as before or refused, {ends['released']} released.")
    if status == "0":
        print("- It ran to its end, and every test passed.")
    elif status == "stopped":
        print("- **It was stopped before its end.**")
    print(f"- Failed: {len(failed) if failed else 'none'}.")
    for name in failed:
        print(f"  - {name}")
    commits = collections.Counter(commit for _, _, commit in cases.values())
    shown = ", ".join(f"{commit} ({count} cases)" for commit, count in commits.items()) if len(commits) > 1 else "".join(commits)
    took = statistics.median(took for _, took, _ in cases.values()) / 1000 if cases else 0
    print(f"- {time.strftime('%Y-%m-%d', time.gmtime())}, commit {shown}, seed {seed}.")
    print(f"- {seconds // 60} min on {os.cpu_count()} cores that other work was free to use, {platform.system()} {platform.release()};")
    print(f"  a case took {took:.1f} s in the middle.")


if __name__ == "__main__":
    main(*sys.argv[1:])
