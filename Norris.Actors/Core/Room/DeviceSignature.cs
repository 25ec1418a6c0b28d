using System.Security.Cryptography;

namespace Norris.Core.Room;

/// <summary>Signatures of devices: ECDSA on P-256 over SHA-256, both numbers in 32 bytes each.</summary>
public static class DeviceSignature
{
    /// <summary>How a SubjectPublicKeyInfo on P-256 begins, with its point in the long form; its two coordinates follow.</summary>
    private static readonly byte[] s_curve = Convert.FromHexString("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    /// <inheritdoc cref="SignatureCheck"/>
    public static bool IsBy(ReadOnlySpan<byte> key, ReadOnlySpan<byte> what, ReadOnlySpan<byte> signature)
    {
        if (key.Length != Admission.KeyLength || !key.StartsWith(s_curve))
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
}
