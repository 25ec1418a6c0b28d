using System.Numerics;
using System.Security.Cryptography;

namespace Norris.Core.Room;

/// <summary>
/// Signatures of devices: ECDSA on P-256 over SHA-256, both numbers in 32 bytes each. Of the two that are right, <c>s</c> and <c>n - s</c>, only the lower one is: else anybody could make a second
/// record of each.
/// </summary>
public static class DeviceSignature
{
    /// <summary>How a SubjectPublicKeyInfo on P-256 begins, with its point in the long form; its two coordinates follow.</summary>
    private static readonly byte[] s_curve = Convert.FromHexString("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    /// <summary>How many points the curve has.</summary>
    private static readonly BigInteger s_order = new(Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"), isUnsigned: true, isBigEndian: true);

    /// <summary>Signs some bytes.</summary>
    public static ReadOnlyMemory<byte> By(ECDsa key, ReadOnlySpan<byte> what)
    {
        var signature = key.SignData(what, HashAlgorithmName.SHA256);
        var s = signature.AsSpan(CircleRecord.SignatureLength / 2);
        if (!IsLow(s))
        {
            var lower = (s_order - new BigInteger(s, isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
            s.Clear();
            lower.CopyTo(s[(s.Length - lower.Length)..]);
        }

        return signature;
    }

    /// <inheritdoc cref="SignatureCheck"/>
    public static bool IsBy(ReadOnlySpan<byte> key, ReadOnlySpan<byte> what, ReadOnlySpan<byte> signature)
    {
        if (key.Length != Admission.KeyLength || !key.StartsWith(s_curve) || signature.Length != CircleRecord.SignatureLength || !IsLow(signature[(CircleRecord.SignatureLength / 2)..]))
        {
            return false;
        }

        try
        {
            using var its = ECDsa.Create();
            its.ImportSubjectPublicKeyInfo(key, out _);
            return its.VerifyData(what, signature, HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            // No point of the curve.
            return false;
        }
    }

    private static bool IsLow(ReadOnlySpan<byte> s) => 2 * new BigInteger(s, isUnsigned: true, isBigEndian: true) <= s_order;
}
