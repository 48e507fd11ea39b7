"""Writes the result of the whole matrix as a page: one row for every step, one column for every way."""

import collections
import os
import platform
import subprocess
import sys
import time

STEPS = ["fetch", "stop-service", "take-backup", "checkout", "dependencies", "migrate", "start-service", "smoke-post"]
WAYS = {
    "wrong exit": "wrong exit",
    "wrong answer": "wrong answer",
    "over budget": "over budget",
    "killed": "own process killed",
    "engine": "engine killed",
    "supervisor": "supervisor killed",
    "both": "both killed",
}


def way_of(words):
    """The way in which a case went wrong, from the words behind its step."""
    if words.startswith("service killed"):
        return "killed"
    return next((way for way in WAYS if words.startswith(way)), None)


def main(tally, seed, seconds, status):
    cells, ends, others = collections.Counter(), collections.Counter(), 0
    with open(tally, encoding="utf-8") as lines:
        for line in lines:
            name, _, code = line.rstrip("\n").rpartition("\t")
            step, _, words = name.partition("/")
            ends["released" if code == "0" else "as before"] += 1
            if step in STEPS and way_of(words):
                cells[step, way_of(words)] += 1
            else:
                others += 1
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    minutes = f"{int(seconds) // 60} min {int(seconds) % 60} s"
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
    print(f"- {sum(cells.values()) + others} cases, {others} of them beside the table: the release itself, a check that")
    print("  refuses it, and inverses that fail and go on.")
    print(f"- {ends['as before']} ended with everything as before or refused, {ends['released']} released.")
    print(f"- Every test passed: {'yes' if status == '0' else '**no**'}.")
    print(f"- {time.strftime('%Y-%m-%d', time.gmtime())}, commit {commit}, seed {seed}, {minutes} on")
    print(f"  {os.cpu_count()} cores, {platform.system()} {platform.release()}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
