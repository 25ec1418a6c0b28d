using System.Collections;
using System.Text;

namespace Norris.Tests.Wire;

/// <summary>
/// An object as text, down to its last value: two are the same if they look the same. Records that hold lists or memory do not compare by
/// value, and a difference between two texts says where it is.
/// </summary>
internal static class Shown
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return text.ToString();
    }

    private static void Write(object? value, StringBuilder text)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                return;
            case ReadOnlyMemory<byte> bytes:
                text.Append(Convert.ToHexString(bytes.Span));
                return;
            case string or ValueType:
                text.Append('\'').Append(value).Append('\'');
                return;
            case IEnumerable items:
                text.Append('[');
                foreach (var item in items)
                {
                    Write(item, text);
                    text.Append(", ");
                }

                text.Append(']');
                return;
            default:
                text.Append(value.GetType().Name).Append(" {");
                foreach (var property in value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0).OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    text.Append(' ').Append(property.Name).Append(" = ");
                    Write(property.GetValue(value), text);
                }

                text.Append(" }");
                return;
        }
    }
}
