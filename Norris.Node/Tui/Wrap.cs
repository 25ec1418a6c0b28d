namespace Norris.Node.Tui;

/// <summary>Breaks cells into rows.</summary>
public static class Wrap
{
    /// <summary>
    /// Rows of at most <paramref name="width"/> columns, broken at spaces where that is possible (the space is dropped), else inside a word.
    /// At least one row.
    /// </summary>
    public static List<ArraySegment<Cell>> Words(IReadOnlyList<Cell> cells, int width)
    {
        var all = cells as Cell[] ?? [.. cells];
        var rows = new List<ArraySegment<Cell>>();
        int start = 0, used = 0, space = -1;
        for (var at = 0; at < all.Length; at++)
        {
            if (used + all[at].Width > width && at > start)
            {
                var breakAt = all[at].IsSpace ? at : space;
                if (breakAt > start)
                {
                    rows.Add(new ArraySegment<Cell>(all, start, breakAt - start));
                    start = breakAt + 1;
                }
                else
                {
                    rows.Add(new ArraySegment<Cell>(all, start, at - start));
                    start = at;
                }

                space = -1;
                used = 0;
                for (var i = start; i < at; i++)
                {
                    used += all[i].Width;
                }

                if (start > at)
                {
                    continue;
                }
            }

            if (all[at].IsSpace)
            {
                space = at;
            }

            used += all[at].Width;
        }

        rows.Add(new ArraySegment<Cell>(all, start, all.Length - start));
        return rows;
    }
}
