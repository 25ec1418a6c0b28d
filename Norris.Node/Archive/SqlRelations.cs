using System.Data.Common;
using Norris.Core.Protocol;
using Norris.Node.Session;

namespace Norris.Node.Archive;

/// <summary>Which entries of a room are about which others, within one transaction.</summary>
/// <param name="read">Reads a row of <see cref="SqlHistoryStore.Columns"/>.</param>
/// <param name="low">The room's keys begin behind this one: what is above it is a sequence number.</param>
/// <param name="high">They end before this one.</param>
internal sealed class SqlRelations(SqlSession sql, Func<DbDataReader, HistoryRow> read, long low, long high)
{
    /// <summary>So many messages are asked for in a statement.</summary>
    private const int AtOnce = 200;

    /// <summary>Of these, what still says what it said: no later edit or deletion is about it, nor about the same message where it is an edit itself.</summary>
    public async Task<IEnumerable<SaidEvent>> Unchanged(IReadOnlyList<SaidEvent> messages)
    {
        var last = (await LastChanges(messages.Select(said => said.Original.ToString()))).ToLookup(change => change.Original, change => change.Seq);
        return messages.Where(said => last[said.Original.ToString()].All(seq => seq <= said.Seq));
    }

    /// <summary>What has become of messages after a page: the last edit of each, or its deletion; of those, too, whose edits are in the page.</summary>
    public async Task<IReadOnlyList<SaidEvent>> Later(IReadOnlyList<SaidEvent> page, long after)
    {
        var changes = (await LastChanges(page.Where(said => said.IsToRead).Select(said => said.Original.ToString()))).Where(change => change.Seq > after).ToList();
        var deleted = changes.Where(change => change.Kind == RelationKind.Deletion).Select(change => change.Original).ToHashSet();
        var rows = await Rows(changes.Where(change => change.Kind == RelationKind.Deletion || !deleted.Contains(change.Original)).Select(change => change.Seq));
        return [.. rows.Select(row => (SaidEvent)row.ToEvent()).OrderBy(said => said.Seq)];
    }

    /// <summary>
    /// These entries, with what must go where one of them does, so that no text comes back: a message goes with its edits, its deletion and the reactions to it, whichever of
    /// its texts was asked for; a reaction goes with those that took it back or repeated it. Ascending.
    /// </summary>
    public async Task<IReadOnlyList<long>> WithFamilies(IReadOnlyList<long> numbers)
    {
        var family = new SortedSet<long>(numbers);
        var found = new HashSet<string>();
        for (var added = numbers; added.Count > 0;)
        {
            var said = (await Rows(added)).Where(row => row.Kind == RowKind.Said).ToList();
            found.UnionWith(said.Select(row => ((SaidEvent)row.ToEvent()).Id.ToString()));
            var reactions = said.Where(row => row is { Detail: (int)RelationKind.Reaction, Node: not null }).ToHashSet();
            var originals = said.Where(row => !reactions.Contains(row)).Select(row => ((SaidEvent)row.ToEvent()).Original.ToString()).ToHashSet();
            var about = await About([.. originals, .. reactions.Select(row => row.Node!)]);
            var relatives = about
                .Where(row => originals.Contains(row.Node!) || reactions.Any(one => row.Detail == one.Detail && (row.Node, row.Who, row.Body) == (one.Node, one.Who, one.Body)))
                .Select(row => row.Seq);
            added = [.. relatives.Concat(await NumbersOf(originals.Where(found.Add))).Where(family.Add)];
        }

        return [.. family];
    }

    /// <summary>The last edit, and the last deletion, of each of these messages that has any.</summary>
    private Task<List<(string Original, RelationKind Kind, long Seq)>> LastChanges(IEnumerable<string> originals) => Each(
        originals,
        names => $"""
        SELECT node, detail, MAX(id) FROM entries WHERE kind = 0 AND detail IN ({(int)RelationKind.Edit}, {(int)RelationKind.Deletion})
        AND node IN ({names}) AND id >= @low AND id < @high GROUP BY node, detail
        """,
        r => (r.GetString(0), (RelationKind)r.GetInt32(1), r.GetInt64(2) - low));

    /// <summary>What is about these messages, other than answers to them.</summary>
    private Task<List<HistoryRow>> About(IEnumerable<string> originals) => Each(
        originals,
        names => $"SELECT {SqlHistoryStore.Columns} FROM entries WHERE kind = 0 AND detail > {(int)RelationKind.Reply} AND node IN ({names}) AND id >= @low AND id < @high",
        read);

    private Task<List<HistoryRow>> Rows(IEnumerable<long> numbers) => Each(
        numbers.Select(seq => low + seq),
        names => $"SELECT {SqlHistoryStore.Columns} FROM entries WHERE id IN ({names}) AND id >= @low AND id < @high",
        read);

    private async Task<List<long>> NumbersOf(IEnumerable<string> messages)
    {
        var numbers = new List<long>();
        foreach (var one in messages.Select(id => MessageId.TryParse(id, out var parsed) ? parsed : default).GroupBy(id => id.User))
        {
            numbers.AddRange(await Each(
                one.Select(id => id.Counter),
                names => $"SELECT id FROM entries WHERE kind = 0 AND who = {(long)one.Key.Value} AND counter IN ({names}) AND id >= @low AND id < @high",
                r => r.GetInt64(0) - low));
        }

        return numbers;
    }

    private async Task<List<TRow>> Each<T, TRow>(IEnumerable<T> values, Func<string, string> statement, Func<DbDataReader, TRow> map)
        where T : notnull
    {
        var rows = new List<TRow>();
        foreach (var some in values.Distinct().Chunk(AtOnce))
        {
            rows.AddRange(await sql.Query(
                statement(string.Join(", ", some.Select((_, i) => $"@v{i}"))),
                map,
                [("low", low), ("high", high), .. some.Select((value, i) => ($"v{i}", (object)value))]));
        }

        return rows;
    }
}
