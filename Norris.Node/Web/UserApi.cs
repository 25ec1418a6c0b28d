using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Norris.Core.Room;

namespace Norris.Node.Web;

/// <summary>The part of the HTTP interface that is about who asks: guests come and go, and the node's own user has other browsers be it.</summary>
internal sealed class UserApi(WebCallers callers, Func<string> newLink)
{
    public void Map(IEndpointRouteBuilder chat)
    {
        chat.MapPost("/api/user", (Delegate)Enter).WithName("enter")
            .WithSummary("Enters the room as a user of one's own, or asks for another name")
            .WithDescription("In a private room a browser needs a guest link for that: `guest` is what such a link ends with.")
            .Accepts<EnterJson>("application/json").Produces<EnteredJson>(202)
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(415).ProducesProblem(422).ProducesProblem(429).ProducesProblem(503);
        chat.MapDelete("/api/user", (Delegate)LeaveRoom).WithName("leave").WithSummary("Takes one's own user out of the room").Produces(204).ProducesProblem(403);
        chat.MapPost("/api/link", (Delegate)Link).WithName("newLink")
            .WithSummary("A new link that makes a browser on this machine the node's own user, once")
            .Produces<LinkJson>(201).ProducesProblem(403);
    }

    private async Task<IResult> Enter(HttpContext http)
    {
        var (wish, refusal) = await RequestBody.Read(http, WebJson.Default.EnterJson).ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal;
        }

        var name = wish?.Name ?? "";
        if (name.Length > 0 && !Names.TryNormalise(name, out name, out var whyNot))
        {
            return WebApi.Refuse(422, whyNot);
        }

        if (name.Length == 0 && callers.UserOf(http) is not null)
        {
            return WebApi.Refuse(422, "you are in the room already: say which other name you wish, as in {\"name\": \"ada\"}");
        }

        if (callers.IsOwn(http))
        {
            if (name != callers.Own.Session.View.Name)
            {
                callers.Own.Session.AskForName(name);
            }

            return TypedResults.Accepted((string?)null, new EnteredJson(name));
        }

        return callers.Enter(http, ref name, wish?.Guest) ?? TypedResults.Accepted((string?)null, new EnteredJson(name));
    }

    private async Task<IResult> LeaveRoom(HttpContext http)
    {
        if (callers.IsOwn(http))
        {
            return WebApi.Refuse(403, "this is the node's own user: stop the node to leave");
        }

        await callers.Leave(http).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private IResult Link(HttpContext http) => callers.IsOwn(http)
        ? TypedResults.Created((string?)null, new LinkJson(newLink()))
        : WebApi.Refuse(403, "only the node's own user may have another browser be it");
}
