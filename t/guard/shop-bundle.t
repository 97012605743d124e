# SPDX-License-Identifier: Apache-2.0
#
# The committed build of the shop is what its sources give.
use strict;
use warnings;
use File::Path qw(make_path);
use V8Guard;

# In a copy, which keeps the packages from one run to the next.
my $copy = "$builddir/t/npm/preact-shop";
make_path($copy);
my $lock = "$copy/node_modules/.installed-lock";
system("cd '$copy' && find . -mindepth 1 -maxdepth 1 ! -name node_modules "
    . '-exec rm -rf {} +') == 0 or die 'rm failed';
for my $file (sources(qr{^bundles/preact-shop/})) {
    my $to = "$copy/" . $file =~ s{^bundles/preact-shop/}{}r;
    make_path($to =~ s{/[^/]+$}{}r);
    system('cp', "$srcdir/$file", $to) == 0 or die "cp $file failed";
}
# sources() leaves the compressed files out
system("cp -R '$srcdir/bundles/preact-shop/dist' '$copy/' && chmod -R u+w '$copy/dist'")
    == 0 or die 'cp failed';
if (system("cmp -s '$copy/package-lock.json' '$lock'") != 0) {
    my $output = `cd '$copy' && npm ci --no-audit --no-fund 2>&1`;
    is $?, 0, 'npm ci' or diag $output;
    system('cp', "$copy/package-lock.json", $lock);
}
my $output = `cd '$copy' && node build.mjs --check 2>&1`;
is $?, 0, 'node build.mjs --check' or diag $output;

# The check itself notices: one byte more.
open my $page, '>>', "$copy/dist/server.js" or die $!;
print {$page} "\n";
close $page or die $!;
$output = `cd '$copy' && node build.mjs --check 2>&1`;
isnt $?, 0, 'a changed file is noticed';
like $output, qr/server\.js/, 'and named';

done_testing;
