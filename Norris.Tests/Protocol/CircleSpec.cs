using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using CsCheck;
using Norris.Core.Protocol;
using Norris.Core.Room;
using Norris.Tests.Simulation;

namespace Norris.Tests.Protocol;

/// <summary>Which devices belong together: records, whoever tells them and in whatever order.</summary>
public sealed class CircleSpec
{
    private static readonly SimulatedDevice s_ada = new("ada");
    private static readonly SimulatedDevice s_bob = new("bob");
    private static readonly SimulatedDevice s_cat = new("cat");
    private static readonly SimulatedDevice s_dan = new("dan");
    private static readonly SimulatedDevice[] s_all = [s_ada, s_bob, s_cat, s_dan];
    private static readonly Circle s_founded = Circle.Found(Admission.Founding(s_ada.Key.Span, default, "ada", 1, s_ada.Sign), SimulatedDevice.IsSigned);

    /// <summary>Ada founded the circle, and all say of each other what they like, in any order; only what chains is heard.</summary>
    private static readonly Gen<Circle> s_circles = Gen.Int[0, 63].Array[0, 20].Select(said => said.Aggregate(s_founded, (circle, n) =>
        circle.With(n % 4 == 0 ? Expels(s_all[n / 4 % 4], s_all[n / 16], n) : Admits(s_all[n / 4 % 4], s_all[n / 16], n))));

    [Fact]
    public void Merging_depends_on_no_order_and_no_number_of_times() =>
        Gen.Select(s_circles, s_circles, s_circles).Sample((a, b, c) =>
        {
            Assert.Equal(a.Merge(b), b.Merge(a));
            Assert.Equal(a.Merge(b).Merge(c), a.Merge(b.Merge(c)));
            Assert.Equal(a, a.Merge(a));
            Assert.All(s_all, d => Assert.Equal(a.Merge(b).AdmissionOf(d.Id), b.Merge(a).AdmissionOf(d.Id)));
        });

    [Fact]
    public void Who_was_put_out_in_either_is_out_of_both() =>
        Gen.Select(s_circles, s_circles).Sample((a, b) => Assert.All(
            s_all, d => Assert.Equal(a.Merge(b).Contains(d.Id), (a.AdmissionOf(d.Id) ?? b.AdmissionOf(d.Id)) is not null && (a.ExpulsionOf(d.Id) ?? b.ExpulsionOf(d.Id)) is null)));

    [Fact]
    public void Records_are_read_in_any_order() =>
        Gen.Select(s_circles, Gen.Int).Sample((circle, seed) => Assert.Equal(circle, Circle.Read(new Random(seed).GetItems(circle.Records.ToArray(), 100).Concat(circle.Records), SimulatedDevice.IsSigned)));

    [Fact]
    public void A_record_is_read_as_it_is_written_and_rubbish_is_none()
    {
        Gen.Select(s_circles, Gen.Int[0, 200], Gen.Byte).Sample((circle, at, value) => Assert.All(circle.Records, record =>
        {
            Assert.Equal(record, CircleRecord.TryRead(record.Bytes));
            var spoilt = record.Bytes.ToArray();
            spoilt[at % spoilt.Length] ^= value;
            Assert.True(value == 0 || CircleRecord.TryRead(spoilt) is not { } other || other.Circle != circle.Id || !circle.With(other).Records.Contains(other));
        }));
        Gen.Byte.Array[0, 600].Sample(bytes => Assert.Null(CircleRecord.TryRead(bytes)));
    }

    [Fact]
    public void What_is_not_signed_by_a_device_that_was_in_is_refused_with_a_reason()
    {
        Assert.Contains("was never in this circle", s_founded.WhyNot(Admits(s_bob, s_cat, 2)), StringComparison.Ordinal);
        Assert.Contains("is not signed by the device", s_founded.WhyNot(Admission.Of(s_founded.Id, s_bob.Key.Span, default, "", s_ada.Id, 2, s_bob.Sign)), StringComparison.Ordinal);
        Assert.Contains("has not founded this circle", s_founded.WhyNot(Admits(s_bob, s_bob, 2)), StringComparison.Ordinal);
        var elsewhere = Circle.Found(Admission.Founding(s_ada.Key.Span, default, "", 2, s_ada.Sign), SimulatedDevice.IsSigned);
        Assert.Contains("of another circle", s_founded.WhyNot(elsewhere.Records[0]), StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Circle.Read([.. s_founded.Records, Admits(s_bob, s_cat, 2)], SimulatedDevice.IsSigned));
        Assert.Throws<FormatException>(() => Circle.Read([Admits(s_ada, s_bob, 2)], SimulatedDevice.IsSigned));
    }

