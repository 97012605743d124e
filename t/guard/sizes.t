# SPDX-License-Identifier: Apache-2.0
#
# A file that grows past these is about two things.
use strict;
use warnings;
use V8Guard;

# what, files, most lines
my $generated = qr{/dist/|gen\.|\.lock$|package-lock\.json$};
my @limits = (
    ['the seam', qr{^libv8pool/engine/engine\.h$}, 100],
    ['headers', qr{\.h$}, 350],
    ['sources', qr{\.(?:c|cc|h|js|jsx|mjs|pm|pl|t|sh|m4|am|mk|ac|css)$
        |^(?:t/run|t/TEST|apxs-build/[^.]+)$}x, 500],
);
for my $row (@limits) {
    my ($what, $pattern, $most) = @$row;
    my @files = grep { !/$generated/ } sources($pattern);
    ok @files > 0, "$what are found";
    none("$what have at most $most lines",
        map { my $n = lines($_); $n > $most ? "$_: $n" : () } @files);
}
none('no file is called util', sources(qr{util[^/]*$}i));

done_testing;
