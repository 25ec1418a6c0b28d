using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Node.Archive;
using Norris.Node.Screens;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>The HTTP interface: what each request gets for an answer.</summary>
internal sealed class WebApi(WebCallers callers, Func<string> newLink, Guests guests, EventLog log, EventStreams streams, HistoryAnswers? history, WebMetrics metrics, TimeProvider time)
{
    private const int MaxKeyLength = 128;
    private const int DefaultPage = 100;
    private const int MaxPage = 1000;

    /// <summary>Seconds that a request waits for a number.</summary>
    private const int UsualWait = 30;

    private const int LongestWait = 300;

    /// <summary>What is true of a text, and what <c>curl -d</c> says of it.</summary>
    private static readonly string[] PlainTypes = ["text/plain", "application/x-www-form-urlencoded"];

    private static readonly IReadOnlyList<CommandJson> Commands = [.. ChatCommands.All.Select(c => new CommandJson(c.Form, c.Does))];

    private readonly WebUser _own = callers.Own;

    public void Map(IEndpointRouteBuilder app)
    {
        var chat = app.MapGroup("").WithTags(ApiDescription.Chat);
        chat.MapGet("/api/room", Room).WithName("getRoom").WithSummary("The room as this node sees it")
            .WithDescription("With `wait`: as soon as this node has the entry of that number; 503 where it has not come within `timeout` seconds.")
            .Produces<RoomJson>().ProducesProblem(401).ProducesProblem(422).ProducesProblem(503);
        chat.MapGet("/api/events", Events).WithName("getEvents")
            .WithSummary("The order as server-sent events")
            .WithDescription(
                "Each entry's JSON line as data (see /schema), its sequence number as id. Last-Event-ID (or after) resumes behind that number; what the node "
                + "no longer holds comes from the room's archives; an event 'missed' says how many entries between nobody has. Without either, the stream begins "
                + "with what the node still holds, or with the last `recent` entries (0: only what comes from now on), which come from an archive "
                + "where the node has not got them; `archive=no`: it does without. `follow=no`: the stream ends with what there is; with `before`, before that "
                + $"number at the latest, and after {EventStream.MostBefore} entries.")
            .Produces<string>(200, "text/event-stream").ProducesProblem(401).ProducesProblem(422).ProducesProblem(503);
        chat.MapPost("/api/messages", (Delegate)Say).WithName("say")
            .WithSummary("Says something")
            .WithDescription("With `relation` it is about another message. With the account's token the body may also be the text itself, as text/plain or as `curl -d` sends it.")
            .Accepts<MessageJson>("application/json", PlainTypes).Produces<SaidJson>(202)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415).ProducesProblem(422).ProducesProblem(429);
        new UserApi(callers, newLink).Map(chat);
        chat.MapPost("/api/settings", (Delegate)ChangeRoom).WithName("changeRoom")
            .WithSummary("Changes one of the room's settings, for everybody")
            .Accepts<SettingJson>("application/json").Produces(204)
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(409).ProducesProblem(415).ProducesProblem(422);
        chat.MapPost("/api/reform", (Delegate)Reform).WithName("reform")
            .WithSummary("Cut off for good: the node's own user goes on with those whom this node can reach")
            .Produces<OutcomeJson>().ProducesProblem(403);
        chat.MapGet("/api/commands", () => TypedResults.Ok(Commands)).WithName("getCommands").WithSummary("The commands that a line may be");
        chat.MapPost("/api/line", (Delegate)ReadLine).WithName("readLine")
            .WithSummary("Says what a typed line asks for: a message, or a command; does nothing")
            .Accepts<LineJson>("application/json").Produces<ReadLineJson>().ProducesProblem(400).ProducesProblem(415).ProducesProblem(422);
        chat.MapGet("/api/history", History).WithName("getHistory")
            .WithSummary("Archived messages, newest last")
            .WithDescription("A large answer has fewer than were asked for; `before` is where to go on, and null at the beginning.")
            .Produces<HistoryJson>().ProducesProblem(401).ProducesProblem(404).ProducesProblem(422).ProducesProblem(503);
        new CircleApi(callers).Map(chat);
        chat.MapGet("/schema", () => TypedResults.Bytes(EventSchema.Text, EventSchema.ContentType)).WithName("getSchema")
            .WithSummary("The JSON schema of events").Produces<JsonElement>(200, EventSchema.ContentType);

