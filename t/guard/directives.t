# SPDX-License-Identifier: Apache-2.0
#
# Code, documentation and the configuration that is shipped name the same
# directives; what a directive sets is merged.
use strict;
use warnings;
use V8Guard;

my %code = map { $_ => 1 } text('module/directives.c')
    =~ /AP_INIT_\w+\(\s*"(SSR\w+)"/g;
cmp_ok scalar keys %code, '>=', 12, 'the directives are found';

for my $file ('docs/directives.md', 'conf/v8ssr.conf') {
    my %there = map { $_ => 1 } text($file) =~ /\b(SSR[A-Z]\w*[a-z]\w*)\b/g;
    none("$file names every directive", grep { !$there{$_} } sort keys %code);
    none("$file names no other", grep { !$code{$_} } sort keys %there);
}
for my $file (sources(qr{^conf/.*\.conf$|^t/conf/|^README\.md$})) {
    my %there = map { $_ => 1 } text($file) =~ /\b(SSR[A-Z]\w*[a-z]\w*)\b/g;
    none("$file names no directive that is not there",
        grep { !$code{$_} } sort keys %there);
}

# Each has a wrong value and a right one in the table of t/200.
my $table = text('t/200-config-errors.t');
my ($refused, $taken) = $table =~ /my \@refused = (.*?)my \@taken = (.*)/s;
none('t/200 refuses something of every directive',
    grep { $refused !~ /$_\b/ } sort keys %code);
none('t/200 takes something of every directive',
    grep { $taken !~ /$_\b/ } sort keys %code);

# Members of the configurations.
my $header = text('module/config.h') =~ s{/\*.*?\*/}{}gsr;
my $source = text('module/config.c');
for my $type (qw(server dir)) {
    my ($body) = $header =~ /typedef struct v8ssr_${type}_config \{(.*?)\n\}/s;
    my ($merge) = $source =~ /v8ssr_merge_${type}_config\((.*?)\n\}/s;
    my @members = ($body // '') =~ /\b(\w+);/g;
    cmp_ok scalar @members, '>', 4, "the members of v8ssr_${type}_config";
    none("the merge function sets all of them",
        grep { ($merge // '') !~ /\bc->$_ = / } @members);
}

# Those of the cache, which have a file of their own.
$header = text('module/cache_config.h') =~ s{/\*.*?\*/}{}gsr;
$source = text('module/cache_config.c');
for my $type (qw(server dir)) {
    my ($body) = $header =~ /typedef struct v8ssr_cache_$type \{(.*?)\n\}/s;
    my ($merge) = $source =~ /v8ssr_cache_${type}_merged\((.*?)\n\}/s;
    my @members = ($body // '') =~ /\b(\w+)[;,]/g;
    cmp_ok scalar @members, '>', 4, "the members of v8ssr_cache_$type";
    none("the merge function sets all of them",
        grep { ($merge // '') !~ /\bto\.$_ = |EITHER\($_\)/ } @members);
}

# Those of fetch().
my ($members) = text('module/fetch_config.h') =~ s{/\*.*?\*/}{}gsr
    =~ /typedef struct v8ssr_fetch_dir \{(.*?)\n\}/s;
my ($merge) = text('module/fetch_config.c') =~ /v8ssr_fetch_dir_merged\((.*?)\n\}/s;
my @members = ($members // '') =~ /\b(\w+);/g;
cmp_ok scalar @members, '>', 4, 'the members of v8ssr_fetch_dir';
none('the merge function sets all of them',
    grep { ($merge // '') !~ /\bto\.$_ = |EITHER\($_\)/ } @members);

# Those of limits.
($members) = text('module/limit_config.h') =~ s{/\*.*?\*/}{}gsr
    =~ /typedef struct v8ssr_limit_server \{(.*?)\n\}/s;
($merge) = text('module/limit_config.c') =~ /v8ssr_limit_server_merged\((.*?)\n\}/s;
@members = ($members // '') =~ /\b(\w+);/g;
cmp_ok scalar @members, '>', 1, 'the members of v8ssr_limit_server';
none('the merge function sets all of them',
    grep { ($merge // '') !~ /\bto\.$_ = |EITHER\($_\)/ } @members);

# The figures of the cache and of fetch() in v8ssr-status.
my @figures = map { text("module/${_}_metrics.c") =~ /^    X\((\w+),/mg } qw(cache fetch);
cmp_ok scalar @figures, '>', 15, 'the figures are found';
my $text = text('docs/directives.md');
none('docs/directives.md names all of them',
    grep { $text !~ /^\|[^|]*_$_(?:_total)?`/m } @figures);

done_testing;
