# SPDX-License-Identifier: Apache-2.0
#
# A few seconds of bench/soak: children and memcached are killed, bundles
# change, clients are slow or vanish, and no answer is wrong.
#   V8TEST_SECONDS=300 V8TEST_TIMEOUT=600   for so long (10)
use strict;
use warnings;
use V8Test;
use V8Test::Soak;

my $sum = V8Test::Soak::run($ENV{V8TEST_SECONDS} || 10);
is_deeply $sum->{wrong}, [], 'no answer is wrong';
is_deeply $sum->{unexplained}, [], 'none is lost but with its child';
is_deeply $sum->{refused}, [], 'none is refused';
cmp_ok $sum->{count}{$_} // 0, '>', 0, "$_: asked for" for qw(kept miss stream fetch purge slow vanish);
cmp_ok $sum->{count}{right} // 0, '>', 0, "$sum->{count}{right} right";
cmp_ok scalar @{ $sum->{kills} }, '>', 0, 'children were killed';
cmp_ok $sum->{$_}, '>', 0, "$_: happened" for qw(reloads memcached);
is $sum->{aborts}, 0, 'no child ended by itself';
is_deeply $sum->{unexpected}, [], 'the log says nothing but what these faults make it say';
ok $sum->{serves}, 'it goes on';
diag V8Test::Soak::table($sum) if $ENV{TEST_VERBOSE};
$sum->{server}->stop;

done_testing;
