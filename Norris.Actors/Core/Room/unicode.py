"""Makes the tables of this folder from the files of a Unicode release: unicode.py FOLDER, with confusables.txt (UTS 39), CaseFolding.txt, DerivedAge.txt,
DerivedCoreProperties.txt and UnicodeData.txt in it."""

import pathlib
import sys

SOURCE = pathlib.Path(sys.argv[1])
HERE = pathlib.Path(__file__).parent
OLDEST = (10, 0)  # of the Unicode versions whose normal forms a node's machine may know
PER_LINE = 20


def rows(name):
    for line in (SOURCE / name).read_text("utf-8-sig").splitlines():
        fields = [field.strip() for field in line.split("#")[0].split(";")]
        if len(fields) > 1:
            yield fields


def points(field):
    first, _, last = field.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


def numbers(field):
    return [int(part, 16) for part in field.split()]


age = {c: tuple(map(int, version.split("."))) for where, version, *_ in rows("DerivedAge.txt") for c in points(where)}
ignorable = {c for where, what, *_ in rows("DerivedCoreProperties.txt") if what == "Default_Ignorable_Code_Point" for c in points(where)}
data = {int(fields[0], 16): fields for fields in rows("UnicodeData.txt")}
parts = {c: numbers(f[5].split("> ")[-1]) for c, f in data.items() if f[5]}
canonical = {c: p for c, p in parts.items() if not data[c][5].startswith("<")}
hangul = range(0xAC00, 0xD7A4)


def decomposed(c):
    return [x for part in parts[c] for x in decomposed(part)] if c in parts else [c]


def remains(c):
    """What a compatibility decomposition leaves as it is."""
    return c not in parts and c not in hangul


folds = {int(c, 16): decomposed(int(to, 16)) for c, status, to, *_ in rows("CaseFolding.txt") if status in "CS" and remains(int(c, 16))}
looks = {int(c, 16): [x for part in numbers(to) for x in decomposed(part)] for c, to, *_ in rows("confusables.txt") if remains(int(c, 16))}
newer = {c for c in age if age[c] > OLDEST and (c in parts or (c in data and data[c][3] != "0"))}
newer |= {part for c, p in canonical.items() if age[c] > OLDEST for part in p if age[part] > OLDEST}

HEAD = """// Made by unicode.py from data of Unicode {version}. Do not edit.
// Copyright © 1991-2025 Unicode, Inc.; used under the Unicode License V3, https://www.unicode.org/license.txt

namespace Norris.Core.Room;

/// <summary>{summary}</summary>
internal static class {name}
{{
"""


def write(name, summary, *members):
    version = ".".join(map(str, max(age.values()))) + ".0"
    text = HEAD.format(version=version, summary=summary, name=name) + "\n".join(members) + "}\n"
    (HERE / f"{name}.cs").write_text(text, "utf-8")


def ranges(values):
    flat = []
    for c in sorted(values):
        if flat and flat[-1] == c - 1:
            flat[-1] = c
        else:
            flat += [c, c]
    return flat


def table(mapping):
    """Where one becomes several, the number is negative: where they begin in the list of those, which ends each with 0."""
    several, to = [], []
    for c in sorted(mapping):
        if len(mapping[c]) == 1:
            to.append(mapping[c][0])
        else:
            to.append(-1 - len(several))
            several.extend([*mapping[c], 0])
    return sorted(mapping), to, several


def spans(values):
    lines = [", ".join(f"0x{v:X}" if v >= 0 else str(v) for v in values[i:i + PER_LINE]) + "," for i in range(0, len(values), PER_LINE)]
    return "".join(f"        {line}\n" for line in lines)


def member(name, summary, values):
    return f"    /// <summary>{summary}</summary>\n    public static ReadOnlySpan<int> {name} =>\n    [\n{spans(values)}    ];\n"


points_, to, several = table(looks)
write("LookSources", "The code points that look like others (UTS 39), in order.", member("All", "Each looks like what stands at its place in <see cref=\"LookTargets.All\"/>.", points_))
write(
    "LookTargets", "What those of <see cref=\"LookSources\"/> look like.",
    member("All", "A code point; or below 0, and then -1 - it is where several begin in <see cref=\"Several\"/>.", to),
    member("Several", "Code points, each group ended by 0.", several))
points_, to, several = table(folds)
assert not several
write(
    "CaseFolds", "Case folding, one code point to one.",
    member("Sources", "The code points that fold, in order.", points_), member("Targets", "What each becomes.", to))
write(
    "NameRanges", "Code points that are in no name: pairs of the first and the last of each range.",
    member("Ignorable", "Default_Ignorable_Code_Point: what is not seen.", ranges(ignorable)),
    member("Newer", f"What machines that know Unicode {OLDEST[0]} only bring into another normal form than those that know more.", ranges(newer)))
print(len(looks), "looks,", len(folds), "folds,", len(newer), "newer")
