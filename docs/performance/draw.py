#!/usr/bin/env python3
"""Records figures of `norris bench --json` and draws them. Python 3, nothing else.

draw.py record NEW FIGURES CONDITIONS   joins rows measured several times, writes FIGURES with the machine and the conditions
draw.py draw FIGURES FOLDER             writes throughput.svg and scale.svg into FOLDER
"""
import json
import platform
import os
import statistics
import subprocess
import sys

PAPER, INK, GREY, BLUE, AMBER = "#ffffff", "#1f2328", "#8c959f", "#0969da", "#bf8700"


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.startswith("{")]


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((l.split(":")[1].strip() for l in lines if l.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    dotnet = subprocess.run(["dotnet", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"processor": model, "cores": os.cpu_count(), "memory": f"{memory} GiB", "system": platform.platform(), "dotnet": dotnet}


def record(new, figures, conditions):
    """The median of a row's rounds, whichever run they are of."""
    rows = {}
    for row in read(new):
        rows.setdefault((row["system"], row["row"], row["nodes"], row["unit"]), []).append(row)
    with open(figures, "w", encoding="utf-8") as out:
        out.write(json.dumps({"machine": machine(), "conditions": conditions}) + "\n")
        for same in rows.values():
            joined = dict(same[-1])
            rounds = [value for row in same for value in row.get("rounds", [])]
            if rounds and "p50" not in joined:
                joined.update(value=statistics.median(rounds), min=min(rounds), max=max(rounds), rounds=rounds)
            out.write(json.dumps(joined) + "\n")


def svg(width, height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="13">'
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>{"".join(body)}</svg>\n')


def text(x, y, words, fill=INK, anchor="start", size=13):
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-size="{size}">{words}</text>'


def short(value):
    return f"{value / 1e6:.2f} M" if value >= 1e6 else f"{value / 1e3:.0f} k" if value >= 1e3 else f"{value:.2g}"


def throughput(rows, conditions):
    systems = list(dict.fromkeys(r["system"] for r in rows if r["row"] in ("T1", "T3", "T5")))
    most = max(r["max"] for r in rows if r["row"] in ("T1", "T3", "T5"))
    body, y = [text(16, 24, f"Messages a second in one total order, on {conditions}", size=15)], 44
    for name, title in (("T1", "one of 3 sends"), ("T3", "all of 3 send"), ("T5", "all of 5 send")):
        body.append(text(16, y + 14, title))
        for system in systems:
            row = next((r for r in rows if r["row"] == name and r["system"] == system), None)
            if row is None:
                continue
            scale = 420 / most
            fill = BLUE if system == "Norris" else GREY
            body.append(f'<rect x="130" y="{y}" width="{row["value"] * scale:.1f}" height="18" fill="{fill}"/>')
            body.append(f'<path d="M{130 + row["min"] * scale:.1f} {y + 9}H{130 + row["max"] * scale:.1f}" stroke="{INK}"/>')
            body.append(text(138 + max(row["value"], row["max"]) * scale, y + 14, f'{short(row["value"])} {system}'))
            y += 22
        y += 12
    body.append(text(16, y + 6, "bar: median of the rounds, line: least to most", GREY, size=12))
    return svg(720, y + 20, body)


def scale(rows, conditions):
    points = sorted((r["nodes"], r["value"], r["cpuPerMessage"], r.get("hostCpuPerMessage", 0)) for r in rows if r["row"] == "S" and r["system"] == "Norris")
    left, width, height = 70, 250, 200
    body = [text(16, 24, f"How cost grows with nodes that all send, on {conditions}", size=15)]

    def plot(x0, title, series):
        most = 1.1 * max(v for _, _, values in series for _, v in values)
        last = points[-1][0]
        body.append(text(x0, 50, title))
        body.append(f'<path d="M{x0} 60V{60 + height}H{x0 + width}" fill="none" stroke="{GREY}"/>')
        for nodes, *_ in points:
            body.append(text(x0 + width * nodes / last, 78 + height, nodes, GREY, "middle", 12))
        for name, color, values in series:
            at = [(x0 + width * n / last, 60 + height * (1 - v / most), v) for n, v in values]
            body.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in at)}"/>')
            for x, y, v in at:
                body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' + text(x, y - 8, short(v), color, "middle", 11))
            body.append(text(at[-1][0], at[-1][1] + 18, name, color, "end", 12))

    plot(left, "deliveries a second", [("", BLUE, [(n, v) for n, v, _, _ in points])])
    plot(left + width + 70, "µs of processor time a message", [("all nodes", BLUE, [(n, c) for n, _, c, _ in points]), ("the host", AMBER, [(n, h) for n, _, _, h in points])])
    body.append(text(left + width, 98 + height, "nodes", GREY, "middle", 12))
    return svg(720, 120 + height, body)


def draw(figures, folder):
    head, *rows = read(figures)
    for name, picture in (("throughput", throughput), ("scale", scale)):
        with open(os.path.join(folder, name + ".svg"), "w", encoding="utf-8") as out:
            out.write(picture(rows, head["conditions"]))


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "record":
        record(*sys.argv[2:])
    elif len(sys.argv) == 4 and sys.argv[1] == "draw":
        draw(*sys.argv[2:])
    else:
        sys.exit(__doc__)
