# SPDX-License-Identifier: Apache-2.0
#
# What every suite uses: Test::More, the servers, and the error logs.  A suite
# passes only if the logs of its servers hold exactly the V8SSR messages of
# level warn and above that it declared with expect_log().
package V8Test;
use strict;
use warnings;
use Test::More ();
use V8Test::HTTP;
use V8Test::Server;
use Exporter 'import';

our @EXPORT = (
    (grep { $_ ne 'done_testing' } @Test::More::EXPORT),
    qw(done_testing expect_log may_log main_server own_server prepare_server
        wait_for log_lines)
);
Test::More->import(import => ['!done_testing']);
*wait_for = \&V8Test::Server::wait_for;

STDOUT->autoflush(1);
alarm($ENV{V8TEST_TIMEOUT} || 300); # a suite that hangs is killed, and fails

my %expected;
my @servers;
my $main;

# The server t/TEST started; only what it logs from now on is looked at.
sub main_server {
    if (!$main) {
        $main = V8Test::Server->main;
        $main->{mark} = length $main->log_text;
        push @servers, $main;
    }
    return $main;
}

sub own_server {
    my $server = prepare_server(@_);
    $server->launch;
    $server->wait_up or die 'httpd did not start: ' . $server->log_text;
    return $server;
}

# As own_server(), not started.
sub prepare_server {
    my $server = V8Test::Server->prepare(@_);
    push @servers, $server;
    return $server;
}

# Ids, each of which must occur at least once.
sub expect_log { $expected{$_} = 0 for @_; return }

# Those that may occur: what a busy machine makes of it.
sub may_log { $expected{$_} //= 1 for @_; return }

# The lines a server logged (since this test began, for the main one) that
# match.
sub log_lines {
    my ($server, $pattern) = @_;
    my $text = substr $server->log_text, $server->{mark} || 0;
    return grep { /$pattern/ } split /\n/, $text;
}

sub _undeclared {
    my @undeclared;
    for my $line (map { log_lines($_, qr/./) } @servers) {
        my ($module, $level) = $line
            =~ /^\[[^\]]+\] \[(\w*):(warn|error|crit|alert|emerg)\]/ or next;
        my ($id) = $line =~ /\b(V8SSR\d{4}): /;
        # t/bundles/speaks.js, whenever an isolate of the main server loads it
        next if $line =~ /V8SSR0004: bundle speaks, outside a render: console: load says/;
        if ($id && exists $expected{$id}) {
            $expected{$id}++;
        }
        elsif ($id || $module eq 'v8ssr') {
            push @undeclared, $line;
        }
    }
    return @undeclared;
}

sub done_testing {
    $_->stop for @servers; # does nothing to the main one
    my @undeclared = _undeclared();
    my @missing = grep { !$expected{$_} } sort keys %expected;
    Test::More::ok(!@undeclared, 'nothing in the error log is undeclared')
        or Test::More::diag(join "\n", @undeclared);
    Test::More::ok(!@missing, 'what was declared is in the error log')
        or Test::More::diag("missing: @missing");
    return Test::More::done_testing();
}

1;
