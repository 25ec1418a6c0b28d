using System.CommandLine;
using System.Net;
using Norris.Actors.Devices;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Node.Tui;
using Norris.Node.Web;

namespace Norris.Node.Commands;

/// <summary>What <c>host</c>, <c>join</c> and <c>up</c> do once the command line is read: from the profile over the node to the screen and back.</summary>
internal sealed class ChatRun(Surroundings surroundings, ChatOptions options, ParseResult parsed)
{
    /// <summary>More would not fit into a line, and one that is still there is enough.</summary>
    private const int WaysBack = 3;

    private static readonly TimeSpan KeepEvery = TimeSpan.FromSeconds(1);

    private readonly ScreenKind _ui = ScreenFor(surroundings, parsed.GetValue(options.Ui));
    private IRoomHistory? _history;
    private bool _isForOthers;
    private NoticeTaste? _taste;
    private volatile string? _page;

    public async Task<int> Run(Entry entry, DeliveryLevel delivery, CancellationToken leave)
    {
        using var store = ProfileStore.Open(surroundings.ProfilePath);
        var goOn = (entry as Entry.Host)?.GoOn;
        var plan = (entry as Entry.Up)?.Plan;
        if (store.Warning is { } warning)
        {
            surroundings.Tell(warning);
        }

        _taste = new NoticeTaste(store.Profile.Notices, wanted =>
        {
            if (store.KeepNotices(wanted) is { } trouble)
            {
                surroundings.Tell(trouble);
            }
        });
        var asked = parsed.GetValue(options.Name);
        if (asked is not null)
        {
            asked = await ValidName(asked, leave);
            if (asked is null)
            {
                return ExitCode.WrongUsage;
            }
        }

        var archive = await ArchiveOption.Open(surroundings, options, parsed, leave);
        if (archive is { IsRefused: true })
        {
            return ExitCode.CouldNot;
        }

        await using var kept = archive?.Store;
        if (WhatIsForNoPage() is { } amiss)
        {
            surroundings.Tell(amiss);
            return ExitCode.WrongUsage;
        }

        using var given = parsed.GetValue(options.WebCert) is { } file ? PageCertificate.Read(file, parsed.GetValue(options.WebCertKey), surroundings.Time) : null;

        RoomPlace? goOnAfter = null;
        if (goOn is not null)
        {
            if (archive is null)
            {
                surroundings.Tell("--continue goes on with the room of an archive: say which with --archive");
                return ExitCode.WrongUsage;
            }

            goOnAfter = await archive.PlaceOf(goOn, surroundings, leave);
            if (goOnAfter is null)
            {
                return ExitCode.CouldNot;
            }
        }
        else if (archive is not null && entry is Entry.Host)
        {
            await archive.Offer(surroundings, leave);
        }

        var listen = (entry as Entry.Up)?.Listen ?? new Endpoint(parsed.GetRequiredValue(options.Bind), parsed.GetValue(options.Port));
        var settings = new NodeSettings(
            [], listen, (entry as Entry.Up)?.Advertise ?? parsed.GetValue(options.Advertise), store.Profile with { Name = asked ?? store.Profile.Name }, delivery, parsed.GetValue(options.Hocon))
        {
            GoOnAfter = goOnAfter,
            Up = plan,
            Named = NameKeeper(store, asked is not null),
        };
        _isForOthers = settings.IsForOthers;
        await using var stopping = leave.Register(surroundings.Service.IsStopping);
        using var entrance = new Entrance(surroundings, entry, store.Profile);
        await using var node = await entrance.Enter(settings, leave);
        if (node is null)
        {
            return ExitCode.WrongUsage;
        }

        if (entrance.Security is not null && store.IsEphemeral)
        {
            surroundings.Tell("another process here is on this device, too: to the others the two are one device");
        }

        await using var announcer = parsed.GetValue(options.Hidden) ? null : surroundings.Announce(listen.Host, () => Endpoints.TryParse(node.Own.View.Node, out var at, out _) ? at : null, () => entrance.Security?.Circle?.Id);
        surroundings.Service.IsUp($"in a room, at {node.Own.View.Node}");
        using var reading = new CancellationTokenSource();
        var marks = KeepProfile(store, node.Own, entrance.Security is not null, reading.Token);
        int code;
        try
        {
            code = await Chat(node, archive, given, entrance.Security?.Device, settings.GuestLinks, leave);
        }
        finally
        {
            surroundings.Service.IsStopping();
            await reading.CancelAsync();
            await marks;
            surroundings.Nodes.Retract();
        }

        if (leave.IsCancellationRequested && node.Own.View.Pending is > 0 and var unheard)
        {
            surroundings.Tell($"left before the last of what you said was delivered: {unheard} {(unheard == 1 ? "message" : "messages")}");
            code = ExitCode.CouldNot;
        }

        return code;
    }

