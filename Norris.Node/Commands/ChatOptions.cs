using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;
using Norris.Node.Web;

namespace Norris.Node.Commands;

/// <summary>The options that <c>host</c>, <c>join</c> and <c>up</c> have in common.</summary>
internal sealed class ChatOptions
{
    private const string DefaultBind = "127.0.0.1";

    public ChatOptions(Command command, int defaultPort)
    {
        Port = new Option<int>("--port")
        {
            Description = "Port to listen on; 0 is any free one.",
            HelpName = "PORT",
            DefaultValueFactory = _ => defaultPort,
            CustomParser = result => int.TryParse(Single(result), out var port) && port is >= 0 and <= 65535
                ? port
                : Fail<int>(result, $"--port {Single(result)}: a port is a number from 0 to 65535"),
        };
        foreach (var option in (Option[])[Name, Bind, Port, Advertise, Hidden, Ui, Stay, Web, WebHost, WebCert, WebCertKey, Archive, ArchiveKeep, Delivery, Hocon])
        {
            command.Options.Add(option);
        }
    }

    public Option<string?> Name { get; } = new("--name")
    {
        Description = "The name you want; the host decides. [default: the one from last time, else one is made up]",
        HelpName = "NAME",
    };

    public Option<string> Bind { get; } = new("--bind")
    {
        Description = "Address to listen on. At anything but this machine's own others can reach it; the room is for invited devices then, unless --open is said.",
        HelpName = "ADDR",
        DefaultValueFactory = _ => DefaultBind,
        CustomParser = HostOf("--bind"),
    };

    public Option<int> Port { get; }

    public Option<string?> Advertise { get; } = new("--advertise")
    {
        Description = "What others call this node by. [default: the address it listens on]",
        HelpName = "ADDR",
        CustomParser = HostOf("--advertise"),
    };

    public Option<bool> Hidden { get; } = new("--hidden")
    {
        Description = "Tell the network nothing of the room. Without it, a node that others can reach is found by 'norris join' without an address.",
    };

    public Option<ScreenKind?> Ui { get; } = new("--ui")
    {
        Description = "Screen: 'tui' for people at a terminal, 'line' for people and pipes, 'json' for programs (one object a line; a line {\"text\": …} is one message, of many lines too), 'none' for services (no input, no texts; how the node is connected, on stderr). [default: tui on a terminal that can, else line]",
        HelpName = "tui|line|json|none",
        CustomParser = result => Single(result) switch
        {
            "tui" => ScreenKind.Tui,
            "line" => ScreenKind.Line,
            "json" => ScreenKind.Json,
            "none" => ScreenKind.None,
            var other => Fail<ScreenKind?>(result, $"--ui {other}: there is tui, line, json and none"),
        },
    };

    public Option<bool> Stay { get; } = new("--stay")
    {
        Description = "Stay when the input ends. Without it, leave once what you said is delivered.",
    };

    public Option<WebOptions?> Web { get; } = new("--web")
    {
        Description = "Serve the page for browsers and the HTTP interface. Anything but this machine's own address lets others in, as users of their own; in a private room over HTTPS, and with a guest link (/guest). [default: off; address 127.0.0.1]",
        HelpName = "[ADDR:]PORT",
        CustomParser = result => WebOptions.TryParse(Single(result), out var web, out var whyNot) ? web : Fail<WebOptions?>(result, $"--web {Single(result)}: {whyNot}"),
    };

    public Option<string[]> WebHost { get; } = new("--web-host")
    {
        Description = "A name that browsers reach the page by, behind a proxy or in a DNS; may be given several times. Addresses, localhost and this machine's own name are known.",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => result.Tokens.FirstOrDefault(t => !Endpoints.IsHost(t.Value)) is { } bad
            ? Fail<string[]>(result, $"--web-host {bad.Value}: this is no host name; write it without scheme and port, as in chat.example")
            : [.. result.Tokens.Select(t => t.Value)],
    };

    public Option<string?> WebCert { get; } = new("--web-cert")
    {
        Description = "Serve the page over HTTPS with the certificate in this file (PEM; those that lead to its authority behind it). [default: in a private room and beyond this machine, one that this device signs; else HTTP]",
        HelpName = "FILE",
    };

    public Option<string?> WebCertKey { get; } = new("--web-cert-key")
    {
        Description = "The private key of --web-cert (PEM). [default: in the same file]",
        HelpName = "FILE",
    };

    public Option<StoreName?> Archive { get; } = new("--archive")
    {
        Description = "Keep the log of the room: sqlite:PATH or postgres://USER@HOST/DATABASE; without a value, an SQLite file in the user's data folder. Everyone in the room is told. [default: off]",
        HelpName = "STORE",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = ReadStore,
    };

    public Option<TimeSpan?> ArchiveKeep { get; } = new("--archive-keep")
    {
        Description = "Delete from the archive what it has had for longer, by its own clock, as in 30d, 12h. [default: keep all]",
        HelpName = "AGE",
        CustomParser = ReadAge,
    };

