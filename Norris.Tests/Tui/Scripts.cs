namespace Norris.Tests.Tui;

/// <summary>Words in scripts whose letters and signs terminals do not agree about.</summary>
internal static class Scripts
{
    public static readonly string[] Words =
    [
        "हिन्दी स्त्री क्ष कि की र्‍य क्‌ष", "বাংলা শ্রী কো ক্ষ র‍্য", "ਪੰਜਾਬੀ ਸ੍ਰੀ ਕਿ", "ગુજરાતી શ્રી કો", "ଓଡ଼ିଆ ଶ୍ରୀ କୋ", "தமிழ் கொ ஸ்ரீ கௌ",
        "తెలుగు శ్రీ స్త్రీ కో", "ಕನ್ನಡ ಶ್ರೀ ಕೋ ರ‍್ಕ", "മലയാളം ക്ഷ കൊ", "සිංහල ශ්‍රී ලංකා කෝ", "ไทย น้ำ ที่", "ລາວ ນ້ຳ", "ខ្មែរ កម្ពុជា ស្ត្រី", "မြန်မာ ကြောင့် သ္မီး",
        "བོད་ཡིག རྒྱུ ཧཱུྃ", "ᬩᬮᬶ ᬓ᭄ᬱ", "ꦗꦮ ꦏ꧀ꦱ", "𑄌𑄋𑄴𑄟𑄳𑄦", "می‌خواهم", "각 각",
    ];
}
