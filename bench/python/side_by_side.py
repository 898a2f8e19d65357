"""Inlay, PyTorch and ONNX Runtime on the same work in turn, A B A B; see bench/side_by_side."""

import argparse
import json
import math
import re
import statistics
import sys
import tempfile
from pathlib import Path

from workers import inlay, peer

TURN_SECONDS = 0.5
MOST_RUNS_PER_TURN = 20
RATE_SECONDS = 0.5
TRIED_RUNS = 3
# A peer that takes so many times the fastest one's seconds when it is tried takes no turns.
FAR_BEHIND = 1.5
# Nor is it compiled.
HOPELESS = 2.5


def arguments():
    parser = argparse.ArgumentParser(prog="bench/side_by_side", description=__doc__)
    parser.add_argument("--only", type=re.compile, default=re.compile(""), metavar="REGEX", help="cases in whose name this is found")
    parser.add_argument("--precision", metavar="PRECISION", help="cases in float32 or bf16; both where the CPU has products in bf16")
    parser.add_argument("--peers", type=re.compile, default=re.compile(""), metavar="REGEX", help="peers in whose name this is found")
    parser.add_argument("--alternations", type=int, default=7, metavar="N", help="turns of each, 7 unless given")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads of one operation in all; 0: one per physical core")
    parser.add_argument("--memory", action="store_true", help="peak memory of fresh processes instead of time")
    parser.add_argument("--losses", type=int, default=0, metavar="STEPS", help="compare the losses of so many steps instead of time")
    parser.add_argument("--json", metavar="FILE", help="everything that was measured, of every peer")
    parser.add_argument("--markdown", metavar="FILE", help="the table")
    parser.add_argument("--list", action="store_true", help="print the names of the cases and of their peers")
    return parser.parse_args()


def median(values):
    return statistics.median_low(values)


class Peers:
    """Processes of PyTorch, one for each peer of a case; those of the case before are used again."""

    def __init__(self, threads):
        self.threads = threads
        self.idle = []
        self.busy = {}

    def take(self, name):
        self.busy[name] = self.idle.pop() if self.idle else peer(self.threads)
        return self.busy[name]

    def release(self, name):
        worker = self.busy.pop(name)
        try:
            worker.ask(op="CLOSE")
            self.idle.append(worker)
        except (RuntimeError, OSError):
            worker.__exit__()

    def ask(self, **request):
        answer = self.take("").ask(**request)
        self.release("")
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.idle + list(self.busy.values()):
            worker.__exit__()


def opening(case, name=None, **more):
    return {"op": "OPEN", "work": case["work"], "plan": case["plan"], "peer": name, **more}


def left_out(case, name, error):
    case["leftOut"][name] = str(error)
    print(f"{case['work']['name']}: {name}: {str(error).splitlines()[0]}", flush=True)


def warm(worker):
    """Runs what is open until it is warm; the least seconds of a run."""
    return min(worker.ask(op="RUN", times=TRIED_RUNS)["seconds"])


def turns(workers, warmed, alternations):
    """The median seconds, and processor seconds, of each one's turns, A B A B."""
    runs = {name: max(1, min(MOST_RUNS_PER_TURN, math.ceil(TURN_SECONDS / warmed[name]))) for name in workers}
    measured = {name: {"seconds": [], "processorSeconds": []} for name in workers}
    for _ in range(alternations):
        for name, worker in workers.items():
            answer = worker.ask(op="RUN", times=runs[name])
            for key, values in measured[name].items():
                values.append(median(answer[key]))
    return measured


def times(case, options, inlays, pool):
    """Every peer is tried; those that are not far behind the fastest take turns with Inlay."""
    case["opened"]["inlay"] = inlays.ask(**opening(case))
    warmed = {"inlay": warm(inlays)}
    for name in case["peers"]:
        if is_hopeless(name, warmed):
            continue
        worker = pool.take(name)
        try:
            opened = worker.ask(**opening(case, name))
            require_same_work(case["opened"]["inlay"], opened)
            warmed[name] = warm(worker)
            case["opened"][name] = opened
        except (RuntimeError, OSError) as e:
            left_out(case, name, e)
            pool.release(name)
        for behind in far_behind({name: warmed[name] for name in pool.busy}):
            pool.release(behind)
    case["tried"] = warmed
    case["measured"] = turns({"inlay": inlays, **pool.busy}, warmed, options.alternations)
    ours = case["measured"]["inlay"]
    case["ratios"] = {
        name: {key: [b / a if a else math.nan for a, b in zip(ours[key], case["measured"][name][key])] for key in ours}
        for name in pool.busy
    }
    case["fastest"] = fastest(case["measured"])
    case["rate"] = case["opened"]["inlay"]["flops"] / median(ours["seconds"])
    for name in list(pool.busy):
        pool.release(name)


