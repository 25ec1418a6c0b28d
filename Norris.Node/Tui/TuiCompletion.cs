using Norris.Core.Protocol;
using Norris.Node.Screens;

namespace Norris.Node.Tui;

/// <summary>What Tab makes of the word before the cursor.</summary>
public sealed partial record TuiModel
{
    private Completion? Completed { get; init; }

    private TuiModel OnTab()
    {
        var completion = Completed is { } last && last.Shown == Editor ? last with { At = (last.At + 1) % last.Words.Count } : Complete();
        if (completion is null)
        {
            return this with { Hint = "no name here, and no command, begins like that" };
        }

        var shown = completion.Typed.Replace(completion.Start, completion.Words[completion.At], out var fits);
        return fits
            ? this with { Editor = shown, Completed = completion with { Shown = shown }, Hint = completion.Words.Count > 1 ? string.Join("  ", completion.Words.Select(word => word.TrimEnd())) : "" }
            : this with { Hint = "there is no room for it in this message" };
    }

    /// <summary>A command at the beginning of a message, or the name of somebody else; null: nothing fits.</summary>
    private Completion? Complete()
    {
        var before = Editor.Text[..Editor.Cursor];
        if (before.StartsWith('/') && Fitting(0, ChatCommands.All.Where(c => c.Name.StartsWith(before, StringComparison.Ordinal)).Select(c => c.Takes.Length > 0 ? $"{c.Name} " : c.Name)) is { } begun)
        {
            return begun;
        }

        var command = ChatCommands.All.FirstOrDefault(c => before.StartsWith($"{c.Name} ", StringComparison.Ordinal));
        var words = command is null ? 0 : command.Name.Length + 1;
        if (command is { Choices.Count: > 0 })
        {
            return Fitting(words, command.Choices.Where(choice => choice.StartsWith(before[words..], StringComparison.Ordinal)));
        }

        var others = (View?.Users ?? []).Where(user => !user.IsMe).Select(user => user.Name).Order(StringComparer.OrdinalIgnoreCase).ToList();
        var end = Editor.Cursor < Editor.Text.Length && char.IsWhiteSpace(Editor.Text[Editor.Cursor]) ? "" : " ";

        // A name may have spaces in it, so the longest beginning that fits is the one that is meant. Of nothing at all, only after an @, or where a name has to stand.
        var fitsNothing = before.EndsWith('@') || (command is { TakesSomebody: true } && before.Length == words);
        for (var start = Math.Max(0, before.Length - Limits.NameLength); start < before.Length || (start == before.Length && fitsNothing); start++)
        {
            if ((start == 0 || !char.IsLetterOrDigit(before[start - 1]))
                && Fitting(start, others.Where(name => name.StartsWith(before[start..], StringComparison.OrdinalIgnoreCase)).Select(name => name + end)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private Completion? Fitting(int start, IEnumerable<string> words) => words.ToList() is { Count: > 0 } fitting ? new(Editor, start, fitting, 0, Editor) : null;

    /// <param name="Typed">What stood there before the first Tab; what comes between <paramref name="Start"/> and its cursor is completed.</param>
    /// <param name="Shown">What stands there now: Tab goes on only from that.</param>
    private sealed record Completion(Editor Typed, int Start, IReadOnlyList<string> Words, int At, Editor Shown);
}
