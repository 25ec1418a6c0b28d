using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Norris.Node.Web;

/// <summary>The body of a request: text in UTF-8, or JSON in it; or why it is neither.</summary>
internal static class RequestBody
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The body is the text.</summary>
    public static async Task<(MessageJson? Body, IResult? Refusal)> ReadText(HttpContext http)
    {
        if (!IsUtf8(http.Request))
        {
            return (null, WebApi.Refuse(415, "the text is UTF-8: Content-Type: text/plain; charset=utf-8"));
        }

        var (text, refusal) = await Text(http).ConfigureAwait(false);
        return (text is null ? null : new MessageJson(text, null), refusal);
    }

    /// <summary>The body is JSON.</summary>
    public static async Task<(T? Body, IResult? Refusal)> Read<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        if (!http.Request.HasJsonContentType() || !IsUtf8(http.Request))
        {
            return (null, WebApi.Refuse(415, "the body is JSON in UTF-8: Content-Type: application/json"));
        }

        var (text, refusal) = await Text(http).ConfigureAwait(false);
        return text is null ? (null, refusal) : Parse(text, type);
    }

    /// <summary>The bytes as JSON. They are decoded first: the JSON reader quotes in its error what it could not read, and bytes that are no UTF-8 cost it 38 times their size.</summary>
    public static (T? Body, IResult? Refusal) Parse<T>(ReadOnlySpan<byte> bytes, JsonTypeInfo<T> type)
        where T : class
    {
        var (text, refusal) = Decoded(bytes);
        return text is null ? (null, refusal) : Parse(text, type);
    }

    private static (T? Body, IResult? Refusal) Parse<T>(string text, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return (JsonSerializer.Deserialize(text, type), null);
        }
        catch (JsonException e)
        {
            // Not JSON at all (the reader's own failure is inside), or JSON that is something else than what is asked for here.
            return (null, e.InnerException is JsonException
                ? WebApi.Refuse(400, "the body is not JSON")
                : WebApi.Refuse(422, e.Path is ['$', '.', .. var field] ? $"'{field}' in the body is no string of whole characters" : "the body is not the JSON object that is asked for"));
        }
    }

    /// <summary>Where nothing is said of it, it is.</summary>
    private static bool IsUtf8(HttpRequest request) =>
        request.GetTypedHeaders().ContentType?.Charset is not { HasValue: true, Value: var charset } || charset.Trim('"').ToLowerInvariant() is "utf-8" or "us-ascii";

    private static async Task<(string? Text, IResult? Refusal)> Text(HttpContext http)
    {
        try
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted).ConfigureAwait(false);
            return Decoded(body.GetBuffer().AsSpan(0, (int)body.Length));
        }
        catch (BadHttpRequestException e)
        {
            return (null, WebApi.Refuse(e.StatusCode, e.StatusCode == 413 ? $"a body has at most {WebOptions.BodyBytes} bytes" : "the request broke off"));
        }
    }

    private static (string? Text, IResult? Refusal) Decoded(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return (Strict.GetString(bytes), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, WebApi.Refuse(400, "the body is not valid UTF-8"));
        }
    }
}