    [Theory]
    [InlineData(-1L, false)]
    [InlineData(0L, true)]
    [InlineData(Limits.LatestTime, true)]
    [InlineData(Limits.LatestTime + 1, false)]
    [InlineData(long.MaxValue, false)]
    public void A_time_that_is_no_date_is_in_no_record(long at, bool isDate)
    {
        var record = Expels(s_ada, s_bob, 2).Bytes.ToArray();
        BinaryPrimitives.WriteInt64BigEndian(record.AsSpan(^(sizeof(long) + DeviceId.Length + CircleRecord.SignatureLength)..), at);

        Assert.Equal(isDate ? at : null, CircleRecord.TryRead(record)?.At);
    }

    [Fact]
    public void Real_keys_sign_and_a_changed_byte_shows()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var its = key.ExportSubjectPublicKeyInfo();
        var founding = Admission.Founding(its, new OwnerId(7), "Zoë", 1, what => DeviceSignature.By(key, what.Span));
        Assert.Equal(("Zoë", new OwnerId(7)), (Circle.Found(founding, DeviceSignature.IsBy).AdmissionOf(DeviceId.Of(its))!.Name, founding.Owner));
        var changed = founding.Bytes.ToArray();
        changed[^1] ^= 1;
        Assert.Throws<FormatException>(() => Circle.Found((Admission)CircleRecord.TryRead(changed)!, DeviceSignature.IsBy));
        var twin = founding.Bytes.ToArray();
        var order = new BigInteger(Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"), isUnsigned: true, isBigEndian: true);
        var high = (order - new BigInteger(twin.AsSpan(^32..), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        twin.AsSpan(^32..).Clear();
        high.CopyTo(twin.AsSpan(twin.Length - high.Length));
        Assert.True(key.VerifyData(founding.What.Span, twin.AsSpan(^CircleRecord.SignatureLength..), HashAlgorithmName.SHA256));
        Assert.False(DeviceSignature.IsBy(its, founding.What.Span, twin.AsSpan(^CircleRecord.SignatureLength..)));
        Assert.False(DeviceSignature.IsBy(new byte[Admission.KeyLength], founding.What.Span, founding.Signature.Span));
    }

    [Fact]
    public void A_record_of_no_time_is_none()
    {
        Assert.NotNull(CircleRecord.TryRead(Expels(s_ada, s_bob, Limits.LatestTime).Bytes));
        Assert.Throws<ArgumentException>(() => Admits(s_ada, s_bob, Limits.LatestTime + 1));
        Assert.Throws<ArgumentException>(() => Admits(s_ada, s_bob, -1));
    }

    [Fact]
    public void Two_circles_that_are_too_large_together_stay_apart()
    {
        var (one, other) = (s_founded, s_founded);
        for (var i = 0; i < Limits.CircleRecords / 2; i++)
        {
            (one, other) = (one.With(Admits(s_ada, new SimulatedDevice($"one {i}"), 2)), other.With(Admits(s_ada, new SimulatedDevice($"other {i}"), 2)));
        }

        Assert.Equal(one, one.Merge(other));
    }

    [Fact]
    public void A_typing_error_in_an_invite_is_told_as_such() =>
        Gen.Select(Gen.Byte.Array[InviteCode.SecretLength], Gen.Int[0, 33], Gen.Char["0123456789abcdefghjkmnpqrstvwxyz"]).Sample((secret, at, other) =>
        {
            var code = InviteCode.Of(secret);
            var text = code.ToString();
            Assert.Equal((code.Key, code.Id, text), (InviteCode.Parse(text.ToUpperInvariant()).Key, InviteCode.Parse(text).Id, InviteCode.Parse(text).ToString()));
            Assert.StartsWith(code.Id.ToString(), text, StringComparison.Ordinal);
            Assert.True(InviteId.TryParse(code.Id.ToString(), out var id) && id == code.Id);
            if (text[at] != '-' && text[at] != other)
            {
                IsTypo(string.Concat(text.AsSpan(0, at), [other], text.AsSpan(at + 1)));
            }

            var plain = text.Replace("-", "", StringComparison.Ordinal);
            var swapped = plain.ToCharArray();
            (swapped[at % 27], swapped[at % 27 + 1]) = (swapped[at % 27 + 1], swapped[at % 27]);
            if (new string(swapped) != plain)
            {
                IsTypo(new string(swapped));
            }

            IsTypo(plain[1..]);
            IsTypo(plain + "u");
        });

    [Fact]
    public void The_key_of_an_invite_says_nothing_of_its_code_in_words() =>
        Assert.DoesNotContain(Convert.ToHexStringLower(InviteCode.Of(new byte[16]).Key.ToBytes()), $"{new InviteMade(InviteOf(1))}", StringComparison.Ordinal);

    [Fact]
    public void The_order_uses_an_invite_as_often_as_it_says_and_then_names_who_did()
    {
        var room = RoomCircle.Of(s_founded).With(new InviteMade(InviteOf(2)), 10);
        room = room.With(Shows(s_ada, s_bob, 2), 11).With(Shows(s_ada, s_cat, 3), 12);
        Assert.True(room.Circle.Contains(s_bob.Id) && room.Circle.Contains(s_cat.Id));
        Assert.Contains($"was used by the device {s_cat.Id.Beginning}", room.WhyNot(Shows(s_ada, s_dan, 4), 13), StringComparison.Ordinal);
        Assert.Equal(room, room.With(Shows(s_ada, s_dan, 4), 13));
    }

    [Fact]
    public void An_invite_that_ended_was_taken_back_or_is_void_lets_nobody_in()
    {
        var room = RoomCircle.Of(s_founded.With(Admits(s_ada, s_bob, 2))).With(new InviteMade(InviteOf(1)), 10);
        var comes = Shows(s_ada, s_dan, 4);
        Assert.Null(room.WhyNot(comes, 99));
        Assert.Contains("ended on", room.WhyNot(comes, 100), StringComparison.Ordinal);
        Assert.Contains("was taken back by ada", room.With(new InviteGone(InviteOf(1).Id, s_ada.Id), 11).WhyNot(comes, 12), StringComparison.Ordinal);
        var after = room.With(new DeviceExpelled(Expels(s_ada, s_bob, 3)), 11);
        Assert.Contains("void since", after.WhyNot(comes, 12), StringComparison.Ordinal);
        Assert.Contains("was put out by ada", after.WhyNot(new DeviceAdmitted(Admits(s_bob, s_dan, 4), null), 12), StringComparison.Ordinal);
        Assert.Contains("was put out by ada", after.WhyNot(new DeviceAdmitted(Admits(s_ada, s_bob, 9), null), 12), StringComparison.Ordinal);
        Assert.Contains("cannot put itself out", room.WhyNot(new DeviceExpelled(Expels(s_ada, s_ada, 3)), 11), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_invites_have_a_bound_and_those_that_are_over_make_place()
    {
        var room = RoomCircle.Of(s_founded);
        Invite Of(int n) => InviteOf(1) with { Id = InviteId.Of(n)!.Value };
        for (var i = 0; i < Limits.Invites; i++)
        {
            room = room.With(new InviteMade(Of(i)), 10);
        }

        Assert.Contains("no more can be", room.WhyNot(new InviteMade(Of(1000)), 10), StringComparison.Ordinal);
        room = room.With(new InviteGone(Of(5).Id, s_ada.Id), 11).With(new InviteMade(Of(1000)), 12);
        Assert.Equal((Limits.Invites, true), (room.Invites.Count, room.Find(Of(5).Id) is null && room.Find(Of(1000).Id) is not null));
    }

    private static Invite InviteOf(int uses) => new(InviteCode.Of(new byte[16]).Id, InviteCode.Of(new byte[16]).Key, s_ada.Id, 100, uses, "", default);

    private static Admission Admits(SimulatedDevice by, SimulatedDevice device, long at) => Admission.Of(s_founded.Id, device.Key.Span, default, "", by.Id, at, by.Sign);

    private static DeviceAdmitted Shows(SimulatedDevice by, SimulatedDevice device, long at) =>
        new(Admission.Of(s_founded.Id, device.Key.Span, default, "", by.Id, at, by.Sign, InviteOf(1).Id), InviteOf(1).Id);

    private static Expulsion Expels(SimulatedDevice by, SimulatedDevice device, long at) => Expulsion.Of(s_founded.Id, device.Id, by.Id, at, by.Sign);

    private static void IsTypo(string text) => Assert.Contains("typing error", Assert.Throws<FormatException>(() => InviteCode.Parse(text)).Message, StringComparison.Ordinal);
}
