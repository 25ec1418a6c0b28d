using System.Text;

namespace Norris.Tests.Processes;

/// <summary>Lines that people wrote: this repository's own files and a few greetings, up to 2 KB each, numbered so that each is unlike the others.</summary>
internal static class RealText
{
    private const int LongestLine = 2048;
    private const int EveryLong = 25;

    private static readonly string[] Greetings =
    [
        "Guten Tag, schöne Grüße aus Köln", "こんにちは、皆さん", "Привет, как дела?", "안녕하세요 여러분", "مرحبا بالجميع", "שלום לכולם", "नमस्ते दोस्तों",
        "你好，世界", "Γεια σας", "สวัสดีครับ", "Xin chào mọi người", "👩‍👩‍👧‍👦 🏳️‍🌈 🇪🇺 🧑🏽‍🚀", "e\u0301 and é are not the same bytes", "tabs\tand \"quotes\" and \\ too",
    ];

    private static readonly Lazy<string[]> Corpus = new(Collect);

    /// <summary>So many lines, as they will be said. Equal for an equal tag.</summary>
    public static string[] Lines(string tag, int count)
    {
        var corpus = Corpus.Value;
        var lines = new string[count];
        for (var i = 0; i < count; i++)
        {
            var text = new StringBuilder($"{tag} {i}: ").Append(corpus[i % corpus.Length]);
            for (var next = i + 1; i % EveryLong == 0 && Encoding.UTF8.GetByteCount(text.ToString()) < LongestLine; next++)
            {
                text.Append(' ').Append(corpus[next % corpus.Length]);
            }

            lines[i] = Cut(text.ToString());
        }

        return lines;
    }

    private static string Cut(string text)
    {
        var runes = new StringBuilder();
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > LongestLine)
            {
                break;
            }

            runes.Append(rune);
        }

        return runes.ToString();
    }

    private static string[] Collect()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Norris.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        var folders = (string[])["Norris.Actors", "Norris.Node", "Norris.Tests"];
        var files = folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root.FullName, folder), "*.cs", SearchOption.AllDirectories))
            .Append(Path.Combine(root.FullName, "LICENSE"))
            .Append(Path.Combine(root.FullName, "README.md"))
            .Order(StringComparer.Ordinal);
        return [.. Greetings, .. files.SelectMany(File.ReadLines).Where(line => line.Length > 0)];
    }
}
