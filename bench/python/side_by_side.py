"""Inlay and PyTorch on the same work in turn, A B A B; see bench/side_by_side."""

import argparse
import json
import math
import re
import statistics
import sys
import tempfile
from pathlib import Path

from workers import inlay, name_of, peer

TURN_SECONDS = 0.5
MOST_RUNS_PER_TURN = 20


def arguments():
    parser = argparse.ArgumentParser(prog="bench/side_by_side", description=__doc__)
    parser.add_argument("--only", type=re.compile, default=re.compile(""), metavar="REGEX", help="cases in whose name this is found")
    parser.add_argument("--alternations", type=int, default=7, metavar="N", help="turns of each, 7 unless given")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads of one operation in both; 0: one per physical core")
    parser.add_argument("--memory", action="store_true", help="peak memory of fresh processes instead of time")
    parser.add_argument("--losses", type=int, default=0, metavar="STEPS", help="compare the losses of so many steps instead of time")
    parser.add_argument("--json", metavar="FILE", help="everything that was measured")
    parser.add_argument("--markdown", metavar="FILE", help="the table")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    return parser.parse_args()


def median(values):
    return statistics.median_low(values)


def turns(inlays, peers, alternations):
    """The median seconds, and processor seconds, of each one's turns."""
    workers = {"inlay": inlays, **peers}
    runs = {}
    for name, worker in workers.items():
        worker.ask(op="RUN", times=1)
        once = worker.ask(op="RUN", times=1)["seconds"][0]
        runs[name] = max(1, min(MOST_RUNS_PER_TURN, math.ceil(TURN_SECONDS / once)))
    measured = {name: {"seconds": [], "processorSeconds": []} for name in workers}
    for _ in range(alternations):
        for name, worker in workers.items():
            answer = worker.ask(op="RUN", times=runs[name])
            for key, values in measured[name].items():
                values.append(median(answer[key]))
    return measured


def times(case, options, inlays, peers):
    for name in ["inlay"] + list(peers):
        worker = inlays if name == "inlay" else peers[name]
        request = {"op": "OPEN", "work": case["work"], "plan": case["plan"]}
        case["opened"][name] = worker.ask(**request, variant=None if name == "inlay" else name)
    case["measured"] = turns(inlays, peers, options.alternations)
    ours = case["measured"]["inlay"]
    case["ratios"] = {
        name: {key: [b / a if a else math.nan for a, b in zip(ours[key], case["measured"][name][key])] for key in ours} for name in peers
    }


def memory(case, options, peers):
    for name in ["inlay"] + peers:
        with inlay(options.threads) if name == "inlay" else peer(options.threads) as worker:
            request = {"op": "OPEN", "work": case["work"], "plan": case["plan"]}
            case["opened"][name] = worker.ask(**request, variant=None if name == "inlay" else name)
            case["measured"][name] = worker.ask(op="MEMORY", times=2)["memory"]


def losses(case, options, inlays, peers):
    case["opened"]["inlay"] = inlays.ask(op="OPEN", work=case["work"], plan=case["plan"])
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "start.safetensors")
        inlays.ask(op="SAVE", file=file)
        case["measured"]["inlay"] = inlays.ask(op="RUN", times=options.losses)["results"]
        for name, worker in peers.items():
            if name == "peft-fused":
                continue  # another function
            request = {"op": "OPEN", "work": case["work"], "plan": case["plan"], "variant": name}
            case["opened"][name] = worker.ask(**request, file=file)
            case["measured"][name] = worker.ask(op="RUN", times=options.losses)["results"]


def time_rows(case):
    ours = case["measured"]["inlay"]
    for name, ratio in case["ratios"].items():
        theirs, wall, processor = case["measured"][name], ratio["seconds"], ratio["processorSeconds"]
        yield [
            name_of(case["work"]),
            name,
            f"{median(ours['seconds']):.4f}",
            f"{median(theirs['seconds']):.4f}",
            f"{statistics.median(wall):.2f}",
            f"{min(wall):.2f} to {max(wall):.2f}",
            f"{statistics.median(processor):.2f}",
        ]


def memory_rows(case):
    ours = case["measured"]["inlay"]
    for name, theirs in case["measured"].items():
        if name != "inlay":
            yield [
                name_of(case["work"]),
                name,
                f"{ours['heldBytes'] / 1e6:.0f}",
                f"{ours['peakBytes'] / 1e6:.0f}",
                f"{theirs['heldBytes'] / 1e6:.0f}",
                f"{theirs['peakBytes'] / 1e6:.0f}",
                f"{theirs['peakBytes'] / ours['peakBytes']:.2f}",
            ]


