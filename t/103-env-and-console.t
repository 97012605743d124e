# SPDX-License-Identifier: Apache-2.0
#
# SSREnv reaches ctx.env; console lines reach the log at their level; the
# access log can tell how long a render took.
use strict;
use warnings;
use utf8;
use JSON::PP;
use V8Test;

my $server = main_server();
my @host = (Host => 'env.test');

my $outer = decode_json($server->get('/', @host)->body);
is_deeply $outer->{env},
    { NAME => 'host', TEXT => 'two words – „€“', EMPTY => '' },
    'the values of the host';
ok $outer->{frozen}, 'frozen';
my %inner = (%{ $outer->{env} }, NAME => 'location', MORE => 'added');
for my $n (1 .. 8) { # each isolate, and back again
    is_deeply decode_json($server->get('/inner', @host)->body)->{env}, \%inner,
        "the location's values win ($n)";
    is_deeply decode_json($server->get('/', @host)->body)->{env}, $outer->{env},
        "and stay there ($n)";
}

# path, httpd's levels of the console lines it leaves
my %level = (debug => 'debug', log => 'info', info => 'info', warn => 'warn',
    error => 'error');
my @console = (
    ['/', qw(log info warn error)],
    ['/debug', qw(debug log info warn error)],
    ['/warn', qw(warn error)],
    ['/error', qw(error)],
    ['/off'],
);
expect_log('V8SSR0005');
for my $row (@console) {
    my ($path, @methods) = @$row;
    my $before = () = log_lines($server, qr/V8SSR0005/);
    is $server->get($path, Host => 'console.test')->status, 200, "$path: 200";
    my @lines = log_lines($server, qr/V8SSR0005/);
    splice @lines, 0, $before;
    is_deeply [map { /:(\w+)\].*V8SSR0005: .*speaks.*render says (\w+)$/
                ? "$1 $2" : $_ } @lines],
        [map { "$level{$_} $_" } @methods], "$path: console lines";
}

# Values of all kinds, one line each.
my $before = () = log_lines($server, qr/V8SSR0005/);
is $server->get('/values', Host => 'console.test')->body, '<p>ok</p>',
    'console.js';
my @lines = log_lines($server, qr/V8SSR0005/);
splice @lines, 0, $before;
my @wanted = (
    qr/:debug\].*console: debug 1 -?0 10n? true undefined null$/,
    qr/:info\].*console: log \/values \{"nested":\{"list":\[1,2,3\]\}\} \["a","b"\]$/,
    qr/:info\].*console: info (?:%s is %d answer 42|answer is 42)$/,
    qr/:warn\].*console: warn: two\\nlines \\x1b\[31mred\\x1b\[0m/,
    qr/:error\].*console: Error: error object.*Symbol\(symbol\) \(\) => \{\}$/,
);
is scalar @lines, @wanted, 'five lines';
like $lines[$_], $wanted[$_], "line $_" for 0 .. $#wanted;

# While loading, once for each isolate: in the log since the server started.
my @loading = grep { /bundle speaks/ } $server->log_text =~ /^.*V8SSR0004.*$/mg;
ok @loading > 0, 'console lines while a bundle loads';
like $loading[0], qr/V8SSR0004: bundle speaks.*load says/, 'name the bundle';

# The access log.
$server->get('/access-log', @host);
my $line;
wait_for {
    open my $log, '<', $server->{log} =~ s/error_log$/access_log/r or die;
    ($line) = grep { m{ /access-log } } <$log>;
};
like $line // '', qr{^\d+ 200 GET /access-log env\.test bundle=echo queue=\d+ render=[1-9]\d* gc=\d+$},
    'notes for LogFormat';

done_testing;
