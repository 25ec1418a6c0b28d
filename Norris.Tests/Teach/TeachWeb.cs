using System.Net;
using System.Text.Json;
using Norris.Lab.Processes;
using Norris.Lab.Rooms;
using Norris.Lab.Teach;
using Norris.Node.Teach;
using Norris.Node.Web;

namespace Norris.Tests.Teach;

/// <summary>The page for a class, of whose nodes none is started: what they tell is what a test says.</summary>
internal sealed class TeachWeb : IAsyncDisposable
{
    public const string NoCables = "no cable can be cut here: network namespaces need root";

    private readonly LastWill _will;
    private readonly Fleet _fleet;

    private TeachWeb(LastWill will, Fleet fleet, Classroom room, TeachServer server)
    {
        (_will, _fleet, Room, Server) = (will, fleet, room, server);
        (Stranger, Teacher) = (new HttpClient { BaseAddress = new Uri(server.Link, "/") }, new HttpClient { BaseAddress = new Uri(server.Link, "/") });
    }

    public Classroom Room { get; }

    public TeachServer Server { get; }

    public HttpClient Stranger { get; }

    /// <summary>Another one, which may open the link.</summary>
    public HttpClient Teacher { get; }

    public static async Task<TeachWeb> Start()
    {
        var will = new LastWill();
        var fleet = new Fleet(will);
        var room = new Classroom(fleet, null, NoCables);
        return new TeachWeb(will, fleet, room, await TeachServer.Start(room, new WebOptions(IPAddress.Loopback, 0), CancellationToken.None));
    }

    /// <summary>A node is so from now on.</summary>
    public void Is(int lane, string name, string state, string? why = null) => Add(lane, "lane", n => n with { Name = name, Address = $"h:{lane}", State = state, Why = why });

    /// <summary>A node prints a line, or tells a step.</summary>
    public void Tells(int lane, object line, string kind = "line") => Add(lane, kind, n => n with { Line = JsonSerializer.SerializeToElement(line) });

    public async ValueTask DisposeAsync()
    {
        Stranger.Dispose();
        Teacher.Dispose();
        await Server.DisposeAsync();
        await Room.DisposeAsync();
        await _fleet.DisposeAsync();
        _will.Dispose();
    }

    private void Add(int lane, string kind, Func<Moment, Moment> with) =>
        Room.Record.Add(number => with(new Moment(number, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), lane, kind)));
}