def is_hopeless(name, tried):
    """Whether a compiled peer is so slow without a compiler that none will make it the fastest."""
    seconds = [value for other, value in tried.items() if other != "inlay"]
    plain = name.removesuffix(" compiled")
    return plain != name and plain in tried and tried[plain] > HOPELESS * min(seconds)


def far_behind(seconds):
    return [name for name, value in seconds.items() if value > FAR_BEHIND * min(seconds.values())]


def fastest(measured):
    """The peer whose median turn is the shortest; None if there is none."""
    return min((name for name in measured if name != "inlay"), key=lambda name: median(measured[name]["seconds"]), default=None)


def memory(case, options, inlays, pool):
    for name in ["inlay"] + case["peers"]:
        try:
            with inlay(options.threads) if name == "inlay" else peer(options.threads) as worker:
                opened = worker.ask(**opening(case, None if name == "inlay" else name))
                require_same_work(case["opened"].get("inlay", opened), opened)
                case["measured"][name] = worker.ask(op="MEMORY", times=2)["memory"]
                case["opened"][name] = opened
        except (RuntimeError, OSError) as e:
            if name == "inlay":
                raise
            left_out(case, name, e)


def losses(case, options, inlays, pool):
    case["opened"]["inlay"] = inlays.ask(**opening(case))
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "start.safetensors")
        inlays.ask(op="SAVE", file=file)
        case["measured"]["inlay"] = inlays.ask(op="RUN", times=options.losses)["results"]
        for name in case["peers"]:
            worker = pool.take(name)
            try:
                opened = worker.ask(**opening(case, name, file=file))
                require_same_work(case["opened"]["inlay"], opened)
                case["measured"][name] = worker.ask(op="RUN", times=options.losses)["results"]
                case["opened"][name] = opened
            except (RuntimeError, OSError) as e:
                left_out(case, name, e)
            pool.release(name)


def time_rows(case, rates):
    ours = case["measured"]["inlay"]
    name = case["fastest"]
    row = [case["work"]["name"], f"{median(ours['seconds']):.4f}"]
    if name is None:
        row += ["none", "", "", "", ""]
    else:
        theirs, ratio = case["measured"][name], case["ratios"][name]
        wall, processor = ratio["seconds"], ratio["processorSeconds"]
        row += [
            name,
            f"{median(theirs['seconds']):.4f}",
            f"{statistics.median(wall):.2f}",
            f"{min(wall):.2f} to {max(wall):.2f}",
            f"{statistics.median(processor):.2f}",
        ]
    yield row + [f"{100 * share(case, rates):.0f} %" if case["rate"] else "", reasons(case)]


def share(case, rates):
    """Of the best rate of products in the case's precision, at least as fast as any case's own."""
    return case["rate"] / rates[case["work"]["precision"]]


def reasons(case):
    """Which peers are missing."""
    absent = {error for error in case["leftOut"].values() if error.endswith(" is not installed")}
    failed = [f"{name} failed" for name, error in case["leftOut"].items() if error not in absent]
    return "; ".join(sorted(absent) + failed)


def memory_rows(case, rates):
    ours = case["measured"]["inlay"]
    for name, theirs in case["measured"].items():
        if name != "inlay":
            yield [
                case["work"]["name"],
                name,
                f"{ours['heldBytes'] / 1e6:.0f}",
                f"{ours['peakBytes'] / 1e6:.0f}",
                f"{theirs['heldBytes'] / 1e6:.0f}",
                f"{theirs['peakBytes'] / 1e6:.0f}",
                f"{theirs['peakBytes'] / ours['peakBytes']:.2f}",
            ]


def loss_rows(case, rates):
    ours = case["measured"]["inlay"]
    for name, theirs in case["measured"].items():
        if name != "inlay":
            apart = max(abs(a - b) / abs(b) for a, b in zip(ours, theirs))
            yield [case["work"]["name"], name, f"{ours[0]:.6f}", f"{ours[-1]:.6f}", f"{theirs[-1]:.6f}", f"{apart:.1e}"]


TABLES = {
    "time": (
        ["case", "Inlay, s", "fastest peer", "peer, s", "peer ÷ Inlay", "least to most", "of processor time", "products", "not measured"],
        times,
        time_rows,
    ),
    "memory": (
        ["case", "peer", "Inlay held, MB", "Inlay peak, MB", "peer held, MB", "peer peak, MB", "peer ÷ Inlay, peaks"],
        memory,
        memory_rows,
    ),
    "losses": (["case", "peer", "first loss", "Inlay, last", "peer, last", "largest relative difference"], losses, loss_rows),
}


