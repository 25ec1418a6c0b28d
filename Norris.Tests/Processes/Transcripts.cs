namespace Norris.Tests.Processes;

/// <summary>What several nodes showed, compared.</summary>
internal static class Transcripts
{
    /// <summary>Each without a gap, and all the same, byte for byte, wherever more than one was there.</summary>
    public static void AssertSame(params NorrisProcess[] nodes)
    {
        var bySeq = new Dictionary<long, (string Line, NorrisProcess Node)>();
        foreach (var node in nodes)
        {
            long? last = null;
            foreach (var line in node.Lines)
            {
                if (line.Seq is not { } seq)
                {
                    if (line.Event == "missed")
                    {
                        Assert.Fail(node.Report("missed something"));
                    }

                    continue;
                }

                if (last is not null && seq != last + 1)
                {
                    Assert.Fail(node.Report($"went from {last} to {seq}"));
                }

                last = seq;
                if (!bySeq.TryAdd(seq, (line.Raw, node)) && bySeq[seq].Line != line.Raw)
                {
                    Assert.Fail(node.Report($"differs at {seq}:\n{line.Raw}\n{bySeq[seq].Line}"));
                }
            }
        }
    }

    /// <summary>Every line once, in its speaker's order, and nothing else from that speaker.</summary>
    public static void AssertSaid(NorrisProcess node, string user, IReadOnlyList<string> lines)
    {
        var said = node.Lines.Where(line => line.Event == "said" && line.Text("user") == user).Select(line => line.Text("text")).ToList();
        var same = said.Zip(lines).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(
            said.Count == lines.Count && same == lines.Count,
            node.Report($"shows {said.Count} of {lines.Count} lines of {user}, the first {same} right"));
    }
}
