using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Norris.Tests.Architecture;
using Norris.Tests.Web;

namespace Norris.Tests.Teach;

/// <summary>What the page for a class makes of what nodes tell: moments in, worlds, sentences and lessons out. No node, no clock.</summary>
[Collection(ChromiumCollection.Name)]
public sealed partial class TimelineSpec(Chromium chromium)
{
    /// <summary>A class as a list of short calls: each makes a moment, one millisecond after the one before.</summary>
    private const string Tools =
        """
        const { World, Timeline, Clock, stateOf } = await import('/timeline.js');
        const { recoveries, sentence } = await import('/narrate.js');
        const { LESSONS, Lesson } = await import('/lessons.js');
        const { bare, GLOSSARY } = await import('/glossary.js');
        const names = ['ada', 'bob', 'cleo'];
        const timeline = new Timeline();
        let at = 1000, number = 0;
        const add = (lane, kind, more, when = ++at) => timeline.add([{ number: ++number, at: when, lane, kind, ...more }]);
        const is = (lane, state) => add(lane, 'lane', { name: names[lane], address: `h:${lane}`, state });
        const line = (lane, event, more, when) => add(lane, 'line', { line: { event, ...more } }, when);
        const step = (lane, what, more, when) => add(lane, 'step', { line: { step: what, epoch: 0, node: '', received: 0, lastEpoch: 0, count: 0, why: '', ...more } }, when);
        const inside = (lane, more) => line(lane, 'inside', { node: `h:${lane}`, host: 'h:0', epoch: 1, connection: 'connected', received: 0, stable: 0, delivered: 0, pending: 0, ...more });
        const said = (lanes, seq, user, text = `text ${seq}`, epoch = 1) => lanes.forEach(lane => line(lane, 'said', { seq, epoch, user, text, hash: `${seq}` }));
        const hosts = (lanes, seq, host, epoch) => lanes.forEach(lane => line(lane, 'host', { seq, epoch, host, mayHaveLost: false, hash: `${seq}` }));
        const begin = () => {
          names.forEach((_, lane) => { is(lane, 'here'); line(lane, 'welcome', { name: names[lane], node: `h:${lane}`, host: 'h:0', epoch: 1 }); line(lane, 'connection', { state: 'connected' }); });
          said([0, 1, 2], 1, 'ada');
        };
        const now = () => timeline.at(at);
        """;

    [SkippableFact]
    public async Task A_step_that_is_told_late_is_drawn_in_its_place() => Assert.Equal("""[["asks"],[],["asks","chooses","reigns"],1004]""", await Eval(
        """
        step(0, 'asks', { epoch: 1 });                                     // at 1001
        step(0, 'reigns', { epoch: 1, why: 'a new room' }, 1004);
        const steps = (when) => timeline.at(when).steps.map(s => s.step), first = steps(1003);
        step(0, 'chooses', { epoch: 1 }, 1002);
        return [first, steps(1000), steps(2000), timeline.next(1002)];
        """));

    [SkippableFact]
    public async Task A_number_stands_at_each_node_as_that_node_tells() => Assert.Equal("""["before","delivered","missed","delivered","stable","received","missing"]""", await Eval(
        """
        begin();
        is(1, 'dead'); is(1, 'starting');
        said([1], 2, 'ada'); said([1], 4, 'ada');
        inside(1, { received: 6, stable: 5, delivered: 4 });
        return [1, 2, 3, 4, 5, 6, 7].map(n => stateOf(now().lanes[1], n));
        """));

    [SkippableFact]
    public async Task The_page_stands_still_steps_goes_slowly_and_goes_back_while_the_nodes_go_on() => Assert.Equal("[1000,1000,1001,1001,1101,1050,1150,9000]", await Eval(
        """
        const clock = new Clock(0), seen = [];
        said([0], 1, 'ada', 'x'); at = 2000; said([0], 2, 'ada', 'x');
        seen.push(clock.tick(1000));
        clock.pause(true); seen.push(clock.tick(3000));
        clock.step(timeline); seen.push(clock.position);
        seen.push(clock.tick(4000));
        clock.slow(1 / 10); seen.push(clock.tick(5000));
        clock.back(1050); seen.push(clock.position);
        seen.push(clock.tick(6000));
        clock.live(); seen.push(clock.tick(9000));
        return seen;
        """));

