# SPDX-License-Identifier: Apache-2.0
#
# A canary that fails more often than the stable version is taken out of
# service in all children at once, with one line in the log.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0008 V8SSR0030));

my $server = own_server(children => 2, limit => 2, config => <<'CONF');
Define VERSIONS "${TOP}/bundles/test/versions.js"
SSRIsolates 1
SSREngine on
SSRBundle shop ${VERSIONS}
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName on.test
    SSRCanary shop ${VERSIONS} 50 cookie=v header=X-Canary rollback=20%/1h
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName default.test
    SSRCanary shop ${VERSIONS} 100 header=X-Canary
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName off.test
    SSRCanary shop ${VERSIONS} 100 rollback=off
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName both.test
    SSRCanary shop ${VERSIONS} 50 cookie=v rollback=20%/1h
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName short.test
    SSRTimeout 100ms
    SSRCanary shop ${VERSIONS} 100 rollback=0%/1s
</VirtualHost>
CONF
my ($stable, $canary) = ('<p>shop</p>', '<p>shop@canary</p>');
my @canary = (Cookie => 'v=canary');
my @stable = (Cookie => 'v=stable');

sub rollbacks { return scalar log_lines($server, qr/V8SSR0030: /) }

sub state_of {
    my ($host) = @_;
    my ($row) = grep { $_->{host} =~ /^\Q$host\E:/ && $_->{canary} }
        @{ decode_json($server->get('/status?json')->body)->{bundles} };
    return $row->{canary};
}

# GETs, each on a connection of its own; what was answered, how often.
sub many {
    my ($n, @request) = @_;
    my %seen;
    for (1 .. $n) {
        my $r = $server->get(@request);
        $seen{ $r->status == 200 ? $r->body : $r->status }++;
    }
    return \%seen;
}

# What each child answers.
sub everywhere {
    my @request = @_;
    return [map { $server->get_from($_, @request)->body } $server->children];
}

# --- few renders, and failures of both, are no reason -------------------------

my @on = (Host => 'on.test');
is_deeply many(19, '/x?fail=shop@canary', @on, @canary), { 500 => 19 }, '19 of 19 fail';
is rollbacks(), 0, 'too few to judge';
is_deeply many(40, '/x?fail=shop@canary', @on, 'X-Canary' => 1), { 500 => 40 },
    '40 fail that asked for the canary by its header';
is rollbacks(), 0, 'these do not count';
# They are under way together: each that ends finds the rate too high.
my @together = map { $server->connect->send('GET', "/?ms=200&n=$_", @on, @canary,
    Connection => 'close') } 1 .. 4;
is_deeply [map { $_->read->body } @together], [($canary) x 4], 'the twentieth is good';
ok wait_for { rollbacks() == 1 }, 'and the canary is rolled back: 19 of 20 failed';
my ($line) = log_lines($server, qr/V8SSR0030: /);
like $line, qr/:error\].*V8SSR0030: canary of shop is rolled back: of its last 20 renders 19 failed, of the stable version's 0 0, within 3600 s; up to 20% more was allowed/,
    'which says why';

# --- everywhere ---------------------------------------------------------------

is_deeply everywhere('/', @on, @canary), [$stable, $stable],
    'both children answer with the stable version, whatever the cookie';
my $r = $server->get('/', @on);
is $r->body, $stable, 'new clients get it, too';
is $r->header('Set-Cookie'), undef, 'and no cookie';
is_deeply everywhere('/', @on, 'X-Canary' => 1), [$canary, $canary],
    'both still show the canary to whoever asks for it';
is $server->get('/x?fail=shop@canary', @on, @canary)->status, 200,
    'the stable version is as it was';
is rollbacks(), 1, 'it is said once';
ok state_of('on.test')->{rolled_back}, 'and seen in v8ssr-status';

# --- the default, with all children failing at a time --------------------------

my @open = map { $server->connect } 1 .. 4;
my $count = 0;
ok wait_for {
    for my $connection (@open) {
        my $path = '/y?' . ($count++ % 10 ? '' : 'fail=shop@canary');
        $connection = $server->connect
            if !eval { $connection->send('GET', $path, Host => 'default.test')->read };
    }
    rollbacks() == 2;
}, 'default: 10 percent of failures are too many';
($line) = grep { !/3600 s/ } log_lines($server, qr/V8SSR0030: /);
like $line, qr/within 60 s; up to 5% more/, 'default: 5% within 60 s';
is_deeply everywhere('/', Host => 'default.test'), [$stable, $stable],
    'default: everywhere';
undef @open;

# --- rollback=off; failures of both versions -----------------------------------

is_deeply many(60, '/z?fail=shop@canary', Host => 'off.test'), { 500 => 60 },
    'off: it goes on failing';
is $server->get('/', Host => 'off.test')->body, $canary, 'off: and answering';

# 10 of 30 and 15 of 30: 17 percent more; 17 of 32: 20; 18 of 33: 21
my @both = (Host => 'both.test');
many(20, '/', @both, @stable);
is_deeply many(10, '/x?fail=shop', @both, @stable), { 500 => 10 }, 'both: the stable fails';
many(15, '/', @both, @canary);
is_deeply many(15, '/x?fail=shop@canary', @both, @canary), { 500 => 15 },
    'both: the canary fails, not much more often';
is rollbacks(), 2, 'both: no reason to go back';
is_deeply state_of('both.test')->{window}, { canary => { renders => 30, errors => 15 },
    stable => { renders => 30, errors => 10 } }, 'both: the window';
is_deeply many(6, '/x?fail=shop@canary', @both, @canary),
    { 500 => 3, $stable => 3 }, 'both: the canary fails more often';
is rollbacks(), 3, 'both: rolled back';

# --- what counts ---------------------------------------------------------------

my @short = (Host => 'short.test');
my $in_window = sub { state_of('short.test')->{window}{canary}{renders} };
$server->get('/?ms=300', @short); # a timeout
ok wait_for { !$in_window->() }, 'what is older than the window is forgotten';
is rollbacks(), 3, 'one failure is not enough, whatever the rate';
my $until = time + 3;
$server->get('/', @short) while time < $until; # a part of the window after the other
ok wait_for { !$in_window->() }, 'forgotten again';
ok wait_for { $server->get('/', @short); $in_window->() },
    'a part of the window that was used before counts anew';

# --- a restart forgives --------------------------------------------------------

my @old = $server->children;
$server->graceful;
ok wait_for { my %now = map { $_ => 1 } $server->children; !grep { $now{$_} } @old },
    'a graceful restart';
ok !state_of('on.test')->{rolled_back}, 'the canary is back';
is $server->get('/', @on, @canary)->body, $canary, 'and answers its clients';

done_testing;
