"""The whole program beside curl, over the loopback. One command, from anywhere:

    python3 tests/bench/whole.py

It needs Python 3.9 or later, a Rust toolchain, curl and bash; it builds the program and the server (`server.rs`)
itself. It prints a Markdown table: the median wall time of each way to do a piece of work, its ratio to the first
`curl` of that piece, and the largest resident memory of a process.

    --runs N        runs of each way that count, 7 if not said; they take turns, after one that does not count
    --cell NAME     only this piece of work (repeatable); NAME:SIZE for another size, such as chain:1000
    --program FILE  another binary than the one of this repository

| cell | work | size |
| --- | --- | --- |
| cold | one GET | |
| chain | steps that each send what the one before has brought | steps |
| fan | requests that each take 50 ms, all at once | requests |
| upload | a file as a part of a multipart body | MiB |
| value | one value out of a JSON answer | MB |
| playbooks | playbooks of three linked steps in one call, several of them at the same time | playbooks |
| check | nothing is sent: a playbook is read and checked, in block style and as JSON | steps |

What is compared is not always the same work, and then it favours curl: `curl, one process` sends requests that were
written before and links nothing, and `curl` throws the large answer away and takes no value out of it. Whether the
requests were really made is looked up at the server.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Starts a command and prints its seconds, its status and its peak memory in kilobytes. Linux counts what the starting
# process holds as the started one's, so it is a small process of its own; `Bench.floor` is what even that one holds.
LAUNCHER = """
import os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
told = (os.POSIX_SPAWN_OPEN, 2, sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
start = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=[*quiet, told])
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="callsheet-bench-") as folder:
        bench = Bench(pathlib.Path(folder), arguments)
        try:
            rows = [row for cell in arguments.cell for row in bench.measure(*cell)]
        finally:
            bench.stop()
    print_table(rows, bench.floor)


def read_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage="whole.py [options]"
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--cell", action="append", type=read_cell)
    parser.add_argument("--program", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.cell = arguments.cell or list(SIZES.items())
    return arguments


def read_cell(text):
    name, _, size = text.partition(":")
    if name not in SIZES:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(SIZES)}, found {name}")
    return name, int(size or SIZES[name])


class Bench:
    """The server, the program, and a folder for what is written."""

    def __init__(self, folder, arguments):
        self.folder = folder
        self.runs = arguments.runs
        executables = build(arguments.program is None)
        self.program = str(arguments.program.resolve() if arguments.program else executables["callsheet"])
        command = [executables["server"], "--serve"]
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.base = f"http://127.0.0.1:{self.server.stdout.readline().strip()}"
        self.launcher = folder / "launcher.py"
        self.launcher.write_text(LAUNCHER)
        self.floor = self.run(["true"])[1]

    def stop(self):
        self.server.stdin.close()
        self.server.wait()

    def measure(self, cell, size):
        """The rows of one piece of work."""
        ways, expected = CELLS[cell](self, size)
        results = {way: [] for way in ways}
        for turn in range(self.runs + 1):
            for way in rotated(list(ways), turn):
                self.fetch("/reset")
                result = self.run(ways[way])
                self.verify(cell, way, expected)
                if turn > 0:
                    results[way].append(result)
                print(f"{cell}: {way}: {result[0] * 1000:.1f} ms", file=sys.stderr)
        title = f"{cell} {size}" if size else cell
        return [(title, way, *summary(runs)) for way, runs in results.items()]

    def run(self, command):
        """Seconds and kilobytes of a command that has to succeed."""
        told = self.folder / "told"
        launch = [sys.executable, "-I", "-S", str(self.launcher), str(told), *command]
        done = subprocess.run(launch, cwd=self.folder, capture_output=True, text=True, check=True)
        taken, status, memory = done.stdout.split()
        if status != "0":
            sys.exit(f"{' '.join(command)[:200]}\nended with {status}:\n{told.read_text()[-2000:]}")
        return float(taken), int(memory)

    def verify(self, cell, way, expected):
        stats = self.fetch("/stats")
        # A chain that is written before it runs cannot be linked, and says so in its name.
        wanted = {name: least for name, least in expected.items() if name != "linked" or "unlinked" not in way}
        wrong = {name: stats[name] for name, least in wanted.items() if stats[name] < least}
        if wrong or stats["requests"] != expected["requests"]:
            sys.exit(f"{cell}: {way}: expected {expected}, the server counted {stats}")

    def fetch(self, path):
        with urllib.request.urlopen(self.base + path) as answer:
            return json.load(answer)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def playbook(self, name, steps):
        # JSON is YAML.
        playbook = {"playbook": "bench", "defaults": {"base_url": self.base}, "steps": steps}
        return self.write(name, json.dumps(playbook, indent=1))

    def curl_config(self, name, requests):
        """A file that makes one process of curl send all requests."""
        blocks = ["\n".join([f'url = "{self.base}{path}"', "fail", "silent", 'output = "/dev/null"', *options])
                  for path, *options in requests]
        return self.write(name, "\nnext\n".join(blocks) + "\n")


