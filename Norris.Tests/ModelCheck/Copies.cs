using System.Buffers;
using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Norris.Tests.ModelCheck;

/// <summary>
/// Copies of machines with all that is in them, and numbers that stand for their state. What cannot change (messages, entries, snapshots) is shared
/// by the copies. Works on whatever fields the machines have. Not safe for several threads.
/// </summary>
internal static class Copies
{
    private static readonly Dictionary<Type, bool> Shareable = [];
    private static readonly Dictionary<Type, FieldInfo[]> Fields = [];
    private static readonly ConditionalWeakTable<object, object> Known = [];
    private static readonly Func<object, object> Shallow =
        typeof(object).GetMethod("MemberwiseClone", BindingFlags.NonPublic | BindingFlags.Instance)!.CreateDelegate<Func<object, object>>();

    public static T Of<T>(T machine)
        where T : class => (T)Copy(machine, new Dictionary<object, object>(ReferenceEqualityComparer.Instance));

    /// <summary>
    /// Equal for equal states. Of two tables with the same rows, filled in another order, it makes no difference: where a machine takes the first
    /// row of a table, one of the two orders is looked at.
    /// </summary>
    public static ulong Fingerprint(object? what)
    {
        switch (what)
        {
            case null:
                return 7;
            case bool b:
                return b ? 3UL : 5UL;
            case string s:
                return s.Aggregate(14695981039346656037UL, (hash, c) => (hash ^ c) * 1099511628211UL);
            case ulong n:
                return Mix(13, n);
            case IConvertible number:
                return Mix(13, unchecked((ulong)number.ToInt64(null)));
            case Delegate or Type:
                return 1;
            case ArrayBufferWriter<byte> buffer:
                return Fingerprint(buffer.WrittenMemory.ToArray());
        }

        var type = what.GetType();
        if (IsComparer(type))
        {
            return 1;
        }

        var isShared = !type.IsValueType && IsShareable(type);
        if (isShared && Known.TryGetValue(what, out var known))
        {
            return (ulong)known;
        }

        var fingerprint = Compute(what, type);
        if (isShared)
        {
            Known.Add(what, fingerprint);
        }

        return fingerprint;
    }

    public static ulong Mix(ulong a, ulong b)
    {
        a ^= b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2);
        a *= 0xff51afd7ed558ccd;
        return a ^ (a >> 33);
    }

    private static ulong Compute(object what, Type type)
    {
        var fingerprint = 17UL;
        if (type.Name.StartsWith("LinkedListNode", StringComparison.Ordinal))
        {
            return Fingerprint(type.GetProperty("Value")!.GetValue(what));
        }

        if (what is IDictionary table)
        {
            foreach (DictionaryEntry row in table)
            {
                fingerprint += Mix(Fingerprint(row.Key), Fingerprint(row.Value));
            }
        }
        else if (type.Name.StartsWith("HashSet", StringComparison.Ordinal))
        {
            foreach (var item in (IEnumerable)what)
            {
                fingerprint += Mix(Fingerprint(item), 1);
            }
        }
        else if (what is IEnumerable items)
        {
            foreach (var item in items)
            {
                fingerprint = Mix(fingerprint, Fingerprint(item));
            }
        }
        else
        {
            foreach (var field in FieldsOf(type))
            {
                fingerprint = Mix(fingerprint, Fingerprint(field.GetValue(what)));
            }
        }

        return fingerprint;
    }

    private static object Copy(object what, Dictionary<object, object> copied)
    {
        var type = what.GetType();
        if (IsShareable(type))
        {
            return what;
        }

        if (!type.IsValueType && copied.TryGetValue(what, out var before))
        {
            return before;
        }

        if (what is Array array)
        {
            var twin = (Array)array.Clone();
            copied.Add(what, twin);
            if (!IsShareable(type.GetElementType()!))
            {
                for (var i = 0; i < array.Length; i++)
                {
                    if (array.GetValue(i) is { } item)
                    {
                        twin.SetValue(Copy(item, copied), i);
                    }
                }
            }

            return twin;
        }

        var copy = Shallow(what);
        if (!type.IsValueType)
        {
            copied.Add(what, copy);
        }

        foreach (var field in FieldsOf(type))
        {
            if (!IsShareable(field.FieldType) && field.GetValue(what) is { } value && !IsShareable(value.GetType()))
            {
                field.SetValue(copy, Copy(value, copied));
            }
        }

        return copy;
    }

    private static FieldInfo[] FieldsOf(Type type)
    {
        if (!Fields.TryGetValue(type, out var fields))
        {
            var all = new List<FieldInfo>();
            for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
            {
                all.AddRange(at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
            }

            Fields.Add(type, fields = [.. all]);
        }

        return fields;
    }

    /// <summary>Whether an object of exactly this type never changes.</summary>
    private static bool IsShareable(Type type)
    {
        if (!Shareable.TryGetValue(type, out var shareable))
        {
            // For types that contain themselves.
            Shareable[type] = true;
            Shareable[type] = shareable = Look(type);
        }

        return shareable;
    }

    private static bool Look(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(Type) || type.IsAssignableTo(typeof(Delegate)) || IsComparer(type))
        {
            return true;
        }

        if (type.IsValueType)
        {
            return Array.TrueForAll(FieldsOf(type), f => IsFixed(f.FieldType));
        }

        // A message, an entry, a snapshot: all of it is set once, and its lists are for reading.
        return type.Namespace?.StartsWith("Norris.Core", StringComparison.Ordinal) == true
            && !type.IsInterface && !type.IsArray
            && Array.TrueForAll(FieldsOf(type), f => f.IsInitOnly && (IsFixed(f.FieldType) || f.FieldType.Name.StartsWith("IReadOnly", StringComparison.Ordinal)));
    }

    private static bool IsFixed(Type type) => IsShareable(type) || type == typeof(ReadOnlyMemory<byte>);

    private static bool IsComparer(Type type) => type.Name.Contains("Comparer", StringComparison.Ordinal);
}
