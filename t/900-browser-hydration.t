# SPDX-License-Identifier: Apache-2.0
#
# The shop, rendered by the module, comes alive in a real browser:
# t/browser/hydrate.mjs against a server of its own.
use strict;
use warnings;
use File::Path qw(make_path);
use V8Test;

my ($srcdir, $builddir) = @ENV{qw(V8TEST_SRCDIR V8TEST_BUILDDIR)};
my $copy = "$builddir/t/npm/browser";
make_path($copy);
system('cp', '-f', (glob "$srcdir/t/browser/*.mjs $srcdir/t/browser/*.json"),
    "$srcdir/t/browser/.npmrc", "$copy/") == 0 or die 'cp failed';
if (!-d "$copy/node_modules/playwright-core") {
    my $output = `cd '$copy' && npm ci --no-audit --no-fund 2>&1`;
    is $?, 0, 'npm ci' or diag $output;
}

my $server = own_server(
    documents => "$ENV{V8TEST_STAGE}/bundles/preact-shop/dist/public",
    config => <<'CONF');
SSRIsolates 2
SSRQueue 100 10s
SSREngine on
SSRBundle shop "${TOP}/bundles/preact-shop/dist/server.js"
Alias /api "${TOP}/bundles/preact-shop/dist/api"
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html
CONF

my ($planned, $seen) = (0, 0);
open my $browser, '-|', "cd '$copy' && exec node hydrate.mjs "
    . "http://127.0.0.1:$server->{port} 2>&1" or die "node: $!";
while (my $line = <$browser>) {
    $planned = $1 if $line =~ /^1\.\.(\d+)/;
    if ($line =~ /^(not )?ok \d+ - (.*)/) {
        ok !$1, $2;
        $seen++;
    }
    elsif ($line !~ /^1\.\./) {
        diag $line =~ s/^# //r =~ s/\n//r;
    }
}
close $browser;
is $?, 0, 'hydrate.mjs: exit status';
ok $planned > 0 && $seen == $planned, "hydrate.mjs: $seen tests of $planned";

done_testing;