    [SkippableFact]
    public async Task A_change_of_host_is_told_in_its_phases_with_the_times_of_the_nodes()
    {
        var told = JsonElement.Parse(await Eval(
            """
            begin();
            is(0, 'dead');
            const died = at;
            step(1, 'dead', { node: 'h:0' }, died + 30); step(2, 'dead', { node: 'h:0' }, died + 31);
            step(1, 'asks', { epoch: 2 }, died + 40); step(1, 'promises', { epoch: 2, node: 'h:1', received: 1, lastEpoch: 1 }, died + 41);
            step(2, 'promises', { epoch: 2, node: 'h:1', received: 1, lastEpoch: 1 }, died + 42);
            step(1, 'chooses', { epoch: 2, node: 'h:2' }, died + 43); step(1, 'reigns', { epoch: 2, why: 'goes on after 1' }, died + 44);
            step(2, 'follows', { epoch: 2, node: 'h:1' }, died + 45); step(2, 'resubmits', { epoch: 2, node: 'h:1', count: 3 }, died + 46);
            line(1, 'failover', { from: 'h:0', to: 'h:1', seconds: 0.062 }, died + 50);
            return recoveries(timeline.at(died + 100)).map(r => ({ epoch: r.epoch, over: r.over, phases: r.phases.map(p => [p.id, ...p.told.map(t => `+${t.after} ${bare(t.text)}`)]) }));
            """));
        var one = Assert.Single(told.EnumerateArray());
        Assert.Equal((2, true), (one.GetProperty("epoch").GetInt32(), one.GetProperty("over").GetBoolean()));
        Assert.Equal(
            [
                "gone|+0 ada was killed, the host: it said no goodbye to anybody.|+30 bob has proof that ada is dead: the process that it knew there is gone.|+31 cleo has proof that ada is dead: the process that it knew there is gone.",
                "promises|+40 bob is a candidate now: it asks everybody for a promise for epoch 2.|+41 bob promises itself to follow no epoch below 2, and says that it has everything up to 1, last of epoch 1.|+42 cleo promises bob to follow no epoch below 2, and says that it has everything up to 1, last of epoch 1.",
                "log|+43 bob has the promises of a quorum, and goes on with the best log: that of cleo.",
                "reign|+44 bob hosts: epoch 2 begins, and the numbers go on after 1.|+45 cleo follows bob in epoch 2.",
                "again|+46 The outbox of cleo hands over 3 messages again that have no place yet.",
                "over|+50 At bob, nothing was delivered for 62 ms; now it goes on.",
            ],
            one.GetProperty("phases").EnumerateArray().Select(p => string.Join('|', p.EnumerateArray().Select(t => t.GetString()))));
    }

    [SkippableFact]
    public async Task What_belongs_to_no_change_of_host_makes_none_and_two_are_two() => Assert.Equal("""[[],[[0,true]],[[0,true],[2,false],[3,false]]]""", await Eval(
        """
        begin();
        is(2, 'dead'); step(0, 'dead', { node: 'h:2' }); is(2, 'starting'); is(2, 'here'); inside(2);
        const all = [], shown = () => recoveries(now()).map(r => [r.epoch, r.idle]);
        all.push(shown());                                  // the death of another node
        step(2, 'silent', { epoch: 1, node: 'h:0' });       // and who hears it again
        all.push(shown());
        at += 20000;
        is(0, 'dead'); step(1, 'asks', { epoch: 2 }); step(1, 'reigns', { epoch: 2, why: '' }); hosts([1, 2], 2, 'h:1', 2); inside(1, { host: 'h:1', epoch: 2 });
        step(2, 'dead', { node: 'h:0' });                   // proof that comes late
        is(1, 'dead'); step(2, 'asks', { epoch: 3 }); step(2, 'reigns', { epoch: 3, why: '' });
        all.push(shown());
        return all;
        """));

