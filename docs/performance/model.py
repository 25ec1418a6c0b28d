#!/usr/bin/env python3
"""Where one sequencer ends, and what one would do past it: a queueing simulation. Python 3, nothing else.

Every node is one core and one outgoing link; a batch of messages costs its host numbering, every copy that a node sends costs it processor time and
link time, every batch that a node takes costs it reading. Batches are sent as fast as the slowest node takes them (throughput), or at a tenth of
that (latency: until a majority's acks are back at the host). No loss, no other work. The costs below are one 2.3 GHz core's (docs/performance.md).
"""
import heapq

MESSAGES, BYTES = 500, 135          # a full batch, and a message in it
NUMBER, COPY, READ = 0.35, 0.30, 0.75   # microseconds a message: to number, to send one copy, to take and hand to the user
LINK = 125.0                        # bytes a microsecond: 1 Gbit/s
HOP = 150.0                         # microseconds from one node's network to the next


def children(node, nodes, fan):
    first = node * fan + 1
    return range(first, min(first + fan, nodes))


def run(nodes, fan, every, batches=200):
    """When each batch has reached whom, with one batch begun every so many microseconds. Gives batches' delays to a majority, and the pace."""
    core, link = [0.0] * nodes, [0.0] * nodes
    arrived = [[] for _ in range(batches)]
    events = [(b * every, b, 0) for b in range(batches)]
    heapq.heapify(events)
    last = 0.0
    while events:
        now, batch, node = heapq.heappop(events)
        below = children(node, nodes, fan)
        work = MESSAGES * ((NUMBER if node == 0 else 0) + READ + COPY * len(below))
        core[node] = max(core[node], now) + work
        arrived[batch].append(core[node])
        last = max(last, core[node])
        for child in below:
            link[node] = max(link[node], core[node]) + MESSAGES * BYTES / LINK
            heapq.heappush(events, (link[node] + HOP, batch, child))
    majority = nodes // 2 + 1
    delays = sorted(sorted(times)[majority - 1] + HOP - b * every for b, times in enumerate(arrived))
    return delays[len(delays) // 2] / 1000, batches * MESSAGES / last * 1e6


def main():
    print("| nodes | star, messages/s | latency ms | tree of 8, messages/s | latency ms | 4 rooms on 4 hosts, messages/s in all |")
    print("| --- | --- | --- | --- | --- | --- |")
    for nodes in (3, 5, 9, 16, 32, 64, 128, 256):
        cells = []
        for fan in (nodes - 1, 8):
            _, pace = run(nodes, fan, 0.0)
            latency, _ = run(nodes, fan, MESSAGES / pace * 1e7)
            cells.append((pace, latency))
        # Everybody is in one of four rooms of a quarter of the nodes (at least 3).
        _, room = run(max(3, nodes // 4), max(3, nodes // 4) - 1, 0.0)
        rooms = min(4, max(1, nodes // 3))
        print(f"| {nodes} | {cells[0][0] / 1000:.0f} k | {cells[0][1]:.1f} | {cells[1][0] / 1000:.0f} k | {cells[1][1]:.1f} | {rooms * room / 1000:.0f} k |")


if __name__ == "__main__":
    main()
