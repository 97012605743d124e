# SPDX-License-Identifier: Apache-2.0
#
# SSRWarmup: each child renders these URLs in every isolate before it accepts;
# what goes wrong there is a line in the log and nothing else.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0042 V8SSR0043));

my $server = prepare_server(children => 1, limit => 2);

sub put {
    my ($name, $text) = @_;
    open my $fh, '>', "$server->{root}/$name" or die $!;
    print {$fh} $text;
    close $fh or die $!;
    chmod 0644, "$server->{root}/$name";
}

# Answers with every URL this context was asked for before.
put('tells.js', <<'JS');
const seen = [];
globalThis.renderPage = (url, ctx) => {
  if (url === '/null') return null;
  if (url === '/throws') throw new Error('not yet');
  if (url === '/gone') return { status: 404, body: 'gone' };
  console.warn(`rendering ${url}`);
  const until = Date.now() + Number(/\bms=(\d+)/.exec(url)?.[1] ?? 0);
  while (Date.now() < until);
  const before = [...seen];
  seen.push([url, ctx.env.WHERE, ctx.request.headers.host, ctx.request.url].join(' '));
  return { body: JSON.stringify(before), headers: { 'content-type': 'text/plain' } };
};
JS
put('urls', "# the pages of the front\n/a\n\n/b?c=%20d\n  # indented\n/e   \n");

my $bundle = "SSREngine on\nSSREnv WHERE main\nSSRLogConsole off\n"
    . "SSRBundle tells \"$server->{root}/tells.js\"\n";

# What was logged since the last start.
my $mark = 0;
sub since { return grep { /$_[0]/ } split /\n/, substr $server->log_text, $mark }

sub start {
    my ($text) = @_;
    $server->stop if $server->{pid};
    $mark = length $server->log_text;
    $server->configure($bundle . $text);
    $server->launch->wait_up;
    is $server->get('/server-status')->status, 200, 'a child accepts';
}
sub seen { return decode_json($server->get($_[0] // '/now')->body) }

start("SSRIsolates 1\nSSRWarmup /one /two?x file:urls\nSSRWarmup /three");
is_deeply [map { /^(\S+)/ } @{ seen() }],
    ['/one', '/two?x', '/a', '/b?c=%20d', '/e', '/three'],
    'each URL was rendered before the first request, in order';
my ($pid) = $server->children;
like +(since(qr/V8SSR0040/))[0], qr/ready after \d+ ms, 6 warm-up renders/,
    'the log counts them';
is_deeply [since(qr/rendering \/one/)], [],
    'what they wrote to the console is thrown away';
is seen()->[0], '/one main 127.0.0.1 http://127.0.0.1/one',
    'with the environment and the name of the server';

# All isolates, whatever the concurrency: busy ones answer at the same time.
for my $options ('', ' concurrency=1', ' concurrency=2', ' concurrency=9') {
    start("SSRIsolates 3\nSSRWarmup /a?ms=20 /b?ms=20 /c?ms=20$options");
    my @busy = map { $server->connect->send('GET', "/busy$_?ms=400") } 1 .. 3;
    my @lists = map { decode_json($_->read->body) } @busy;
    is scalar(grep { @$_ } @lists), 3, "every isolate is warm$options";
    is scalar(map { @$_ } @lists), 9, "each URL was rendered three times$options";
}
start("SSRIsolates 3\nSSRQueue 1\nSSRWarmup /a?ms=20 /b /c");
like +(since(qr/V8SSR0040/))[0], qr/ 9 warm-up renders/,
    'a queue shorter than that is no hindrance';

# Which bundle.
my $other = "SSRBundle other \"$server->{root}/tells.js\"\nSSRMap / tells\nSSRMap /o other\n";
start("SSRIsolates 1\n${other}SSRWarmup /x /o/y /o%2Fz\nSSRWarmup /o/w bundle=tells\n"
    . "<VirtualHost 127.0.0.1:\${PORT}>\nServerName host.test\nSSREnv WHERE host\n"
    . "SSRBundle mine \"$server->{root}/tells.js\"\nSSRUse mine\nSSRWarmup /h\n</VirtualHost>\n"
    . "<VirtualHost 127.0.0.1:\${PORT}>\nServerName main.test\n</VirtualHost>");
my $ask = sub {
    my ($host, $url) = @_;
    return [map { /^(\S+)/ } @{ decode_json($server->request('GET', $url, Host => $host)->body) }];
};
is_deeply $ask->('main.test', '/'), ['/x', '/o/w'], 'SSRMap and bundle= say which bundle';
is_deeply $ask->('main.test', '/o/'), ['/o/y', '/o%2Fz'], 'also for an escaped path';
my ($own) = @{ decode_json($server->request('GET', '/', Host => 'host.test')->body) };
is $own, '/h host host.test http://host.test/h', 'a virtual host has its own';

# What goes wrong.
start("SSRIsolates 2\nSSRTimeout 300ms\n"
    . "SSRWarmup /throws /null /gone /?ms=5000 /good");
my @said = map { s/.*V8SSR0042: //r } since(qr/V8SSR0042/);
is scalar @said, 4, 'one line for each URL that fails';
like $said[0], qr{^bundle tells, warm-up /throws: \S+/tells\.js:4:\d+: Error: not yet \| at}, 'thrown';
is $said[1], 'bundle tells, warm-up /null: it was declined (null)', 'declined';
is $said[2], 'bundle tells, warm-up /gone: it was answered with status 404', 'a status';
like $said[3], qr{^bundle tells, warm-up /\?ms=5000: \S*tells\.js:\d+:\d+: still rendering after 30\d ms},
    'SSRTimeout';
is $server->get('/now')->status, 200, 'the child serves';
is $server->get('/throws')->status, 500, 'and requests fail as ever';

# No longer than SSRLoadTimeout.
start("SSRIsolates 1\nSSRLoadTimeout 1s\nSSRWarmup " . join ' ', map { "/$_?ms=300" } 1 .. 20);
like +(since(qr/V8SSR0043/))[0],
    qr/the warm-up ends after [1-4] of 20 renders: its time is up/, 'the time is bounded';
is $server->get('/now')->status, 200, 'then the child serves';

# A stop does not wait for it (httpd grows impatient after 3 s).
$server->stop;
$server->configure($bundle . "SSRTimeout 1m\nSSRLoadTimeout 10m\nSSRWarmup /?ms=60000");
$mark = length $server->log_text;
$server->launch;
ok wait_for { substr($server->log_text, $mark) =~ /V8SSR0044: child \d+: 1 warm-up URLs/ },
    'a child warms up';
cmp_ok $server->stop, '>=', 0, 'httpd ends';
unlike substr($server->log_text, $mark), qr/still did not exit|V8SSR004[23]/,
    'the child left when it was told to, and said nothing';

done_testing;
