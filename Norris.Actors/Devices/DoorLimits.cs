namespace Norris.Actors.Devices;

/// <summary>Bounds on what strangers may do at a door, and on what is believed of one.</summary>
internal static class DoorLimits
{
    /// <summary>How many callers that have asked are answered at once; the others are told to come back.</summary>
    public const int CallersAtOnce = 16;

    /// <summary>How long one may take, in ms, the time included in which the order gives its admission a place.</summary>
    public const int CallMs = 5000;

    /// <summary>How long the order may take for that, in ms: there has to be time left to tell that it did not.</summary>
    public const int AdmitMs = 4000;

    /// <summary>How long who calls waits for the end of it, in ms: connecting and the handshake are in it.</summary>
    public const int PatienceMs = 10_000;

    /// <summary>The largest thing that a caller says, in bytes.</summary>
    public const int QuestionBytes = 4 * 1024;

    /// <summary>The largest answer, in bytes: a full circle, and where a full room's nodes are.</summary>
    public const int AnswerBytes = 1024 * 1024;

    /// <summary>How many wrong proofs a minute there may be, of all callers together. An invite has 128 bits: this is so that trying is seen, not so that it fails.</summary>
    public const int WrongProofsPerMinute = 10;
}
