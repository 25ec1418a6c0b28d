using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>The part of the HTTP interface that is about a private room's circle. All of it is the node's own user's alone.</summary>
internal sealed class CircleApi(WebCallers callers)
{
    public void Map(IEndpointRouteBuilder chat)
    {
        var own = chat.MapGroup("").AddEndpointFilter((asked, next) =>
            callers.IsOwn(asked.HttpContext) ? next(asked) : ValueTask.FromResult<object?>(WebApi.Refuse(403, CircleAnswer.NotHere.Why)));
        own.MapGet("/api/devices", (Delegate)Devices).WithName("getDevices").WithSummary("The devices that belong to a private room")
            .Produces<IReadOnlyList<DeviceJson>>().ProducesProblem(403).ProducesProblem(422).ProducesProblem(503);
        own.MapDelete("/api/devices", PutOut).WithName("putOut").WithSummary("Puts a device out of a private room, for good")
            .Produces<OutcomeJson>().ProducesProblem(403).ProducesProblem(422).ProducesProblem(503);
        own.MapPost("/api/invites", (Delegate)Invite).WithName("invite").WithSummary("Makes an invite into a private room, for one device")
            .Accepts<InviteForJson>("application/json").Produces<InviteJson>(201)
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(415).ProducesProblem(422).ProducesProblem(503);
        own.MapPost("/api/guests", (Delegate)InviteGuest).WithName("inviteGuest").WithSummary("Makes a link with which a browser comes into a private room as a guest of this node, once")
            .Accepts<InviteForJson>("application/json").Produces<InviteJson>(201)
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(415).ProducesProblem(422).ProducesProblem(503);
        own.MapDelete("/api/invites", TakeBack).WithName("takeBack").WithSummary("Takes an invite or a guest link back")
            .Produces<OutcomeJson>().ProducesProblem(403).ProducesProblem(422).ProducesProblem(503);
    }

    private Task<IResult> Devices(HttpContext http) => Ask(http, new CircleWish.Devices());

    private async Task<IResult> PutOut(HttpContext http, string? who) =>
        string.IsNullOrEmpty(who) ? WebApi.Refuse(422, "who is to be put out? who=7QK4-M2ZX") : await Ask(http, new CircleWish.Kick(who)).ConfigureAwait(false);

    private async Task<IResult> TakeBack(HttpContext http, string? code) =>
        string.IsNullOrEmpty(code) ? WebApi.Refuse(422, "which invite? code=4mvt") : await Ask(http, new CircleWish.TakeBack(code)).ConfigureAwait(false);

    private Task<IResult> Invite(HttpContext http) => Make(http, name => new CircleWish.Invite(name));

    private Task<IResult> InviteGuest(HttpContext http) => Make(http, name => new CircleWish.Guest(name));

    private async Task<IResult> Make(HttpContext http, Func<string, CircleWish> wishFor)
    {
        var (wish, refusal) = await RequestBody.Read(http, WebJson.Default.InviteForJson).ConfigureAwait(false);
        return refusal ?? await Ask(http, wishFor(wish?.Name ?? "")).ConfigureAwait(false);
    }

    private async Task<IResult> Ask(HttpContext http, CircleWish wish)
    {
        http.Response.Headers.CacheControl = "no-store";
        return await callers.Own.Session.AskCircle(wish, http.RequestAborted).ConfigureAwait(false) switch
        {
            CircleAnswer.Devices it => TypedResults.Ok<IReadOnlyList<DeviceJson>>([.. it.All.Select(DeviceJson.Of)]),
            CircleAnswer.Invited it => TypedResults.Created((string?)null, InviteJson.Of(it)),
            CircleAnswer.Done it => TypedResults.Ok(new OutcomeJson(it.What)),
            CircleAnswer.Refused { ForNow: true } it => WebApi.RefuseForNow(http, 503, it.Why, 1),
            var it => WebApi.Refuse(422, string.Join(' ', it.Lines)),
        };
    }
}
