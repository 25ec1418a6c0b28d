using System.Net;

namespace Norris.Node.Discovery;

/// <summary>The kinds of records that a room is announced with.</summary>
internal enum DnsKind : ushort
{
    A = 1,
    Ptr = 12,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Any = 255,
}

internal sealed record DnsQuestion(DnsName Name, DnsKind Kind);

/// <summary>What is said about a name.</summary>
/// <param name="Seconds">For how long it may be believed; 0: no longer (RFC 6762, 10.1).</param>
internal abstract record DnsRecord(DnsName Name, uint Seconds)
{
    public abstract DnsKind Kind { get; }

    public bool Answers(DnsQuestion question) => Name == question.Name && (question.Kind == DnsKind.Any || question.Kind == Kind);

    /// <summary>That there is one of this name; others may say the same of another one.</summary>
    internal sealed record Pointer(DnsName Name, uint Seconds, DnsName To) : DnsRecord(Name, Seconds)
    {
        public override DnsKind Kind => DnsKind.Ptr;
    }

    /// <summary>Where it is.</summary>
    internal sealed record Service(DnsName Name, uint Seconds, ushort Port, DnsName Host) : DnsRecord(Name, Seconds)
    {
        public override DnsKind Kind => DnsKind.Srv;
    }

    /// <summary>What it is like: <c>key=value</c> each, a character for every byte.</summary>
    internal sealed record Text(DnsName Name, uint Seconds, IReadOnlyList<string> Entries) : DnsRecord(Name, Seconds)
    {
        public override DnsKind Kind => DnsKind.Txt;

        /// <summary>The value of a key, of several the first; null: there is none (RFC 6763, 6.4).</summary>
        public string? Value(string key) =>
            Entries.FirstOrDefault(e => e.Length > key.Length && e[key.Length] == '=' && e.StartsWith(key, StringComparison.OrdinalIgnoreCase))?[(key.Length + 1)..];
    }

    /// <summary>The address of a host.</summary>
    internal sealed record Address(DnsName Name, uint Seconds, IPAddress Value) : DnsRecord(Name, Seconds)
    {
        public override DnsKind Kind => Value.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? DnsKind.A : DnsKind.Aaaa;
    }
}
