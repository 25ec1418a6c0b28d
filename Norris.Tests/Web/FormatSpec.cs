using Microsoft.Playwright;
using Norris.Core.Protocol;
using Norris.Tests.Session;

namespace Norris.Tests.Web;

/// <summary>What the page makes of a text, as a function: text in, nodes out.</summary>
[Collection(ChromiumCollection.Name)]
public sealed class FormatSpec(Chromium chromium)
{
    /// <summary>For four times the longest message; a tenth of this is usual, and with a time that grows with the square of the length ten times as much.</summary>
    private const double MostMs = 2000;

    private const string Format =
        """
        async (texts) => {
          const { formatted } = await import('/format.js');
          return texts.map(text => {
            const { nodes, isMarked } = formatted(text), all = document.createElement('div');
            all.append(...nodes);
            all.querySelectorAll('[dir=auto]').forEach(e => e.removeAttribute('dir'));
            all.querySelectorAll('.acts').forEach(e => { e.dataset.name = e.dataset.name.slice(1, -1); }); // browsers write < in attributes in two ways
            return (isMarked ? 'marked: ' : '') + all.innerHTML;
          });
        }
        """;

    private static readonly (string Text, string Nodes)[] Texts =
    [
        ("hello", "hello"),
        ("*hi* there", "marked: <em>hi</em> there"),
        ("**bold** and *it*.", "marked: <strong>bold</strong> and <em>it</em>."),
        ("*a **b** c* **d *e* f**", "marked: <em>a <strong>b</strong> c</em> <strong>d <em>e</em> f</strong>"),
        ("**a *b** c*", "marked: <strong>a *b</strong> c*"),
        ("2*3*4, a*b, 2 * 3, {{7*7}} ${7*7}, ***x***, snake_case_name", "2*3*4, a*b, 2 * 3, {{7*7}} ${7*7}, ***x***, snake_case_name"),
        ("2 *3 and *real*", "marked: 2 *3 and <em>real</em>"),
        ("这是**粗体**字", "marked: 这是<strong>粗体</strong>字"),
        ("*not over\nlines*", "*not over\nlines*"),
        ("`code *x*` and ``a`b`` and `open", "marked: <code>code *x*</code> and <code>a`b</code> and `open"),
        ("so:\n```js\nlet x = *1*;\n\n<b>\n```\nafter", "marked: so:<pre><code>let x = *1*;\n\n&lt;b&gt;</code></pre>after"),
        ("```js\nnever closed", "```js\nnever closed"),
        ("one\n> quoted *it*\n> more\nafter", "marked: one<blockquote>quoted <em>it</em>\nmore</blockquote>after"),
        (">:( and >_<", "&gt;:( and &gt;_&lt;"),
        ("- a\n* b\n3. c\n7. d", "marked: <ul><li>a</li><li>b</li></ul><ol><li value=\"3\">c</li><li value=\"7\">d</li></ol>"),
        ("-1 is less\n1.5 is more", "-1 is less\n1.5 is more"),
        ("<b>*x*</b><img src=x onerror=alert(1)>", "marked: &lt;b&gt;<em>x</em>&lt;/b&gt;&lt;img src=x onerror=alert(1)&gt;"),
        ("*a\u202eb*", "marked: <em>a<span class=\"acts\" data-name=\"U+202E\">\u202e</span>b</em>"),
        ("see https://example.org/a_(b)), and (http://x.example/?a=1&b=2#c).", $"see {Link("https://example.org/a_(b)")}), and ({Link("http://x.example/?a=1&amp;b=2#c")})."),
        ("<https://x.example/> \"https://x.example/y\"", $"&lt;{Link("https://x.example/")}&gt; \"{Link("https://x.example/y")}\""),
        ("*https://x.example/*!", $"marked: <em>{Link("https://x.example/")}</em>!"),
        ("写信 https://x.example/a。", $"写信 {Link("https://x.example/a")}。"),
        ("mailto:ada@example.org, or ada@example.org", $"{Link("mailto:ada@example.org")}, or ada@example.org"),
        ("HTTPS://EXAMPLE.ORG/Path", Link("https://example.org/Path", "HTTPS://EXAMPLE.ORG/Path")),
        ("javascript:alert(1) data:text/html,x file:///etc/passwd ftp://x.example xhttp://x.example http:// www.example.org",
            "javascript:alert(1) data:text/html,x file:///etc/passwd ftp://x.example xhttp://x.example http:// www.example.org"),
        ("https://bank.example@evil.example/ mailto:x mailto:ada@b\u0430nk.example", "https://bank.example@evil.example/ mailto:x mailto:ada@b\u0430nk.example"),
        ("https://b\u0430nk.example/x", $"marked: {Link("https://xn--bnk-6cd.example/x")}"), // a Cyrillic letter in it
        ("https://b\u200bank.example/", $"marked: {Link("https://bank.example/")}"),
        ("http://0x7f.1/", $"marked: {Link("http://127.0.0.1/")}"),
        ("https://x.example/\u202egnp.exe", "https://x.example/<span class=\"acts\" data-name=\"U+202E\">\u202e</span>gnp.exe"),
    ];

    private readonly FakeRoom _room = new();

    [SkippableFact]
    public async Task A_text_becomes_nodes()
    {
        await using var web = await WebNode.Start(_room);
        var page = await chromium.Open(web);
        var made = await page.EvaluateAsync<string[]>(Format, Texts.Select(t => t.Text).ToArray());
        Assert.Equal(Texts.Select(t => t.Nodes), made);
    }

    [SkippableFact]
    public async Task An_epoch_is_written_as_on_every_screen()
    {
        long[] epochs = [0, 1, 538, 999_999, 1_000_000, 1_434_319, 12_000_007];
        await using var web = await WebNode.Start(_room);
        var page = await chromium.Open(web);
        var made = await page.EvaluateAsync<string[]>("async (epochs) => { const { epoch } = await import('/words.js'); return epochs.map(epoch); }", epochs);
        Assert.Equal(["0", "1", "538", "999999", "1.0", "1.434319", "12.7"], made);
        Assert.Equal(made, epochs.Select(e => new Epoch(e).ToString()));
    }

    /// <summary>
    /// The machine may be busy, so the limit is generous; and the texts are so long (four times the longest message) that a square is beyond it all the same.
    /// </summary>
    [SkippableFact]
    public async Task The_longest_message_of_anything_takes_no_more_than_its_share_of_time()
    {
        string[] pieces =
        [
            "*", "**", "*a", "* a*", "**a*b ", " *a **b", "[", "(", "`", "`` ` ", "*`", "h", "http:", "http://", "https://x.example/(", "mailto:", "https://x) ", "_", "x",
            "```\n", "```x\n", "> ", "> *a\n", "- *\n", "1. `\n", "\n", "\r", "\u202e", "👩‍👩‍👧", "ا",
        ];
        await using var web = await WebNode.Start(_room);
        var page = await chromium.Open(web);
        var took = await page.EvaluateAsync<double[]>(
            """
            async (pieces) => {
              const { formatted } = await import('/format.js');
              return pieces.map(piece => {
                const text = piece.repeat(64 * 1024 / new TextEncoder().encode(piece).length);
                return Math.min(...Array.from({ length: 3 }, () => {
                  const began = performance.now();
                  formatted(text);
                  return performance.now() - began;
                }));
              });
            }
            """,
            pieces);
        Assert.All(pieces.Zip(took), it => Assert.True(it.Second < MostMs, $"64 KiB of '{it.First}' take {it.Second:0} ms"));
    }

    [SkippableFact]
    public async Task What_is_shown_has_all_that_was_said_but_for_the_marks()
    {
        // Any text at all: nothing is lost, nothing is doubled, nothing changes its place.
        await using var web = await WebNode.Start(_room);
        var page = await chromium.Open(web);
        var lost = await page.EvaluateAsync<string[]>(
            """
            async () => {
              const { formatted } = await import('/format.js');
              const pieces = ['*', '**', '`', '``', '```', '> ', '- ', '1. ', '\n', ' ', 'a', 'b c', 'https://x.example/y', ')', '(', '.', '字', '👋', '\u202e', '_'];
              const bare = (text) => text.replace(/[*`>.\-\s\d]/g, '');
              let seed = 17;
              const next = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
              const lost = [];
              for (let i = 0; i < 3000; i++) {
                const text = Array.from({ length: 1 + next(12) }, () => pieces[next(pieces.length)]).join('');
                const all = document.createElement('div');
                all.append(...formatted(text).nodes);
                if (!all.querySelector('pre') && bare(all.textContent) !== bare(text)) { // a block of code loses its language
                  lost.push(text);
                }
              }
              return lost;
            }
            """);
        Assert.Empty(lost);
    }

    private static string Link(string href, string? text = null) => $"<a href=\"{href}\" target=\"_blank\" rel=\"noopener noreferrer\" dir=\"ltr\">{text ?? href}</a>";
}
