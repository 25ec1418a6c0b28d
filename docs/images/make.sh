#!/bin/sh
# Makes the pictures of the screens, of real nodes, at every size, light and dark: docs/images/make.sh [FOLDER]
# Needs Chromium and tmux (Debian: apt-get install chromium tmux). Those that the README shows are kept beside this file and in the folder above.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
NORRIS_SCREENSHOTS=${1:-$here/TestResults/screenshots}
export NORRIS_SCREENSHOTS
dotnet test "$here/Norris.Tests" -c Release --filter FullyQualifiedName~Pictures.PicturesOfIt
cp "$NORRIS_SCREENSHOTS/chat.svg" "$here/docs/chat.svg"
for picture in chat inside class-host-killed; do
    cp "$NORRIS_SCREENSHOTS/$picture-1280x800-light.png" "$here/docs/images/${picture%-host-killed}.png"
done
ls -l "$NORRIS_SCREENSHOTS"
