# SPDX-License-Identifier: Apache-2.0
#
# The committed builds of bundles/frameworks are what its sources give, and what
# docs/frameworks.md says is run is run, in the versions it names.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Guard;

my $copy = npm_copy('bundles/frameworks');
my $output = npm_build($copy, '--check');
is $?, 0, 'node build.mjs --check' or diag $output;

# The check itself notices: one byte more.
open my $page, '>>', "$copy/dist/vue.mjs" or die $!;
print {$page} "\n";
close $page or die $!;
$output = npm_build($copy, '--check');
isnt $?, 0, 'a changed file is noticed';
like $output, qr/^stale: vue\.mjs$/m, 'and named';

my %pinned = %{decode_json(text('bundles/frameworks/package.json'))->{devDependencies}};
none('versions are pinned', grep { $pinned{$_} !~ /(?:^|@)\d+\.\d+\.\d+$/ } sort keys %pinned);

my %rows = map { /^\| `([^`]+)` \|[^|]*\| ([^|]+) \|/ ? ($1 => $2) : () } lines('docs/frameworks.md');
my %run = map { /^    \['([^']+\/[^']+)', / ? ($1 => 1) : () } lines('t/112-frameworks.t');
cmp_ok scalar keys %run, '>', 20, 'the ways of t/112-frameworks.t are found';
none('each is in docs/frameworks.md', grep { !$rows{$_} } sort keys %run);
none('each row there is run', grep { !$run{$_} } sort keys %rows);

my %versions = map { /^(\S+) (\S+) \(/ ? ("$1 $2" => 1) : () } lines('bundles/frameworks/dist/LICENCES.txt');
my @wrong;
for my $way (sort keys %rows) {
    push @wrong, map { $versions{$_} ? () : "$way: $_" } split /, /, $rows{$way};
}
none('versions there are those of the builds', @wrong);

my %used = map { m{^([^/]+)/} ? ($1 => 1) : () } keys %run;
none('each build is run', grep { !$used{$_} }
    map { m{/dist/([^/]+)\.mjs$} ? $1 : () } sources(qr{^bundles/frameworks/dist/}));

# The pages that hydrate.
my @sites = map { /^  \{ name: '([^']+)', path: '([^']+)'/ ? "$1 $2" : () } lines('t/browser/frameworks.mjs');
cmp_ok scalar @sites, '>', 5, 'the sites of t/browser/frameworks.mjs are found';
my @told = map { /^\| ([^|`]+) \| `([^`]+)` \|/ ? "$1 $2" : () } lines('docs/frameworks.md');
is_deeply \@told, \@sites, 'docs/frameworks.md has them';
my %opened = map { m{^.* /([^/]+)/} ? ($1 => 1) : () } @sites;
none('each client build is opened', grep { !$opened{$_} }
    map { m{/client/client/([^/]+)\.js$} ? $1 : () } sources(qr{^bundles/frameworks/dist/}));

done_testing;
