using Norris.Actors;
using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Core.Room;

namespace Norris.Node.Session;

/// <summary>The device that this account has on this machine, and its circle: both beside the profile.</summary>
internal sealed class PrivateRoom : IDisposable
{
    private readonly Device _device;
    private readonly CircleStore _store;
    private readonly Action<string> _tell;

    private PrivateRoom(Device device, CircleStore store, Action<string> tell) => (_device, _store, _tell) = (device, store, tell);

    /// <summary>The circle that the device of this account is in; null: it is in none, or there is no device yet.</summary>
    /// <param name="profile">Where the profile is; null: nowhere.</param>
    /// <exception cref="NodeStartException">It cannot be read.</exception>
    public static CircleId? CircleOf(string? profile)
    {
        if (profile is null || !File.Exists(KeyBeside(profile)))
        {
            return null;
        }

        using var room = Open(profile, _ => { });
        return Told(() => room._store.Find(room._device.Id))?.Id;
    }

    /// <summary>For who only asks: no device is made.</summary>
    /// <param name="profile">Where the profile is; null: nowhere.</param>
    /// <param name="tell">Told, in lines, what people should know.</param>
    /// <exception cref="NodeStartException">There is none, or it cannot be read.</exception>
    public static PrivateRoom OpenToAsk(string? profile, Action<string> tell) => profile is null || File.Exists(KeyBeside(profile)) ? Open(profile, tell) : throw InNone();

    /// <param name="profile">Where the profile is; null: nowhere.</param>
    /// <param name="tell">Told, in lines, what people should know.</param>
    /// <exception cref="NodeStartException">It cannot be read or made.</exception>
    public static PrivateRoom Open(string? profile, Action<string> tell)
    {
        var beside = profile ?? throw new NodeStartException("a private room needs a place for this device's key, and this account has none");
        return Told(() => new PrivateRoom(Device.Open(KeyBeside(beside)), new CircleStore(Path.Combine(Path.GetDirectoryName(beside)!, "circles")), tell));
    }

    public void Dispose() => _device.Dispose();

    /// <summary>For a room that begins here: the circle that this device is in, or a new one.</summary>
    public RoomSecurity ToHost(string name, TimeProvider time) => Told(() =>
    {
        if (_store.Find(_device.Id) is { } known && known.Contains(_device.Id))
        {
            return SecurityOf(known);
        }

        var circle = Circle.Found(Admission.Founding(_device.PublicKey.Span, OwnerId.Nobody, name, time.GetUtcNow().ToUnixTimeMilliseconds(), _device.Sign), DeviceSignature.IsBy);
        _store.Keep(circle);
        return SecurityOf(circle);
    });

    /// <summary>Which circle it is: a device may be in several, and is in a room for the one that it heard of last.</summary>
    public static string About(RoomSecurity security)
    {
        var devices = security.Circle!.Devices.ToList();
        var founder = devices.Find(d => d.By == d.Device);
        return devices.Count == 1 ? "the only one in its circle so far"
            : $"one of {devices.Count} in the circle {(founder is null ? "of one that was put out" : founder.Device == security.Device.Id ? "that it founded" : $"that {(founder.Name.Length > 0 ? $"{founder.Name}'s device" : founder.Device.Beginning)} founded")}";
    }

    /// <summary>For a room that is there: of the circle that an invite is for, or of the one that this device is in already.</summary>
    /// <param name="doors">Where its nodes may be.</param>
    /// <param name="code">The invite; null: none.</param>
    /// <param name="name">By which its user wants to be known.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>With where its nodes are, where a door has said so.</returns>
    public async Task<(RoomSecurity Security, IReadOnlyList<Endpoint> Nodes)> ToJoin(IReadOnlyList<Endpoint> doors, InviteCode? code, string name, CancellationToken cancel)
    {
        var known = Told(() => _store.Find(_device.Id));
        if (code is null && known is null)
        {
            throw new NodeStartException("this device is in no circle: ask somebody inside for an invite, and join with the line that it gives; into a room that is open to all, --open");
        }

        var security = known is null ? null : SecurityOf(known);
        var why = "";
        using var found = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var asked = doors.Select(door => code is null
            ? RoomDoor.ListAsync(security!, door.Host, door.Port, found.Token)
            : RoomDoor.RedeemAsync(_device, door.Host, door.Port, code, name, found.Token));

        // Who only asks takes the first answer, and nobody who gives none keeps it waiting. An invite is for one use: it is shown to one after the other.
        await foreach (var one in (code is null ? Task.WhenEach(asked) : InTurn(asked)).ConfigureAwait(false))
        {
            try
            {
                var answer = await one.ConfigureAwait(false);
                if (security?.Circle is { } own && own.Id == answer.Circle.Id)
                {
                    security.Learn(own.Believing(answer.Circle.Records));
                }
                else
                {
                    KeepNew(answer.Circle);
                    security = SecurityOf(answer.Circle);
                }

                if (code is not null)
                {
                    _tell($"you are in: {answer.Circle.Devices.Count()} devices. From now on 'norris join' is enough");
                }

                await found.CancelAsync().ConfigureAwait(false);
                return (security, [.. answer.Addresses.Select(a => Endpoints.TryParse(a, out var node, out _) ? node : null).OfType<Endpoint>()]);
            }
            catch (RoomException e)
            {
                why = e.Message;
            }
        }

        throw new NodeStartException(why);
    }

    /// <summary>This device and its circle, as its file has it.</summary>
    /// <exception cref="NodeStartException">It is in none.</exception>
    public RoomSecurity ToAsk() => Told(() => _store.Find(_device.Id)) is { } circle ? SecurityOf(circle) : throw InNone();

    /// <summary>Each begins when the one before it has ended.</summary>
    private static async IAsyncEnumerable<Task<T>> InTurn<T>(IEnumerable<Task<T>> tasks)
    {
        foreach (var task in tasks)
        {
            await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            yield return task;
        }
    }

    private static NodeStartException InNone() => new("this device is in no circle: 'norris host --private' founds one, and an invite lets into another's; a room for whoever reaches it is --open");

    private static string KeyBeside(string profile) => Path.Combine(Path.GetDirectoryName(profile)!, "device.pem");

    private static T Told<T>(Func<T> what)
    {
        try
        {
            return what();
        }
        catch (Exception e) when (e is DeviceException or PlatformNotSupportedException)
        {
            throw new NodeStartException(e.Message, e);
        }
    }

    private void KeepNew(Circle circle)
    {
        try
        {
            _store.Keep(circle);
        }
        catch (DeviceException e)
        {
            throw new NodeStartException($"{e.Message}; this device has been let in, and the same line works again", e);
        }
    }

    /// <summary>What is heard of the circle is kept; where it cannot be, it is asked for again at the next start.</summary>
    private RoomSecurity SecurityOf(Circle circle) => new(_device, circle, more =>
    {
        try
        {
            _store.Keep(more);
        }
        catch (DeviceException e)
        {
            _tell(e.Message);
        }
    });
}
