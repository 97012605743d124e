# SPDX-License-Identifier: Apache-2.0
#
# Runs last.  A child that crashes is replaced at once, so that no other test
# need notice: every log of every server is read here.
use strict;
use warnings;
use File::Find;
use V8Test;

my $logs = "$ENV{V8TEST_STAGE}/t/logs";
my $broken = join '|', 'exit signal', 'Sanitizer', ': runtime error: ',
    'core dumped', 'double free', 'corrupted', 'Assertion', 'Fatal error in',
    'Check failed', 'still did not exit', ':(?:emerg|alert|crit)\]';

my (@files, @lines, $started);
find(sub { push @files, $File::Find::name if /^(?:error_log|stdout)$/ }, $logs);
for my $file (sort @files) {
    open my $fh, '<', $file or die "$file: $!";
    while (my $line = <$fh>) {
        $started++ if $line =~ /V8SSR0001: /;
        # these kill children, and have V8 end one
        next if $file =~ m{/605-cache-death|/414-poison} && $line =~ /exit signal Killed/;
        next if $file =~ m{/447-hostile-dies|/448-poison-aborts} && $line =~ m{Fatal error in|exit signal Trace};
        push @lines, "$file: $line" if $line =~ /$broken/;
    }
}
ok @files > 0, scalar(@files) . ' logs';
ok $started, "with $started pools";
ok !@lines, 'no crash, no sanitizer report, no child killed' or diag @lines;

done_testing;