def loss_rows(case):
    ours = case["measured"]["inlay"]
    for name, theirs in case["measured"].items():
        if name != "inlay":
            apart = max(abs(a - b) / abs(b) for a, b in zip(ours, theirs))
            yield [name_of(case["work"]), name, f"{ours[0]:.6f}", f"{ours[-1]:.6f}", f"{theirs[-1]:.6f}", f"{apart:.1e}"]


TABLES = {
    "time": (["case", "peer", "Inlay, s", "peer, s", "peer ÷ Inlay", "least to most", "of processor time"], time_rows),
    "memory": (["case", "peer", "Inlay held, MB", "Inlay peak, MB", "peer held, MB", "peer peak, MB", "peer ÷ Inlay, peaks"], memory_rows),
    "losses": (["case", "peer", "first loss", "Inlay, last", "peer, last", "largest relative difference"], loss_rows),
}


def show(row, widths):
    print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)), flush=True)


def main():
    options = arguments()
    what = "losses" if options.losses else "memory" if options.memory else "time"
    head, rows = TABLES[what]
    with inlay(options.threads) as inlays:
        facts = {"inlay": inlays.ask(op="FACTS")}
        options.threads = int(facts["inlay"]["threads"])
        cases = [work for work in inlays.ask(op="SUITE") if options.only.search(name_of(work)) and not work["recompute"]]
        if what == "time":
            cases = [work for work in cases if work["timed"]]
        if what == "losses":
            # the head of several layers drops at random
            cases = [work for work in cases if work["stage"] == "step" and work["method"] != "mlp-3"]
        if options.list or not cases:
            print("\n".join(map(name_of, cases)) or f"no case is called {options.only.pattern}")
            return 0 if cases else 2
        return compare(options, what, cases, inlays, facts, head, rows)


def compare(options, what, works, inlays, facts, head, rows):
    workers = []

    def peers(names):
        while len(workers) < len(names):
            workers.append(peer(options.threads))
        return dict(zip(names, workers))

    widths = [max([len(title)] + [len(name_of(work)) for work in works] * (i == 0) + [12] * (i == 1)) for i, title in enumerate(head)]
    cases, table, failed = [], [], 0
    try:
        facts["peer"] = peers(["any"])["any"].ask(op="FACTS")
        if what == "time":
            rates = {"inlay": inlays.ask(op="RATE", seconds=1)["matrixRate"], "peer": workers[0].ask(op="RATE", seconds=1)["matrixRate"]}
            print(f"{options.threads} threads; matrix products at {rates['inlay'] / 1e9:.0f} (Inlay), {rates['peer'] / 1e9:.0f} (peer) GFLOP/s")
            facts["matrixRate"] = rates
        show(head, widths)
        for work in works:
            names = workers[0].ask(op="VARIANTS", work=work)["variants"]
            if not names:
                print(f"{name_of(work)}: the peer has no such method", flush=True)
                continue
            case = {"work": work, "plan": inlays.ask(op="PLAN", work=work).get("plan"), "opened": {}, "measured": {}}
            try:
                if what == "time":
                    times(case, options, inlays, peers(names))
                elif what == "memory":
                    memory(case, options, names)
                else:
                    losses(case, options, inlays, peers(names))
                require_same_work(case)
            except RuntimeError as e:
                print(f"{name_of(work)}: failed: {e}", flush=True)
                failed += 1
                continue
            case.pop("plan")
            cases.append(case)
            for row in rows(case):
                table.append(row)
                show(row, widths)
    finally:
        for worker in workers:
            worker.__exit__()
    write(options, what, facts, cases, head, table)
    return 1 if failed else 0


def require_same_work(case):
    trained = {name: opened["trainable"] for name, opened in case["opened"].items()}
    if len(set(trained.values())) > 1:
        raise RuntimeError(f"not the same work: trained are {trained}")


def write(options, what, facts, cases, head, table):
    if options.json:
        report = {"what": what, "threads": options.threads, "machine": facts, "cases": cases}
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    if options.markdown:
        lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 2)] + table
        Path(options.markdown).write_text("".join("| " + " | ".join(line) + " |\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