def build(with_program):
    """The executables, by name."""
    command = ["cargo", "build", "--release", "--message-format=json", "--bench", "server"]
    command += ["--bin", "callsheet"] if with_program else []
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}


# Each piece of work: the commands by the name of the way, and what the server has to have counted afterwards.


def cold(bench, _):
    playbook = bench.playbook("cold.yaml", {"ping": step("/ping", method="get")})
    ways = {
        "curl": ["curl", "--silent", "--fail", "--output", "/dev/null", f"{bench.base}/ping"],
        "callsheet": [bench.program, "run", playbook],
    }
    return ways, {"requests": 1}


def chain(bench, size):
    playbook = bench.playbook("chain.yaml", chain_steps(size))
    script = bench.write("chain.sh", curl_chain(bench.base, size))
    requests = [("/token", 'data = "{}"')] + [
        ("/echo", f'data = "{{\\"previous\\":\\"id-1\\",\\"number\\":{number}}}"') for number in range(1, size)
    ]
    config = bench.curl_config("chain.curl", requests)
    ways = {
        "curl, a process each": ["bash", script],
        "curl, one process, unlinked": ["curl", "--config", config],
        "callsheet": [bench.program, "run", playbook],
    }
    return ways, {"requests": size, "linked": size - 1}


def fan(bench, size):
    playbook = bench.playbook("fan.yaml", {f"s{number}": step("/slow?ms=50", {}) for number in range(size)})
    config = bench.curl_config("fan.curl", [("/slow?ms=50", 'data = "{}"')] * size)
    parallel = ["--parallel", "--parallel-immediate", "--parallel-max", str(size), "--no-progress-meter"]
    ways = {
        "curl, one process": ["curl", *parallel, "--config", config],
        "callsheet": [bench.program, "run", "--jobs", str(size), playbook],
    }
    return ways, {"requests": size, "most_in_flight": size // 4}


def upload(bench, size):
    payload = bench.folder / "payload"
    block = bytes(range(256)) * 4096
    with payload.open("wb") as file:
        for _ in range(size):
            file.write(block)
    sent = {"post": "/upload", "multipart": [{"name": "file", "file": payload.name}], "timeout": "5m",
            "expect": ["status == 200", f"body.bytes > {payload.stat().st_size}"]}
    playbook = bench.playbook("upload.yaml", {"upload": sent})
    curl = ["curl", "--silent", "--fail", "--output", "/dev/null", "--form", "file=@payload"]
    ways = {
        "curl": [*curl, f"{bench.base}/upload"],
        "callsheet": [bench.program, "run", playbook],
    }
    return ways, {"requests": 1, "uploaded": payload.stat().st_size}


def value(bench, size):
    taken = step(f"/big?mb={size}", method="get", capture={"name": "$[1000].name"}, timeout="5m",
                 expect=["status == 200", "name == 'object number 1000'"])
    playbook = bench.playbook("value.yaml", {"big": taken})
    bench.fetch(f"/big?mb={size}")  # the server makes it once
    ways = {
        "curl, nothing taken": ["curl", "--silent", "--fail", "--output", "/dev/null", f"{bench.base}/big?mb={size}"],
        "callsheet": [bench.program, "run", playbook],
    }
    return ways, {"requests": 1}


def playbooks(bench, size):
    names = [bench.playbook(f"playbook-{number}.yaml", chain_steps(3)) for number in range(size)]
    script = bench.write("playbooks.sh", curl_chain(bench.base, 3) * size)
    ways = {
        "curl, a process each": ["bash", script],
        "callsheet": [bench.program, "run", *names],
    }
    return ways, {"requests": size * 3, "linked": size * 2}


def check(bench, size):
    bench.write("block.yaml", block_style(size))
    bench.write("json.yaml", json.dumps(checked_playbook(size), indent=1))
    ways = {f"callsheet, {style}": [bench.program, "check", f"{style}.yaml"] for style in ("block", "json")}
    return ways, {"requests": 0}


CELLS = {function.__name__: function for function in (cold, chain, fan, upload, value, playbooks, check)}
SIZES = {"cold": 0, "chain": 200, "fan": 200, "upload": 256, "value": 100, "playbooks": 100, "check": 100_000}


def step(path, body=None, method="post", **keys):
    body = {} if body is None else {"json": body}
    return {method: path, **body, "expect": ["status == 200"], **keys}


def chain_steps(size):
    steps = {"s0": step("/token", {}, capture={"c0": "$.access_token"})}
    for number in range(1, size):
        body = {"previous": f"{{{{ c{number - 1} }}}}", "number": number}
        steps[f"s{number}"] = step("/echo", body, capture={f"c{number}": "$.id"})
    return steps


def curl_chain(base, size):
    """The same chain as a script that starts curl for each request and cuts the value out of the answer."""
    lines = [
        f"answer=$(curl --silent --fail --data '{{}}' {base}/token) || exit 1",
        '[[ $answer =~ \\"access_token\\":\\"([^\\"]*)\\" ]] || exit 1',
    ]
    for number in range(1, size):
        body = f'{{\\"previous\\":\\"${{BASH_REMATCH[1]}}\\",\\"number\\":{number}}}'
        lines += [
            f'answer=$(curl --silent --fail --data "{body}" {base}/echo) || exit 1',
            '[[ $answer =~ \\"id\\":\\"([^\\"]*)\\" ]] || exit 1',
        ]
    return "\n".join(lines) + "\n"


def checked_playbook(size):
    def checked(number):
        body = {"kind": "generated", "number": number}
        if number > 0:
            body["previous"] = f"{{{{ c{number - 1} }}}}"
        return {"post": f"/items/{number}", "json": body, "capture": {f"c{number}": "$.items[0].id"},
                "expect": ["status == 200", f"body.number == {number}"]}

    steps = {f"s{number}": checked(number) for number in range(size)}
    return {"playbook": "large", "defaults": {"base_url": "http://127.0.0.1"}, "steps": steps}


def block_style(size):
    """The same playbook as a person would write it."""
    lines = ["playbook: large", "defaults:", "  base_url: http://127.0.0.1", "steps:"]
    for name, checked in checked_playbook(size)["steps"].items():
        lines += [f"  {name}:", f"    post: {checked['post']}", "    json:"]
        lines += [f"      {key}: {json.dumps(member)}" for key, member in checked["json"].items()]
        lines += ["    capture:"] + [f"      {key}: {path}" for key, path in checked["capture"].items()]
        lines += ["    expect:"] + [f"      - {expectation}" for expectation in checked["expect"]]
    return "\n".join(lines) + "\n"


def rotated(ways, turn):
    return ways[turn % len(ways):] + ways[:turn % len(ways)]


def summary(runs):
    """Median seconds, and the largest memory in kilobytes."""
    return statistics.median(seconds for seconds, _ in runs), max(memory for _, memory in runs)


def print_table(rows, floor):
    print("| work | way | median | to curl | peak memory |\n| --- | --- | ---: | ---: | ---: |")
    first = {}
    for title, way, seconds, memory in rows:
        if way.startswith("curl"):
            first.setdefault(title, seconds)
        ratio = f"{seconds / first[title]:.2f}" if title in first else ""
        resolved = f"{memory / 1024:.1f} MiB" if memory > floor * 1.05 else f"under {floor * 1.05 / 1024:.0f} MiB"
        print(f"| {title} | {way} | {seconds * 1000:.1f} ms | {ratio} | {resolved} |")


if __name__ == "__main__":
    main()
