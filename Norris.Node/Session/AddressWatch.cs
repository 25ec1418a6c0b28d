namespace Norris.Node.Session;

/// <summary>
/// Whether others can still reach a node that is apart. Its address may go long after it was cut off, as when a machine moves to another network,
/// so it is looked at again and again.
/// </summary>
internal sealed class AddressWatch(NodeSettings settings, Action<string> tell)
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private bool _isGone;

    /// <summary>Why no node can listen again where this one was told to; null: it can.</summary>
    public string? WhyNotAgain => OwnAddress.IsNotThere(settings.Listen.Host) ? Gone(settings.Listen.Host) : null;

    /// <param name="host">By which the others know this node. What was given with --advertise need not be this machine's.</param>
    /// <param name="isApart">Whether it is out of touch with the others.</param>
    public void Look(string host, bool isApart)
    {
        var was = _isGone;
        _isGone = isApart && settings.Advertise is null && OwnAddress.IsNotThere(host);
        if (_isGone && !was)
        {
            tell(Gone(host));
        }
    }

    private static string Gone(string address) =>
        $"{address} is no longer an address of this machine, so nobody reaches this node: it goes on when the address is back; or leave, and join again by another (--bind)";
}
