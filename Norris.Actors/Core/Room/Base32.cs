namespace Norris.Core.Room;

/// <summary>Crockford's base 32, for what people read to each other and type: no letter that looks like a digit.</summary>
internal static class Base32
{
    public const string Symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public const int BitsOfOne = 5;

    /// <summary>What a symbol stands for, small letters too, and O for 0, I and L for 1; below 0: it is none.</summary>
    public static int ValueOf(char symbol) =>
        Symbols.IndexOf(symbol switch { 'o' or 'O' => '0', 'i' or 'I' or 'l' or 'L' => '1', _ => char.ToUpperInvariant(symbol) }, StringComparison.Ordinal);
}