    public Option<DeliveryLevel?> Delivery { get; } = new("--delivery")
    {
        Description = "Of the room, set by host: 'uniform' shows a message once a majority holds it, 'agreed' on receipt (sooner, but a crash may take back what only the dead have seen). [default: uniform]",
        HelpName = "uniform|agreed",
        CustomParser = result => Single(result) switch
        {
            "uniform" => DeliveryLevel.Uniform,
            "agreed" => DeliveryLevel.Agreed,
            var other => Fail<DeliveryLevel?>(result, $"--delivery {other}: there is uniform and agreed"),
        },
    };

    public Option<string?> Hocon { get; } = new("--hocon")
    {
        Description = "A file of settings that win over the shipped ones.",
        HelpName = "FILE",
        CustomParser = result => File.Exists(Single(result)) ? Single(result) : Fail<string?>(result, $"--hocon {Single(result)}: there is no such file"),
    };

    /// <summary>Gives a command its argument ADDRESS.</summary>
    public static Argument<Endpoint[]> Addresses(Command command, string description, ArgumentArity arity)
    {
        var addresses = new Argument<Endpoint[]>("ADDRESS") { Description = description, Arity = arity };
        addresses.CustomParser = result =>
        {
            var endpoints = new List<Endpoint>();
            foreach (var token in result.Tokens)
            {
                if (token.Value.StartsWith('-'))
                {
                    return Fail<Endpoint[]>(result, CommandLine.Unknown(token.Value, command));
                }

                if (!Endpoints.TryParse(token.Value, out var endpoint, out var whyNot))
                {
                    return Fail<Endpoint[]>(result, whyNot);
                }

                endpoints.Add(endpoint);
            }

            return [.. endpoints];
        };
        command.Arguments.Add(addresses);
        return addresses;
    }

    /// <summary>Who the room is for. What is read is whether it is for certain devices; null: neither was said.</summary>
    public static Func<ParseResult, bool?> Private(Command command, string description)
    {
        var isPrivate = new Option<bool>("--private") { Description = $"{description} [default: where the node listens beyond this machine]" };
        var isOpen = new Option<bool>("--open") { Description = "The room is for whoever reaches the port: it has no invites, and nothing is encrypted. [default: on this machine alone]" };
        command.Options.Add(isPrivate);
        command.Options.Add(isOpen);
        command.Validators.Add(result =>
        {
            if (result.GetValue(isPrivate) && result.GetValue(isOpen))
            {
                result.AddError("a room is for certain devices or open to all: --private or --open");
            }
        });
        return parsed => parsed.GetValue(isPrivate) ? true : parsed.GetValue(isOpen) ? false : null;
    }

    /// <summary>Which node of this device is asked by another process.</summary>
    public static Option<Endpoint?> OwnNode() => new("--node")
    {
        Description = "The node of yours to ask. [default: one that runs on this machine]",
        HelpName = "ADDRESS",
        CustomParser = result => Endpoints.TryParse(Single(result), out var node, out var whyNot) ? node : Fail<Endpoint?>(result, $"--node {Single(result)}: {whyNot}"),
    };

    /// <summary>Where nodes listen that talk among themselves on this machine.</summary>
    public static Option<string> Loopback()
    {
        var read = HostOf("--bind");
        return new Option<string>("--bind")
        {
            Description = "The loopback address that the nodes listen on.",
            HelpName = "ADDR",
            DefaultValueFactory = _ => DefaultBind,
            CustomParser = result => read(result) is { } host && (result.Errors.Any() || Endpoints.IsLoopback(host))
                ? host
                : Fail<string>(result, $"--bind {Single(result)}: that is not loopback, and these nodes are for this machine alone; there is 127.0.0.1 and ::1"),
        };
    }

    public static StoreName ReadStore(ArgumentResult result)
    {
        try
        {
            return StoreName.Parse(Single(result));
        }
        catch (HistoryStoreException e)
        {
            return Fail<StoreName>(result, $"--archive: {e.Message}");
        }
    }

    private static TimeSpan? ReadAge(ArgumentResult result)
    {
        const int Longest = 36_500;
        var text = Single(result);
        if (text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= Longest)
        {
            switch (text[^1])
            {
                case 'd':
                    return TimeSpan.FromDays(count);
                case 'h':
                    return TimeSpan.FromHours(count);
            }
        }

        return Fail<TimeSpan?>(result, $"--archive-keep {text}: write a number of days or hours, as in 30d or 12h");
    }

    public static string Single(SymbolResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;

    public static T Fail<T>(SymbolResult result, string why)
    {
        result.AddError(why);
        return default!;
    }

    private static Func<ArgumentResult, string> HostOf(string option) => result =>
    {
        var text = Single(result);
        var host = Endpoints.Canonical(text);
        if (!Endpoints.IsHost(host))
        {
            return Fail<string>(result, $"{option} {text}: this is no address; write an IP address or a host name, without a port");
        }

        return IPAddress.TryParse(host, out var address) && address.IsIPv6LinkLocal
            ? Fail<string>(result, $"{option} {text}: another machine has another name for this cable, so nobody could call the node by this address; give one that is not link-local (fe80::)")
            : Endpoints.IsLocalhost(host) ? DefaultBind : host;
    };
}
