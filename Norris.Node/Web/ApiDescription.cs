using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Norris.Node.Session;

namespace Norris.Node.Web;

/// <summary>What <c>/openapi/v1.json</c> says that cannot be told from the code: who may, what parameters are, and what a body is that is no JSON.</summary>
internal static class ApiDescription
{
    public const string Chat = "chat";
    public const string Node = "node";

    private const string Token = "token";
    private const string Own = "own";
    private const string Guest = "guest";

    private static readonly (string Name, JsonSchemaType Type, string Description)[] Parameters =
    [
        ("wait", JsonSchemaType.Integer, "A sequence number: answer when this node has it."),
        ("timeout", JsonSchemaType.Integer, "For how many seconds to wait, 300 at most; 30 when left out."),
        ("after", JsonSchemaType.Integer, "A sequence number: resume behind it. The header Last-Event-ID wins over it."),
        ("recent", JsonSchemaType.Integer, "Begin with so many of the last entries."),
        ("archive", JsonSchemaType.String, "`no`: of these only what this node still holds, and nothing from an archive; `yes` when left out."),
        ("room", JsonSchemaType.String, "The room that `after` is of; in another one the stream begins with what the node still holds."),
        ("follow", JsonSchemaType.String, "`no`: end with what there is; `yes` when left out."),
        ("before", JsonSchemaType.Integer, "A sequence number: only what lies before it."),
        ("limit", JsonSchemaType.Integer, "How many messages, 1000 at most; 100 when left out."),
        ("q", JsonSchemaType.String, "What to search for, in the language of /search."),
        ("who", JsonSchemaType.String, "A device by the beginning of its id, as in 7QK4-M2ZX, or its user's name."),
        ("code", JsonSchemaType.String, "An invite, or how it begins, as in 4mvt."),
    ];

    /// <summary>Who may do what only some may; what is not here is for everybody.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["getEvents"] = [Token, Own, Guest],
        ["say"] = [Token, Own, Guest],
        ["getHistory"] = [Token, Own, Guest],
        ["leave"] = [Guest],
        ["reform"] = [Token, Own],
        ["newLink"] = [Token, Own],
        ["getDevices"] = [Token, Own],
        ["putOut"] = [Token, Own],
        ["invite"] = [Token, Own],
        ["inviteGuest"] = [Token, Own],
        ["takeBack"] = [Token, Own],
    };

    public static void Complete(OpenApiOptions options)
    {
        options.AddOperationTransformer((operation, _, _) =>
        {
            Complete(operation);
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            Complete(document);
            return Task.CompletedTask;
        });
    }

    private static void Complete(OpenApiOperation operation)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            var (_, type, description) = Parameters.Single(p => p.Name == parameter.Name);
            parameter.Description = description;
            parameter.Schema = new OpenApiSchema { Type = type, Minimum = type == JsonSchemaType.Integer ? "0" : null };
        }

        foreach (var (type, body) in operation.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>())
        {
            body.Schema = type == "application/json" ? body.Schema : new OpenApiSchema { Type = JsonSchemaType.String, Description = "The text itself." };
        }
    }

    private static void Complete(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Norris",
            Version = ProgramVersion.Text,
            Description = "A node of a group chat without a server. Requests from elsewhere than the node's own page come by an address, or by a name of this machine's.",
            License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        foreach (var server in document.Servers ?? [])
        {
            server.Url = server.Url?.TrimEnd('/');
        }

        document.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = Chat, Description = "The room, and what is said in it." },
            new() { Name = Node, Description = "The node, for those who watch over it." },
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Token] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The account's token, from the same machine: `norris token` prints it." },
            [Own] = Cookie("norris-own-PORT", "The cookie that the node's link gives: the node's own user."),
            [Guest] = Cookie("norris-PORT", "The cookie that POST /api/user gives: a guest."),
        };
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations?.Values.ToArray() ?? []))
        {
            operation.Security = Allowed.TryGetValue(operation.OperationId ?? "", out var allowed)
                ? [.. allowed.Select(scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] })]
                : [new OpenApiSecurityRequirement()];
            if (operation.Responses?.ContainsKey("403") == false)
            {
                operation.Responses["403"] = new OpenApiResponse { Description = "The request comes by a name that is not this machine's, or from a page of somebody else's." };
            }
        }

        // Entries are written by the writer of event lines, so nothing can be told of them from their type.
        foreach (var events in document.Components.Schemas?.TryGetValue(nameof(HistoryJson), out var history) == true ? new[] { history.Properties?["messages"], history.Properties?["later"] }.OfType<OpenApiSchema>() : [])
        {
            events.Items = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "An event 'said', as /schema describes it." };
        }
    }

    private static OpenApiSecurityScheme Cookie(string name, string description) =>
        new() { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = name, Description = $"{description} PORT is the port that the request goes to." };
}
