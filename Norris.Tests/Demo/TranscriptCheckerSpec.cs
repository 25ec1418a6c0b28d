using Norris.Lab.Processes;
using Norris.Lab.Rooms;

namespace Norris.Tests.Demo;

/// <summary>A checker that finds nothing proves nothing: here it is shown every kind of wrong.</summary>
public sealed class TranscriptCheckerSpec
{
    private const string AdaId = "00000000000000aa";
    private readonly TranscriptChecker _checker = new();
    private readonly TranscriptChecker.Transcript _ada;
    private readonly TranscriptChecker.Transcript _bob;

    public TranscriptCheckerSpec()
    {
        _ada = _checker.Begin("ada");
        _bob = _checker.Begin("bob");
        foreach (var text in (string[])["one", "two", "three"])
        {
            _ada.Say(text);
        }
    }

    [Fact]
    public void Equal_and_complete_transcripts_are_right()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"));
        Finds();
    }

    [Fact]
    public void A_node_may_come_later_and_begins_where_its_welcome_says()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"));
        Take(_bob, Welcome(first: 3), Said(3, 3, "three"));
        Finds();
    }

    [Fact]
    public void Different_lines_at_one_number_are_found()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"));
        Take(_bob, Welcome(), Said(1, 1, "one"), Said(2, 2, "two", hash: "ff"), Said(3, 3, "three"));
        Finds(ViolationKind.Different);
    }

    [Fact]
    public void A_number_left_out_is_found()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"));
        Take(_bob, Welcome(), Said(1, 1, "one"), Said(3, 3, "three"));
        FindsAny(ViolationKind.Disorder);
    }

    [Fact]
    public void A_number_left_out_is_found_even_when_a_welcome_to_the_same_room_follows()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"));
        Take(_bob, Welcome(), Said(1, 1, "one"), Said(3, 3, "three"), Welcome());
        FindsAny(ViolationKind.Lost);
    }

    [Fact]
    public void A_jump_that_was_announced_with_its_length_is_right()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"));
        Take(_bob, Welcome(), Said(1, 1, "one"), """{"event":"missed","count":1}""", Said(3, 3, "three"));
        Finds();
    }

    [Fact]
    public void A_jump_that_is_longer_than_announced_is_found()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"), Host(4), Host(5));
        Take(_bob, Welcome(), Said(1, 1, "one"), """{"event":"missed","count":1}""", Host(4), Host(5));
        FindsAny(ViolationKind.Disorder);
    }

    [Fact]
    public void A_number_shown_twice_is_found()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(1, 1, "one"), Welcome(), Said(2, 2, "two"), Said(3, 3, "three"));
        FindsAny(ViolationKind.Doubled);
    }

    [Fact]
    public void A_message_shown_twice_at_different_numbers_is_found()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(2, 1, "one"), Said(3, 2, "two"), Said(4, 3, "three"));
        FindsAny(ViolationKind.Doubled);
    }

    [Fact]
    public void A_message_shown_again_under_another_id_is_found()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(2, 2, "one"), Said(3, 3, "two"), Said(4, 4, "three"));
        FindsAny(ViolationKind.Doubled);
    }

    [Fact]
    public void One_speakers_messages_in_another_order_are_found()
    {
        Both(Welcome(), Said(1, 1, "two"), Said(2, 2, "one"), Said(3, 3, "three"));
        FindsAny(ViolationKind.Disorder);
    }

    [Fact]
    public void A_message_that_everybody_lacks_is_found_between_others()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(2, 2, "three"));
        FindsAny(ViolationKind.Lost);
    }

    [Fact]
    public void A_counter_left_out_is_found()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(2, 3, "two"), Said(3, 4, "three"));
        FindsAny(ViolationKind.Lost);
    }

    [Fact]
    public void The_last_message_of_a_living_node_has_to_be_shown()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(2, 2, "two"));
        Assert.NotNull(_checker.Missing());
        Finds(ViolationKind.Lost);
    }

    [Fact]
    public void The_last_messages_of_a_dead_node_need_not_be_shown()
    {
        Both(Welcome(), Said(1, 1, "one"));
        _ada.End();
        Finds();
    }

    [Fact]
    public void A_message_of_a_dead_node_that_others_lack_in_between_is_found()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(2, 2, "three"));
        _ada.End();
        FindsAny(ViolationKind.Lost);
    }

    [Fact]
    public void What_was_refused_need_not_be_shown()
    {
        Take(_ada, Welcome(), """{"event":"refused","text":"two","why":"full"}""", Said(1, 1, "one"), Said(2, 2, "three"));
        Take(_bob, Welcome(), Said(1, 1, "one"), Said(2, 2, "three"));
        Finds();
    }

    [Fact]
    public void What_nobody_said_is_found()
    {
        Both(Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"), Said(4, 4, "four"));
        FindsAny(ViolationKind.Invented);
    }

    [Fact]
    public void A_living_node_that_lags_behind_is_found()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"));
        Take(_bob, Welcome(), Said(1, 1, "one"));
        Finds(ViolationKind.Lost);
    }

    [Fact]
    public void A_living_node_in_another_room_is_found()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"));
        Take(_bob, Welcome(room: "other"), Host(1));
        Finds(ViolationKind.Different);
    }

    [Fact]
    public void What_the_dead_alone_had_shown_may_be_gone_when_the_next_host_says_so()
    {
        Take(_bob, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"));
        _bob.End();
        Take(_ada, Welcome(), Said(1, 1, "one"), Host(2, mayHaveLost: true), Said(3, 2, "two"), Said(4, 3, "three"));
        Finds();
        Assert.Equal(1, _checker.AnnouncedLosses);
    }

    [Fact]
    public void What_the_dead_alone_had_shown_is_found_missing_when_nobody_says_so()
    {
        Take(_bob, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"));
        _bob.End();
        Take(_ada, Welcome(), Said(1, 1, "one"), Host(2), Said(3, 2, "two"), Said(4, 3, "three"));
        FindsAny(ViolationKind.Different);
    }

    [Fact]
    public void A_living_node_must_not_have_shown_what_the_others_lack_whatever_is_said()
    {
        Take(_ada, Welcome(), Said(1, 1, "one"), Host(2, mayHaveLost: true), Said(3, 2, "two"), Said(4, 3, "three"));
        Take(_bob, Welcome(), Said(1, 1, "one"), Said(2, 2, "two"), Said(3, 3, "three"), Host(4));
        FindsAny(ViolationKind.Different);
    }

    private static string Welcome(string room = "room", long first = 1) =>
        $$"""{"event":"welcome","name":"x","node":"n","host":"h","room":"{{room}}","epoch":1,"firstSeq":{{first}},"users":[]}""";

    private static string Said(long seq, long counter, string text, string hash = "00") =>
        $$"""{"event":"said","seq":{{seq}},"epoch":1,"hash":"{{hash}}","id":"{{AdaId}}-{{counter}}","user":"ada","text":"{{text}}"}""";

    private static string Host(long seq, bool mayHaveLost = false) =>
        $$"""{"event":"host","seq":{{seq}},"epoch":2,"hash":"00","host":"h","mayHaveLost":{{(mayHaveLost ? "true" : "false")}}}""";

    private static void Take(TranscriptChecker.Transcript transcript, params string[] lines)
    {
        foreach (var line in lines)
        {
            transcript.Take(NodeLine.Of(line));
        }
    }

    private void Both(params string[] lines)
    {
        Take(_ada, lines);
        Take(_bob, lines);
    }

    private void Finds(params ViolationKind[] kinds)
    {
        _checker.Finish();
        Assert.Equal(kinds, _checker.Violations.Select(v => v.Kind));
    }

    private void FindsAny(ViolationKind kind)
    {
        _checker.Finish();
        Assert.Contains(kind, _checker.Violations.Select(v => v.Kind));
    }
}
