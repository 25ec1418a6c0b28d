using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Norris.Lab.Processes;

namespace Norris.Tests.Processes;

/// <summary>What several nodes showed, compared.</summary>
internal static class Transcripts
{
    /// <summary>Each without a gap, all the same, byte for byte, wherever more than one was there, and each message's hash follows from the one before.</summary>
    public static void AssertSame(params NorrisProcess[] nodes)
    {
        var bySeq = new Dictionary<long, (string Line, NorrisProcess Node)>();
        foreach (var node in nodes)
        {
            long? last = null;
            var hash = "";
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

                if (last is not null && line.Event == "said" && line.Text("hash") != HashAfter(hash, line))
                {
                    Assert.Fail(node.Report($"has a hash at {seq} that does not follow from {hash}: {line.Raw}"));
                }

                last = seq;
                hash = line.Text("hash")!;
                if (!bySeq.TryAdd(seq, (line.Raw, node)) && bySeq[seq].Line != line.Raw)
                {
                    Assert.Fail(node.Report($"differs at {seq}:\n{line.Raw}\n{bySeq[seq].Line}"));
                }
            }
        }
    }

    // As docs/protocol.md tells everybody, from what is printed alone.
    private static string HashAfter(string before, NodeLine said)
    {
        long Time(string field) => DateTimeOffset.Parse(said.Text(field)!, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        var id = said.Text("id")!.Split('-');
        Span<byte> head = stackalloc byte[48];
        BinaryPrimitives.WriteUInt64LittleEndian(head, Convert.ToUInt64(before, 16));
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], said.Seq!.Value);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], said.Json.GetProperty("epoch").GetInt64());
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], Time("orderedAt"));
        BinaryPrimitives.WriteUInt64LittleEndian(head[32..], Convert.ToUInt64(id[0], 16) ^ ulong.Parse(id[1], CultureInfo.InvariantCulture));
        BinaryPrimitives.WriteInt64LittleEndian(head[40..], Time("sentAt"));
        return XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(said.Text("text")!), (long)XxHash3.HashToUInt64(head)).ToString("x16", CultureInfo.InvariantCulture);
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