def show(row, widths):
    print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), flush=True)


def main():
    options = arguments()
    what = "losses" if options.losses else "memory" if options.memory else "time"
    with inlay(options.threads) as inlays, Peers(options.threads) as pool:
        facts = {"inlay": inlays.ask(op="FACTS")}
        pool.threads = options.threads = int(facts["inlay"]["threads"])
        precisions = options.precision.split(",") if options.precision else facts["inlay"]["precisions"].split(",")
        works = [work for work in inlays.ask(op="SUITE") if is_wanted(work, what, options.only, precisions)]
        if not works:
            print(f"no case is called {options.only.pattern} in {' or '.join(precisions)}")
            return 2
        facts["peer"] = pool.ask(op="FACTS")
        cases = [
            {
                "work": work,
                "peers": [name for name in pool.ask(op="PEERS", work=work)["peers"] if takes_part(name, work, what, options.peers)],
                "opened": {},
                "measured": {},
                "leftOut": {},
            }
            for work in works
        ]
        if options.list:
            for case in cases:
                print(f"{case['work']['name']}: {', '.join(case['peers']) or 'no peer'}")
            return 0
        return compare(options, what, cases, inlays, pool, facts)


def is_wanted(work, what, only, precisions):
    if not only.search(work["name"]) or work["recompute"] or work["precision"] not in precisions:
        return False
    if what == "losses":
        # the head of several layers drops at random
        return work["stage"] == "step" and work["method"] != "mlp-3"
    return what == "memory" or work["timed"]


def takes_part(name, work, what, only):
    way, precision, *how = name.split()
    if what == "losses":
        return only.search(name) and precision == work["precision"] and not how and way != "peft-fused"  # another function
    if what == "memory":
        return only.search(name) and precision == work["precision"]
    return only.search(name)


def compare(options, what, cases, inlays, pool, facts):
    head, measure, rows = TABLES[what]
    rates = facts["matrixRates"] = {}
    if what == "time":
        measure_rates(rates, cases, inlays, pool)
        print(f"{options.threads} threads; matrix products at {in_words(rates)}")
    longest = {"case": [case["work"]["name"] for case in cases], "peer": [name for case in cases for name in case["peers"]]}
    longest["fastest peer"] = longest["peer"]
    widths = [max(len(text) for text in [title] + longest.get(title, [])) for title in head]
    show(head, widths)
    done = []
    for case in cases:
        name = case["work"]["name"]
        if not case["peers"]:
            print(f"{name}: no peer has such a method", flush=True)
            continue
        case["plan"] = inlays.ask(op="PLAN", work=case["work"]).get("plan")
        try:
            measure(case, options, inlays, pool)
        except RuntimeError as e:
            print(f"{name}: failed: {e}", flush=True)
            for busy in list(pool.busy):
                pool.release(busy)
            continue
        case.pop("plan")
        done.append(case)
        if what == "time":
            rates[case["work"]["precision"]] = max(rates[case["work"]["precision"]], case["rate"])
        for row in rows(case, rates):
            show(row, widths)
    if what == "time":
        measure_rates(rates, cases, inlays, pool)
        print(f"matrix products at {in_words(rates)}; shares in files are of that")
    write(options, what, facts, done, head, [row for case in done for row in rows(case, rates)])
    return 0 if len(done) == sum(bool(case["peers"]) for case in cases) else 1


def measure_rates(rates, cases, inlays, pool):
    """Raises the best rate of products in each precision to what Inlay's libraries and PyTorch's do now."""
    precisions = sorted({case["work"]["precision"] for case in cases})
    for rated in (inlays.ask, pool.ask):
        answer = rated(op="RATE", seconds=RATE_SECONDS, precisions=precisions)
        for precision in precisions:
            rates[precision] = max(rates.get(precision, 0), answer[precision])


def in_words(rates):
    return ", ".join(f"{rate / 1e9:.0f} GFLOP/s in {precision}" for precision, rate in rates.items())


def require_same_work(ours, theirs):
    if ours["trainable"] != theirs["trainable"]:
        raise RuntimeError(f"not the same work: {ours['trainable']} numbers are trained, not {theirs['trainable']}")


def write(options, what, facts, cases, head, table):
    if options.json:
        report = {"what": what, "threads": options.threads, "machine": facts, "cases": cases}
        Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    if options.markdown:
        left = [title in ("case", "peer", "fastest peer", "not measured") for title in head]
        lines = [head, ["---" if is_left else "---:" for is_left in left]] + table
        Path(options.markdown).write_text("".join("| " + " | ".join(line) + " |\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
