using System.Text.Json;
using Norris.Core.Protocol;
using Norris.Node.Archive;
using Norris.Node.Session;
using Norris.Node.Web;

namespace Norris.Tests.Web;

public sealed class HistoryAnswersSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Kept _kept = new();

    [Fact]
    public async Task An_answer_ends_when_it_is_large_enough_and_says_where_to_go_on()
    {
        using var answers = new HistoryAnswers(_kept);
        var read = new List<long>();
        long? before = long.MaxValue;
        while (before is { } next)
        {
            var answer = await answers.Read(null, next, Kept.Count, CancellationToken.None);
            Assert.InRange(answer!.Messages.Sum(m => m.GetRawText().Length), 0, 2 * HistoryAnswers.EnoughBytes);
            read.InsertRange(0, answer.Messages.Select(m => m.GetProperty("seq").GetInt64()));
            before = answer.Before;
        }

        Assert.Equal(Enumerable.Range(1, Kept.Count).Select(i => (long)i), read);
    }

    [Fact]
    public async Task As_many_as_were_asked_for_come_where_they_are_small()
    {
        using var answers = new HistoryAnswers(_kept);
        _kept.Text = "tea";
        var answer = await answers.Read(null, long.MaxValue, 120, CancellationToken.None);
        Assert.Equal((120, Kept.Count - 119), (answer!.Messages.Count, answer.Before));
    }

    [Fact]
    public async Task What_came_later_than_all_of_an_answer_is_said_with_it_once()
    {
        using var answers = new HistoryAnswers(_kept);
        _kept.Text = "tea";
        _kept.Edited = 290;
        Assert.Equal([290L], (await answers.Read(null, 280, 120, CancellationToken.None))!.Later.Select(m => m.GetProperty("seq").GetInt64()));
        Assert.Empty((await answers.Read(null, long.MaxValue, 120, CancellationToken.None))!.Later);
    }

    [Fact]
    public async Task Few_are_read_at_a_time()
    {
        using var answers = new HistoryAnswers(_kept);
        _kept.Held = new TaskCompletionSource();
        var asked = Enumerable.Range(0, 3 * HistoryAnswers.AtOnce).Select(_ => answers.Read("tea", long.MaxValue, 1, CancellationToken.None)).ToList();
        Assert.Equal(HistoryAnswers.AtOnce, _kept.Reading);
        _kept.Held.SetResult();
        await Task.WhenAll(asked).WaitAsync(Patience);
    }

    private sealed class Kept : IRoomHistory
    {
        public const int Count = 300;

        public string Text { get; set; } = new('a', 16 * 1024);

        public TaskCompletionSource? Held { get; set; }

        /// <summary>What is about every message before it.</summary>
        public long Edited { get; set; }

        public int Reading { get; private set; }

        public Task<HistoryPage> Messages(long before, int limit, CancellationToken cancel = default) =>
            Task.FromResult(new HistoryPage(Last(before, limit), []) { Later = [.. Last(Edited + 1, 1).Where(said => Edited >= before)] });

        public async Task<IReadOnlyList<SaidEvent>> Search(string words, long before, int limit, CancellationToken cancel = default)
        {
            Reading++;
            await Held!.Task;
            return Last(before, limit);
        }

        public Task<IReadOnlyList<OrderedEvent>> Between(long after, long before, CancellationToken cancel = default) => throw new NotSupportedException();

        private SaidEvent[] Last(long before, int limit)
        {
            var end = Math.Min(before, Count + 1);
            var first = Math.Max(1, end - limit);
            return [.. Enumerable.Range((int)first, (int)(end - first)).Select(seq => new SaidEvent(seq, 1, 0, new MessageId(new UserId(7), seq), "ada", Text, 0, 0))];
        }
    }
}
