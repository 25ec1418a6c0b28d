namespace Norris.Node.Archive;

/// <summary>What is the matter with a store.</summary>
public enum StoreFault
{
    /// <summary>Down, out of reach, or too slow. May pass.</summary>
    Unavailable,

    /// <summary>Another process holds it. May pass.</summary>
    Locked,

    /// <summary>The disk or the size limit is reached. Passes when someone makes room.</summary>
    Full,

    /// <summary>It may be read, not written.</summary>
    ReadOnly,

    /// <summary>Its file is damaged, or no database at all.</summary>
    Corrupt,

    /// <summary>The server does not let this user in.</summary>
    Denied,

    /// <summary>A newer Norris made it, or the server is too old: this build must not touch it.</summary>
    Version,

    /// <summary>It holds something else than what is to be written; one of the two is wrong, and a person must look.</summary>
    Conflict,

    /// <summary>The store's name does not say where it is.</summary>
    Name,

    /// <summary>Nobody in the room keeps one.</summary>
    Nowhere,
}

/// <summary>A store could not do what was asked. The message is one line: what is wrong and what to do; no message text, no secrets.</summary>
public sealed class HistoryStoreException : Exception
{
    public HistoryStoreException(StoreFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    public HistoryStoreException()
    {
    }

    public HistoryStoreException(string message)
        : base(message)
    {
    }

    public HistoryStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public StoreFault Fault { get; }

    /// <summary>Whether trying again later can help without anyone changing the build, the name or the content.</summary>
    public bool MayPass => Fault is not (StoreFault.Version or StoreFault.Conflict or StoreFault.Name);
}
