namespace Norris.Node.Screens;

/// <summary>One line as it came in, with its number in the stream (from 1).</summary>
/// <param name="Bytes">Without LF or CR LF. Of a line over the limit, as much as the limit allows. Valid until the next read.</param>
/// <param name="IsWhole">False where the line was over the limit.</param>
public readonly record struct RawLine(ReadOnlyMemory<byte> Bytes, long Number, bool IsWhole)
{
    public InputAction Action => InputLine.Read(Bytes.Span, IsWhole);
}

/// <summary>
/// Cuts a stream into lines, in bytes: an undecodable line must not spoil its neighbours, nor an endless one the memory. One reader only.
/// </summary>
public sealed class LineReader(Stream stream, int maxBytes = InputLine.MaxBytes)
{
    private static readonly byte[] ByteOrderMark = [0xef, 0xbb, 0xbf];
    private readonly byte[] _chunk = new byte[64 * 1024];
    private readonly byte[] _line = new byte[maxBytes + 1];
    private int _at;
    private int _end;
    private long _number;
    private bool _ended;

    /// <summary>The next line, or null at the end of the stream. A last line without a line end counts, unless it is empty.</summary>
    public async ValueTask<RawLine?> Next(CancellationToken cancel)
    {
        var length = 0;
        var seen = 0L;
        while (true)
        {
            if (_at == _end)
            {
                if (_ended || (_end = await stream.ReadAsync(_chunk, cancel)) == 0)
                {
                    _at = _end = 0;
                    _ended = true;
                    return seen == 0 ? null : Line(length, seen);
                }

                _at = 0;
            }

            var rest = _chunk.AsSpan(_at, _end - _at);
            var newline = rest.IndexOf((byte)'\n');
            var part = newline < 0 ? rest : rest[..newline];
            var kept = part[..Math.Min(part.Length, _line.Length - length)];
            kept.CopyTo(_line.AsSpan(length));
            length += kept.Length;
            seen += part.Length;
            _at += part.Length;
            if (newline >= 0)
            {
                _at++;
                return Line(length, seen);
            }
        }
    }

    private RawLine? Line(int length, long seen)
    {
        _number++;
        var line = _line.AsMemory(0, length);

        // The buffer holds one byte more than a line may have, for the CR of CR LF.
        if (seen == length && length > 0 && line.Span[^1] == '\r')
        {
            line = line[..^1];
            seen--;
        }

        // Some programs (PowerShell) begin what they pipe with a byte order mark.
        if (_number == 1 && line.Span.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
            seen -= ByteOrderMark.Length;
        }

        return seen > maxBytes ? new RawLine(line[..Math.Min(line.Length, maxBytes)], _number, IsWhole: false) : new RawLine(line, _number, IsWhole: true);
    }
}
