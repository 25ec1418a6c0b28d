using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>What the web asks an archive for.</summary>
public interface IMessageHistory
{
    /// <summary>
    /// The last <paramref name="limit"/> messages before a sequence number, oldest first; with <paramref name="words"/>, of those that contain
    /// all of them.
    /// </summary>
    Task<IReadOnlyList<SaidEvent>> Messages(long before, int limit, string? words, CancellationToken cancel);
}
