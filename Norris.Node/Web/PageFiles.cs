using System.Globalization;
using System.IO.Hashing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Norris.Node.Web;

/// <summary>
/// The page's own files. They are small and stay in memory, and each answer is sent from there: the framework's static files would keep a buffer of 64 KiB for
/// every browser that does not read on.
/// </summary>
internal static class PageFiles
{
    private const string Page = "index.html";
    private static readonly string[] Methods = ["GET", "HEAD"];

    /// <param name="folder">Where they are among the program's resources.</param>
    /// <param name="only">Whether a file of this name is wanted; null: all are.</param>
    public static void Map(IEndpointRouteBuilder app, string folder = "wwwroot", Func<string, bool>? only = null)
    {
        var types = new FileExtensionContentTypeProvider();
        foreach (var file in new EmbeddedFileProvider(typeof(PageFiles).Assembly, folder).GetDirectoryContents("").Where(file => only?.Invoke(file.Name) != false))
        {
            var bytes = BytesOf(file);
            var type = types.TryGetContentType(file.Name, out var known) ? known : "application/octet-stream";
            var tag = new EntityTagHeaderValue($"\"{XxHash3.HashToUInt64(bytes).ToString("x", CultureInfo.InvariantCulture)}\"");
            Task Send(HttpContext http)
            {
                http.Response.Headers.CacheControl = "no-cache"; // ask each time: another build may serve here now
                return TypedResults.Bytes(bytes, type, entityTag: tag).ExecuteAsync(http);
            }

            app.MapMethods($"/{file.Name}", Methods, (RequestDelegate)Send).ExcludeFromDescription();
            if (file.Name == Page)
            {
                app.MapMethods("/", Methods, (RequestDelegate)Send).ExcludeFromDescription();
            }
        }
    }

    private static byte[] BytesOf(IFileInfo file)
    {
        using var from = file.CreateReadStream();
        var bytes = new byte[file.Length];
        from.ReadExactly(bytes);
        return bytes;
    }
}
