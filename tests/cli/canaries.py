"""Prints canaries in every form in which programs repeat a secret, and says what these forms are.

    canaries.py emit SEED   all forms, mixed with other text, in random pieces to both streams
    canaries.py needles     all forms, as a list in JSON
    canaries.py arguments   fails if any process has one among its arguments
"""

import base64
import glob
import json
import os
import random
import shlex
import subprocess
import sys
from urllib.parse import quote, quote_plus

NAMES = ["alpha", "longer", "lines", "short"]


def secrets():
    return [os.environ[name] for name in NAMES if name in os.environ]


def core(secret, before):
    """The characters of Base64 that depend on nothing but the secret."""
    data = b"x" * before + secret.encode()
    return base64.b64encode(data).decode()[-(-8 * before // 6) : len(data) * 8 // 6]


def forms(secret):
    yield secret
    for before in range(3):
        yield core(secret, before)
        yield core(secret, before).replace("+", "-").replace("/", "_")
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")[1:-1]
    quoted = shlex.quote(secret)
    yield quoted[1:-1] if quoted.startswith("'") else quoted
    yield secret.replace("'", "'\\''")
    bash = subprocess.run(["bash", "-c", 'printf %q "$it"'], env={"it": secret, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, capture_output=True)
    bash = bash.stdout.decode()
    yield bash[2:-1] if bash.startswith("$'") else bash


def needles():
    """What is too short to be told from other text isn't looked for."""
    return sorted({form for secret in secrets() for form in forms(secret) if len(form) >= 4 and "***" not in form})


def emit(seed):
    choose = random.Random(seed)
    pieces = []
    for secret in secrets():
        for form in forms(secret):
            pieces.append(form)
        for before in range(3):
            pieces.append(base64.b64encode(b"user:"[:before] + secret.encode() + b"!").decode())
        pieces.append(secret * 3)
        pieces.append(secret[:-1])
        pieces.append(secret[:3] + secret)
    choose.shuffle(pieces)
    between = ["\n", " ", "", "x", "\n\n", "é", "=", '"', "::error::"]
    text = "".join(piece + choose.choice(between) for piece in pieces).encode()
    while text:
        length = choose.choice([1, 1, 2, 3, 5, 8, 13, 100, 1000])
        os.write(choose.choice([1, 1, 2]) if length > 13 else 1, text[:length])
        text = text[length:]
    print("\nthe end of it")


def arguments():
    looked_at = 0
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            line = open(path, "rb").read()
        except OSError:
            continue
        looked_at += 1
        for needle in needles():
            if needle.encode() in line and not line.startswith(b"bash\0-c"):
                sys.exit(f"{needle!r} in {line!r}")
    if looked_at < 3:
        sys.exit("no processes are seen")


if sys.argv[1] == "emit":
    emit(int(sys.argv[2]))
elif sys.argv[1] == "needles":
    json.dump(needles(), sys.stdout)
else:
    arguments()
