# SPDX-License-Identifier: Apache-2.0
#
# The committed build of the runtime is what its sources give.
use strict;
use warnings;
use V8Guard;

my $copy = npm_copy('libv8pool/runtime');
my $output = npm_build($copy, '--check');
is $?, 0, 'node build.mjs --check' or diag $output;

# The check itself notices: one byte more.
open my $page, '>>', "$copy/dist/web.js" or die $!;
print {$page} "\n";
close $page or die $!;
$output = npm_build($copy, '--check');
isnt $?, 0, 'a changed file is noticed';
like $output, qr/web\.js/, 'and named';

done_testing;