    /// <summary>What is told in each lesson, in order, and how many parts of its task are done after each.</summary>
    [SkippableTheory]
    [InlineData("order", "said([0, 1, 2], 2, 'ada')", 0, "said([0, 1], 3, 'bob')", 1, "said([2], 3, 'bob')", 2)]
    [InlineData("uniform", "is(1, 'stopped')", 0, "is(2, 'stopped')", 1, "inside(0, { received: 2, stable: 1, delivered: 1 })", 2, "is(1, 'here')", 2, "is(2, 'here')", 2, "said([0, 1], 2, 'ada')", 2, "said([2], 2, 'ada')", 3)]
    [InlineData("uniform", "is(1, 'stopped'); is(2, 'stopped')", 1, "inside(0, { received: 1, stable: 1, delivered: 1, pending: 1 })", 2, "is(1, 'here'); is(2, 'here'); said([0, 1, 2], 2, 'ada')", 2, "inside(0, { received: 2, stable: 2, delivered: 2 })", 3)]
    [InlineData("host", "is(1, 'dead')", 0, "is(0, 'dead')", 1, "step(2, 'asks', { epoch: 2 })", 1, "step(2, 'reigns', { epoch: 2 })", 2, "is(1, 'starting'); is(1, 'here'); inside(1, { epoch: 2, host: 'h:2' }); hosts([2], 2, 'h:2', 2)", 2, "hosts([1], 2, 'h:2', 2)", 3)]
    [InlineData("partition", "is(2, 'cut')", 1, "line(2, 'connection', { state: 'host-silent' })", 1, "line(2, 'connection', { state: 'cut-off' })", 2, "said([0, 1], 2, 'ada')", 2, "inside(2, { connection: 'cut-off', delivered: 1, received: 1, stable: 1, pending: 1 })", 4)]
    [InlineData("back", "is(2, 'cut')", 0, "line(2, 'connection', { state: 'cut-off' })", 1, "said([0, 1], 2, 'ada')", 1, "is(2, 'here')", 2, "line(2, 'connection', { state: 'connected' })", 2, "said([2], 2, 'ada')", 4)]
    public async Task A_lesson_is_done_by_what_the_nodes_tell(string lesson, params object[] story)
    {
        var told = string.Concat(story.Where((_, i) => i % 2 == 0).Select(what => $"{what}; seen.push(now().lesson.done);\n"));
        Assert.Equal(JsonSerializer.Serialize(story.Where((_, i) => i % 2 == 1)), await Eval(
            $$"""
            begin();
            const lesson = LESSONS.find(l => l.id === '{{lesson}}'), seen = [];
            timeline.follow(() => new Lesson(lesson), at);
            {{told}}
            return seen;
            """));
    }

    [SkippableFact]
    public async Task A_lesson_counts_only_what_comes_after_its_beginning_and_is_not_undone() => Assert.Equal("[0,1,1,2]", await Eval(
        """
        begin();
        said([0, 1, 2], 2, 'bob');
        timeline.follow(() => new Lesson(LESSONS[0]), at);
        const seen = [now().lesson.done];
        said([0], 3, 'bob'); said([0], 4, 'cleo');
        seen.push(now().lesson.done);
        seen.push(timeline.at(at).lesson.done);
        said([1, 2], 3, 'bob'); said([1, 2], 4, 'cleo'); is(1, 'dead');
        seen.push(now().lesson.done);
        return seen;
        """));

    [SkippableFact]
    public async Task Every_word_that_is_marked_is_explained_and_every_word_is_one_of_the_protocols()
    {
        var files = Directory.GetFiles(Path.Combine(DocsSpec.Root, "Norris.Node", "Teach", "wwwroot"), "*.js").Where(f => !f.EndsWith("glossary.js", StringComparison.Ordinal)).Select(File.ReadAllText);
        var marked = files.SelectMany(text => Marked().Matches(text)).Select(m => m.Groups["word"].Value).ToHashSet();
        var explained = JsonElement.Parse(await Eval("return Object.keys(GLOSSARY);")).EnumerateArray().Select(w => w.GetString()!).ToList();
        Assert.True(marked.Count > 10, "marks were found");
        Assert.Empty(marked.Except(explained));
        Assert.Equal("[2,3,3,4,4]", await Eval("return LESSONS.map(l => l.parts.length);"));

        var protocol = DocsSpec.Read("docs/protocol.md") + DocsSpec.Read("docs/architecture.md");
        Assert.All(explained, word => Assert.Contains(word, protocol, StringComparison.OrdinalIgnoreCase));
    }

    private async Task<string> Eval(string body)
    {
        await using var web = await TeachWeb.Start();
        var page = await chromium.Open(web.Server.Link);
        return await page.EvaluateAsync<string>($"async () => {{ {Tools}\nreturn JSON.stringify(await (async () => {{ {body} }})()); }}");
    }

    [GeneratedRegex(@"\[\[(?<word>[a-z ]+)[\]|]")]
    private static partial Regex Marked();
}
