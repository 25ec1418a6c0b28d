using System.Runtime.CompilerServices;
using Norris.Core.Protocol;

namespace Norris.Tests.Simulation;

/// <summary>What is wrong where something does not hold. It is put into words only then: a check that holds costs no more than its condition.</summary>
[InterpolatedStringHandler]
internal ref struct Complaint
{
    private DefaultInterpolatedStringHandler _words;

    public Complaint(int literalLength, int formattedCount, bool holds, out bool isMade)
    {
        isMade = !holds;
        _words = isMade ? new(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string words) => _words.AppendLiteral(words);

    public void AppendFormatted<T>(T what) => _words.AppendFormatted(what);

    public override string ToString() => _words.ToStringAndClear();
}

/// <summary>Somebody delivers something: put into words where these are wanted.</summary>
internal readonly record struct Delivery(string Who, LogRecord Record)
{
    public override string ToString() => $"{Who} delivers {Trace.Of(new Deliver(Record, 0, null))}";
}