        var node = app.MapGroup("").WithTags(ApiDescription.Node);
        node.MapGet("/health/live", () => TypedResults.Ok(new HealthJson("live", JsonWords.Word(_own.Session.View.Connection)))).WithName("isLive").WithSummary("The process runs");
        node.MapGet("/health/ready", Ready).WithName("isReady").WithSummary("Joined, and with the majority").Produces<HealthJson>().Produces<HealthJson>(503);
        node.MapGet("/metrics", Metrics).WithName("getMetrics").WithSummary("Prometheus text")
            .WithDescription("Of a private room only for who is in.").Produces<string>(200, "text/plain").ProducesProblem(401);
    }

    private async Task<IResult> Room(HttpContext http, string? wait, string? timeout)
    {
        var user = callers.UserOf(http);
        http.Response.Headers.CacheControl = "no-store";
        if (user is null && callers.AreInvited)
        {
            return string.IsNullOrEmpty(wait) ? TypedResults.Ok(RoomJson.OfStranger(_own.Session.View)) : NoUser(http);
        }

        var (seq, seconds) = (0L, UsualWait);
        if ((!string.IsNullOrEmpty(wait) && !long.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out seq))
            || (!string.IsNullOrEmpty(timeout) && !int.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out seconds))
            || seconds > LongestWait)
        {
            return Refuse(422, $"wait is a sequence number, timeout is 0 to {LongestWait} seconds");
        }

        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, patience.Token))
        {
            try
            {
                await log.Reaches(seq, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
            {
                return RefuseForNow(http, 503, $"number {seq} has not come within {seconds} s; this node has {log.Last}", 1);
            }
        }

        return TypedResults.Ok(RoomJson.Of((user ?? _own).Session.View, user == _own, user is not null));
    }

    private IResult Events(HttpContext http, string? after, string? recent, string? room, string? follow, string? archive, string? before)
    {
        if (callers.UserOf(http) is not { } user)
        {
            return NoUser(http);
        }

        LogCursor cursor;
        var resume = http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : after;
        if (!string.IsNullOrEmpty(resume))
        {
            if (!long.TryParse(resume, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return Refuse(422, "Last-Event-ID (or after) is a sequence number: the id of the last event that came");
            }

            cursor = string.IsNullOrEmpty(room) || room == user.Session.View.Room ? log.From(number) : log.Recent(int.MaxValue);
        }
        else if (string.IsNullOrEmpty(recent))
        {
            cursor = log.Recent(int.MaxValue);
        }
        else if (int.TryParse(recent, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            cursor = archive == "no" ? log.Recent(count) : log.LastOf(count);
        }
        else
        {
            return Refuse(422, "recent is how many of the last entries to begin with");
        }

        if ((follow ?? "") is not ("" or "yes" or "no") || (archive ?? "") is not ("" or "yes" or "no"))
        {
            return Refuse(422, "follow and archive are yes or no");
        }

        long? end = null;
        if (!string.IsNullOrEmpty(before))
        {
            if (!long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return Refuse(422, "before is a sequence number");
            }

            end = number;
        }

        http.Response.Headers["X-Accel-Buffering"] = "no"; // a proxy passes on what comes as it comes
        return streams.Open(user, cursor, follow != "no", end, http, out var whyNot) is { } stream
            ? TypedResults.ServerSentEvents(stream)
            : RefuseForNow(http, 503, whyNot, 5);
    }

    private async Task<IResult> Say(HttpContext http)
    {
        if (callers.UserOf(http) is not { } user)
        {
            return NoUser(http); // before the body is looked at: what it says of the body would help nobody
        }

        var (message, refusal) = callers.IsScript(http) && IsPlainText(http.Request)
            ? await RequestBody.ReadText(http).ConfigureAwait(false)
            : await RequestBody.Read(http, WebJson.Default.MessageJson).ConfigureAwait(false);
        if (refusal is not null || message is null)
        {
            return refusal ?? Refuse(422, "the body is null");
        }

        Relation? relation = null;
        if (message.Relation is { } said)
        {
            if (!Relation.TryParse(said.Kind, said.Id, out var about))
            {
                return Refuse(422, "'relation' has a 'kind' (reply, edit, deletion or reaction) and the 'id' of the message that it is about");
            }

            relation = about;
        }

        var text = message.Text ?? "";
        if (text.Length == 0 && relation is not { Kind: RelationKind.Deletion })
        {
            return Refuse(422, "'text' is missing or empty");
        }

        if (message.Key is { Length: 0 or > MaxKeyLength })
        {
            return Refuse(422, $"'key' has 1 to {MaxKeyLength} characters");
        }

        if (message.As is { } writer && writer != user.Session.User.ToString())
        {
            return Refuse(409, "this was written as another user than the one who asks");
        }

        if (Encoding.UTF8.GetByteCount(text) > Limits.TextBytes)
        {
            return Refuse(413, $"a message has at most {Limits.TextBytes} bytes of UTF-8");
        }

        var result = user.Say(text, relation, message.Key, out var conflict);
        if (conflict)
        {
            return Refuse(422, "this key was used for another message");
        }

        metrics.Posted(result);
        return result switch
        {
            { Id: { } id } => TypedResults.Accepted((string?)null, new SaidJson(id.ToString())),
            { Retry: true } => RefuseForNow(http, 429, result.Refusal ?? "the outbox is full", 1),
            _ => Refuse(422, result.Refusal ?? "the message was refused"),
        };
    }

    private async Task<IResult> ChangeRoom(HttpContext http)
    {
        if (callers.UserOf(http) is not { } user)
        {
            return NoUser(http);
        }

        var (wish, refusal) = await RequestBody.Read(http, WebJson.Default.SettingJson).ConfigureAwait(false);
        if (refusal is not null || Enum.GetValues<RoomSettingKind>().Where(s => JsonWords.Word(s) == wish?.Setting).ToList() is not [var setting])
        {
            return refusal ?? Refuse(422, "'setting' is name, topic or last");
        }

        if (!RoomSettings.TryNormalise(setting, wish?.Text ?? "", out var text, out var whyNot))
        {
            return Refuse(422, whyNot);
        }

        return await user.Session.ChangeRoom(setting, text, http.RequestAborted).ConfigureAwait(false) is { } amiss ? Refuse(409, amiss) : TypedResults.NoContent();
    }

    private async Task<IResult> Reform(HttpContext http) =>
        callers.IsOwn(http)
            ? TypedResults.Ok(new OutcomeJson(await _own.Session.Reform(http.RequestAborted).ConfigureAwait(false)))
            : Refuse(403, "only the node's own user decides that");

    private static async Task<IResult> ReadLine(HttpContext http)
    {
        var (line, refusal) = await RequestBody.Read(http, WebJson.Default.LineJson).ConfigureAwait(false);
        return refusal ?? (line?.Line is { } typed ? TypedResults.Ok(ReadLineJson.Of(InputLine.Read(typed))) : Refuse(422, "'line' is missing"));
    }

    private async Task<IResult> History(HttpContext http, string? before, string? limit, string? q)
    {
        if (callers.UserOf(http) is null)
        {
            return NoUser(http);
        }

        if (history is null)
        {
            return Refuse(404, "this node keeps no archive; /api/room says which nodes do");
        }

        var from = long.MaxValue;
        var count = DefaultPage;
        if ((!string.IsNullOrEmpty(before) && !long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out from))
            || (!string.IsNullOrEmpty(limit) && !int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count))
            || count is 0 or > MaxPage)
        {
            return Refuse(422, $"before is a sequence number, limit is 1 to {MaxPage}");
        }

        try
        {
            return await history.Read(q, from, count, http.RequestAborted).ConfigureAwait(false) is { } answer
                ? TypedResults.Ok(answer)
                : RefuseForNow(http, 503, "too many others read the archive just now", 1);
        }
        catch (HistoryStoreException e) when (e.Fault == StoreFault.Nowhere)
        {
            return Refuse(404, e.Message);
        }
        catch (HistoryStoreException e) when (e.Fault == StoreFault.Name)
        {
            return Refuse(422, e.Message);
        }
        catch (HistoryStoreException e)
        {
            return RefuseForNow(http, 503, e.Message, 10);
        }
    }

    private IResult Metrics(HttpContext http) => callers.AreInvited && callers.UserOf(http) is null
        ? NoUser(http)
        : TypedResults.Text(metrics.Text(_own.Session.View, streams.Count, guests.Count), WebMetrics.ContentType);

    private IResult Ready()
    {
        var view = _own.Session.View;
        return view.Connection == ConnectionState.Connected && view.Seq > 0
            ? TypedResults.Ok(new HealthJson("ready", "connected"))
            : TypedResults.Json(new HealthJson("not ready", JsonWords.Word(view.Connection)), WebJson.Default.HealthJson, statusCode: 503);
    }

    /// <summary>A page elsewhere can make a browser send such a body, too; so only a program may, which has shown the token.</summary>
    private static bool IsPlainText(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Value is { } media
        && PlainTypes.Contains(media, StringComparer.OrdinalIgnoreCase);

    private static ProblemHttpResult NoUser(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return Refuse(401, http.Request.Headers.Authorization.Count > 0
            ? "this is not the token of the account that runs this node, or it did not come from this machine; there, 'norris token' prints it"
            : "nobody is known by this request: to be the node's own user, on its machine, send -H \"Authorization: Bearer $(norris token)\", or open the "
                + "link that the node printed; to be a guest, POST /api/user {\"name\": …}, in a private room with the \"guest\" that a link ends with, and keep the cookie");
    }

    public static ProblemHttpResult Refuse(int status, string why) => TypedResults.Problem(why, statusCode: status);

    public static ProblemHttpResult RefuseForNow(HttpContext http, int status, string why, int seconds)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Refuse(status, why);
    }
}