    /// <summary>In words; null: all that is said of a page has one.</summary>
    private string? WhatIsForNoPage() =>
        parsed.GetValue(options.WebCertKey) is not null && parsed.GetValue(options.WebCert) is null ? "--web-cert-key is the key of a certificate: give that, too, with --web-cert"
        : parsed.GetValue(options.Web) is not null ? null
        : parsed.GetValue(options.WebHost) is { Length: > 0 } ? "--web-host names the page, and there is none without --web"
        : parsed.GetValue(options.WebCert) is not null ? "--web-cert is for the page, and there is none without --web"
        : null;

    /// <summary>The full screen where there is a terminal that can show one; otherwise lines, and a word about it to who asked for it.</summary>
    private static ScreenKind ScreenFor(Surroundings surroundings, ScreenKind? asked)
    {
        if (asked is ScreenKind.Line or ScreenKind.Json or ScreenKind.None)
        {
            return asked.Value;
        }

        var streams = surroundings.Streams;
        var whyNot = streams.InIsTerminal && streams.OutIsTerminal ? "" : "input and output are not both a terminal";
        if (whyNot.Length == 0 && TuiTerminal.CanRun(out whyNot))
        {
            return ScreenKind.Tui;
        }

        if (asked is ScreenKind.Tui)
        {
            surroundings.Tell($"no full screen here, lines instead: {whyNot}");
        }

        return ScreenKind.Line;
    }

    /// <summary>The screen, the page and the archive all read the same session, each at its own pace.</summary>
    private async Task<int> Chat(IChatNode node, ArchiveOption? archive, PageCertificate? given, Device? device, GuestLinks guests, CancellationToken leave)
    {
        _history = node.Archive is { } port ? new RoomHistory(port, archive?.Store) : null;
        var web = parsed.GetValue(options.Web) is { } page ? page with { Hosts = parsed.GetValue(options.WebHost) ?? [], Certificate = given } : null;
        using var made = web is { Certificate: null } && device is not null && !IPAddress.IsLoopback(web.Address) ? PageCertificate.Of(device.CertifyServer, web, surroundings.Time) : null;
        web = web is null ? null : web with { Certificate = given ?? made, GuestLinks = device is null ? null : guests };
        await using var recorder = archive?.Record(surroundings, node.Own.Share(tellsPlaces: true), node.Archive!);
        return web is null ? await Chat(node.Own, leave) : await ChatWithWeb(node, node.Own.Share(), web, leave);
    }

    private async Task<int> ChatWithWeb(IChatNode node, IChatSession page, WebOptions web, CancellationToken leave)
    {
        var token = WebToken.Open(WebToken.PathBeside(surroundings.ProfilePath), out var warning);
        if (warning is not null)
        {
            surroundings.Tell(warning);
        }

        await using var server = await WebServer.Start(node, page, web, new WebKeys(token), _history, surroundings.Time, leave);
        if (web.GuestLinks is null && !IPAddress.IsLoopback(web.Address))
        {
            surroundings.Tell($"warning: anyone who can reach port {server.Url.Port} of this machine can join this room and read it; there is no password{(web.Certificate is null ? " and no encryption" : "")}");
        }

        _page = server.Url.ToString();
        surroundings.Tell($"the page is at {server.NewLink()} (that link works once; 'norris token --page {server.Url.Port}' prints another)");
        if (server.UrlsElsewhere is { Count: > 0 } others)
        {
            surroundings.Tell($"browsers elsewhere find it at {string.Join(" and ", others)}");
        }

        if (web.GuestLinks is not null && !IPAddress.IsLoopback(web.Address))
        {
            surroundings.Tell("a browser elsewhere comes in as a guest by a link that is good once: /guest makes one");
        }

        if (web.Certificate is { } proof)
        {
            surroundings.Tell($"where a browser does not know the page's certificate, compare what it shows with this one's SHA-256 fingerprint: {proof.Fingerprint}");
        }

        return await Chat(node.Own, leave);
    }

