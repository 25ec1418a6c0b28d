using System.Text;
using Norris.Tests.Simulation;

namespace Norris.Tests.Fuzz;

/// <summary>A parser that bytes of others reach.</summary>
/// <param name="Name">As the command and the corpus name it.</param>
/// <param name="Share">How many of a thousand inputs it gets, about.</param>
/// <param name="Largest">The largest input that it may be handed, in bytes.</param>
/// <param name="Fixed">What one call may allocate at most, in bytes, whatever the input is …</param>
/// <param name="PerByte">… and for each byte of the input.</param>
/// <param name="Read">What was read; null: it is refused in the way that the parser documents. All else throws.</param>
internal sealed record FuzzTarget(string Name, int Share, int Largest, int Fixed, int PerByte, Func<byte[], object?> Read)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<byte[]> _samples = [];
    private readonly List<ProtoTree> _trees = [];

    /// <summary>Good inputs, to make others of.</summary>
    public required IEnumerable<byte[]> Samples
    {
        init
        {
            foreach (var sample in value)
            {
                Add(sample);
            }
        }
    }

    /// <summary>Throws where what was read does not hold, as when it is another one after it was written and read again.</summary>
    public Action<object> Check { get; init; } = _ => { };

    /// <summary>Whether samples are taken apart as Protobuf messages.</summary>
    public bool IsProto { get; init; }

    public void Add(byte[] sample)
    {
        _samples.Add(sample);
        if (ProtoTree.TryRead(sample) is { } tree)
        {
            _trees.Add(tree);
        }
    }

    public byte[] Draw(Dice dice)
    {
        var sample = dice.Of(_samples);
        if (IsProto && dice.Permille(750))
        {
            sample = dice.Of(_trees).Changed(dice.Of(_trees), Largest, dice);
            sample = dice.Permille(800) ? sample : Mutator.Change(sample, _samples, Largest, dice);
            return sample.Length <= Largest ? sample : sample[..Largest];
        }

        return Mutator.Change(sample, _samples, Largest, dice);
    }

    /// <summary>Bytes as text, as UTF-8 as far as they are; each other byte is half of a surrogate pair, which no decoder gives and yet strings may hold.</summary>
    public static string TextOf(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        Span<char> units = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            var isRune = Rune.DecodeFromUtf8(bytes, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            _ = isRune ? text.Append(units[..rune.EncodeToUtf16(units)]) : text.Append((char)(0xdc00 | bytes[0]));
            bytes = bytes[(isRune ? length : 1)..];
        }

        return text.ToString();
    }

    /// <summary>Whether the text has no half of a surrogate pair.</summary>
    public static bool IsWhole(string text)
    {
        try
        {
            return Strict.GetByteCount(text) >= 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    public static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>What must hold of a value that was taken.</summary>
    public static void Holds(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"what was read does not hold: {what}");
        }
    }
}
