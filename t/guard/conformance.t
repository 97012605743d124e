# SPDX-License-Identifier: Apache-2.0
#
# As many Web Platform Tests pass as t/wpt/baseline says (docs/conformance.md).
use strict;
use warnings;
use V8Guard;
use V8Test::Wpt;

my $wpt = V8Test::Wpt->new(srcdir => $srcdir, builddir => $builddir);
my $baseline = $wpt->baseline;
my @passes_still;
for my $suite ($wpt->suites) {
    my $result = $wpt->run_suite($suite);
    cmp_ok $result->{passed}, '>=', $baseline->{$suite} // 1,
        "$suite: of $result->{all}, of which Node 18 passes $result->{node}"
        or diag join "\n", @{ $result->{failures} };
    push @passes_still, @{ $result->{passes_still} };
}
none('what t/wpt/superseded has does not pass', @passes_still);
my @unknown = grep { my $name = $_; !grep { $_ eq $name } $wpt->suites }
    keys %$baseline;
none('the baseline has no other suites', @unknown);

done_testing;
