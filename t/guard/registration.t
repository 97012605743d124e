# SPDX-License-Identifier: Apache-2.0
#
# No test lies about unused.
use strict;
use warnings;
use V8Guard;
use V8Test::Makefile;

# Files of this kind are run; others must not look like tests.
my %run = map { $_ => 1 } split /\n/,
    `cd '$builddir' && srcdir='$srcdir' '$^X' '$srcdir/t/run' --list`;
my @tests = sources(qr{\.t$});
cmp_ok scalar @tests, '>', 15, 'the tests are found';
none('t/run runs every .t file', grep { !$run{$_} } @tests);

my @units = sources(qr{^t/unit/test_\w+\.c$});
cmp_ok scalar @units, '>', 0, 'the units are found';
my %programs = map { $_ => 1 }
    V8Test::Makefile::words("$srcdir/t/unit/local.mk", 'check_PROGRAMS');
none('every unit is in check_PROGRAMS',
    grep { !$programs{s/\.c$//r} } @units);
none('t/run runs every program', grep { !$run{$_} } sort keys %programs);

my (@unused, $bodies);
for my $file (@units) {
    my $text = text($file);
    for my $name ($text =~ /^static\s+(?:void|int)\s+(test_\w+)\s*\(/mg) {
        $bodies++;
        push @unused, "$file: $name" if $text !~ /\bRUN\w*\(\s*$name\b/;
    }
}
cmp_ok $bodies // 0, '>', 0, 'test functions are found';
none('every test function is RUN', @unused);

# Every suite declares what it expects of the log, by its use of V8Test.
none('every suite uses V8Test', grep { text($_) !~ /^use V8Test;$/m }
    sources(qr{^t/[^/]+\.t$}));
none('every test file has a plan', grep { text($_) !~ /^done_testing;$/m }
    @tests);
my $later = 'TO' . 'DO'; # in pieces: t/guard/hygiene.t
none('nothing is skipped or put off',
    grep { text($_) =~ /^\s*(?:skip|todo_skip|plan skip_all)\b|\$$later\b/m }
        @tests);

done_testing;
