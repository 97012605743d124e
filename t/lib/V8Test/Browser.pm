# SPDX-License-Identifier: Apache-2.0
#
# Runs a program of t/browser against a server; each of its tests is one here.
package V8Test::Browser;
use strict;
use warnings;
use File::Path qw(make_path);
use Test::More ();
use Exporter 'import';

our @EXPORT = qw(run_in_browser);

# A copy of t/browser with its packages, which stay there from one run to the
# next.
sub _copy {
    my ($srcdir, $builddir) = @ENV{qw(V8TEST_SRCDIR V8TEST_BUILDDIR)};
    my $copy = "$builddir/t/npm/browser";
    make_path($copy);
    system('cp', '-f', (glob "$srcdir/t/browser/*.mjs $srcdir/t/browser/*.json"),
        "$srcdir/t/browser/.npmrc", "$copy/") == 0 or die 'cp failed';
    if (!-d "$copy/node_modules/playwright-core") {
        my $output = `cd '$copy' && npm ci --no-audit --no-fund 2>&1`;
        Test::More::is($?, 0, 'npm ci') or Test::More::diag($output);
    }
    return $copy;
}

sub run_in_browser {
    my ($program, $server) = @_;
    my $copy = _copy();
    my ($planned, $seen) = (0, 0);
    open my $browser, '-|', "cd '$copy' && exec node $program "
        . "http://127.0.0.1:$server->{port} 2>&1" or die "node: $!";
    while (my $line = <$browser>) {
        $planned = $1 if $line =~ /^1\.\.(\d+)/;
        if ($line =~ /^(not )?ok \d+ - (.*)/) {
            Test::More::ok(!$1, $2);
            $seen++;
        }
        elsif ($line !~ /^1\.\./) {
            Test::More::diag($line =~ s/^# //r =~ s/\n//r);
        }
    }
    close $browser;
    Test::More::is($?, 0, "$program: exit status");
    Test::More::ok($planned > 0 && $seen == $planned,
        "$program: $seen tests of $planned");
    return;
}

1;
