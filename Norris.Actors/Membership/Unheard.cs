using Akka.Actor;

namespace Norris.Actors.Membership;

/// <summary>Says with whom connections have to begin anew: the cluster does not hear a node, and has not for some time. Pure.</summary>
internal sealed class Unheard
{
    /// <summary>Longer than the transport takes to give up a connection over which nothing comes: what is still unheard then has one, and is unheard all the same.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly Dictionary<Address, TimeSpan> _since = [];

    /// <param name="unheard">Whom the cluster's failure detector does not hear now.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<Address> Due(IReadOnlyCollection<Address> unheard, TimeSpan now)
    {
        foreach (var heard in _since.Keys.Except(unheard).ToList())
        {
            _since.Remove(heard);
        }

        var due = new List<Address>();
        foreach (var node in unheard)
        {
            if (_since.TryAdd(node, now) || now - _since[node] < Patience)
            {
                continue;
            }

            _since[node] = now;
            due.Add(node);
        }

        return due;
    }
}
