#!/bin/sh
# Makes the pictures of the page, in every state, light and dark: docs/images/make.sh [FOLDER]
# Needs Chromium (Debian: apt-get install chromium). The best two are kept in this folder.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
NORRIS_SCREENSHOTS=${1:-$here/TestResults/screenshots}
export NORRIS_SCREENSHOTS
dotnet test "$here/Norris.Tests" --filter FullyQualifiedName~Web.Screenshots
ls -l "$NORRIS_SCREENSHOTS"