    private async Task<int> Chat(IChatSession session, CancellationToken leave)
    {
        if (_ui == ScreenKind.Tui)
        {
            var code = await TuiScreen.Run(session, leave, _history, _taste);
            TellTheWayBack(session.View);
            return code;
        }

        if (_ui == ScreenKind.None)
        {
            return await NoScreen.Run(session, Say, leave) is { } why ? Failed(why) : ExitCode.LeftProperly;
        }

        var stay = parsed.GetValue(options.Stay);
        var isForPeople = _ui == ScreenKind.Line && surroundings.Streams is { InIsTerminal: true, OutIsTerminal: true };
        var taste = isForPeople ? _taste : null;
        var end = _ui switch
        {
            ScreenKind.Line => await Stream(new LineScreen(surroundings.Time, taste)),
            ScreenKind.Json => await Stream(new JsonScreen()),
            var other => throw new System.Diagnostics.UnreachableException($"No screen for {other}."),
        };
        if (isForPeople)
        {
            TellTheWayBack(session.View);
        }

        if (end.Trouble is null)
        {
            return ExitCode.LeftProperly;
        }

        return Failed(end.Trouble);

        void Say(string line)
        {
            surroundings.Tell(line);
            surroundings.Service.IsUp(line);
        }

        int Failed(string trouble)
        {
            surroundings.Tell(trouble);
            return ExitCode.CouldNot;
        }

        Task<LoopEnd> Stream(IStreamScreen screen) => new StreamLoop(session, screen, surroundings.Streams, stay, _history, taste).Run(leave);
    }

    /// <summary>Through whom a person comes in again, with what this node needs to be reached; nothing where nobody else is in the room.</summary>
    private void TellTheWayBack(RoomView left)
    {
        // Who was cut off does not reach them now, and may later.
        var others = left.Nodes.Where(node => !node.IsMe).OrderByDescending(node => node.Reachable).Take(WaysBack).Select(node => node.Node).ToList();
        if (others.Count > 0)
        {
            Option[] own = [options.Bind, options.Port, options.Advertise];
            var again = own.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => $" {option.Name} {ChatOptions.Single(parsed.GetResult(option)!)}");
            surroundings.Tell($"come back with: norris join {string.Join(' ', others)}{string.Concat(again)}{OwnAddress.Privacy(_isForOthers, isOpen: !left.IsPrivate)}");
        }
    }

    /// <summary>The name in its normal form. Null after the refusal: who sits at a terminal was asked again, and gave none.</summary>
    private async Task<string?> ValidName(string wanted, CancellationToken leave)
    {
        while (true)
        {
            if (Names.TryNormalise(wanted, out var name, out var whyNot))
            {
                return name;
            }

            if (!surroundings.Streams.InIsTerminal || _ui is ScreenKind.Json or ScreenKind.None)
            {
                surroundings.Tell($"--name {wanted}: {whyNot}; choose another one");
                return null;
            }

            surroundings.Tell($"{whyNot}; type another name:");
            if (await surroundings.Streams.Lines.Next(leave) is not { } line)
            {
                return null;
            }

            wanted = line.Action is InputAction.Say said ? said.Text : "";
        }
    }

    /// <summary>
    /// Remembers a name that was asked for, as it was given: on the command line, or after it (<c>/name</c>, on any screen). One that was made up, or has a number because
    /// somebody else has the user's own, is not asked for.
    /// </summary>
    private Action<string> NameKeeper(ProfileStore store, bool isAsked) => name =>
    {
        if (isAsked && store.KeepName(name) is { } trouble)
        {
            surroundings.Tell(trouble);
        }

        isAsked = true;
    };

    /// <summary>
    /// Remembers how far the user has read and where the room is, and lists this node among those of this machine: now and then, because a node that is killed says
    /// nothing at its end, and then.
    /// </summary>
    private async Task KeepProfile(ProfileStore store, IChatSession session, bool isPrivate, CancellationToken over)
    {
        RunningNode? announced = null;
        var keeps = true;
        while (true)
        {
            if (RunningNodes.ThisOne(session.View, _page) is { Name.Length: > 0 } now && now != announced)
            {
                surroundings.Nodes.Announce(announced = now);
            }

            await Task.Delay(KeepEvery, surroundings.Time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var view = session.View;
            var trouble = keeps && session.ReadTo is { Room.Length: > 0 } read ? store.KeepReadTo(read.Room, read.Seq) : null;
            trouble ??= keeps ? store.KeepRoom([.. view.Nodes.Where(n => !n.IsMe).Select(n => n.Node)], isPrivate) : null;
            if (trouble is not null)
            {
                surroundings.Tell(trouble);
                keeps = false;
            }

            if (over.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
