# SPDX-License-Identifier: Apache-2.0
#
# SSRPoison where V8 itself ends the child: the URL is refused, other URLs are
# served, what SSRFallback has takes its place; a restart changes nothing, another
# version of the bundle does; the cool-down ends.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0129));

# A list of more members than V8 can have, made in one step (t/hostile/dies.js).
my $code = <<'JS';
globalThis.renderPage = (url) => {
  if (url.includes('?die')) return String('ab'.repeat(2 ** 27).split('').length);
  return `<p>${url} VERSION</p>`;
};
JS

sub put {
    my ($server, $version) = @_;
    return $server->put('mortal.js', $code =~ s/VERSION/$version/r);
}

sub server {
    my ($poison, $more) = @_;
    my $server = prepare_server(children => 1, limit => 2);
    my $file = put($server, 'one');
    open my $shell, '>', "$server->{documents}/shell.html" or die $!;
    print {$shell} "<p>shell</p>\n";
    close $shell or die $!;
    $server->configure(<<"CONF");
SSRIsolates 1
SSRHeapLimit 32M
SSRTimeout 60s
SSRPoison $poison
SSREngine on
SSRBundle mortal "$file"
SSRBundle second "$file"
SSRMap / mortal
SSRMap /both second
<Location /both>
    SSRCache on
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
    SSRFallback stale shell:/shell.html
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF
    $server->launch;
    $server->wait_up or die 'no server';
    return $server;
}

my $server = server('2 10m 10m');

sub refused { return join ' ', sort map { "$_->{bundle} $_->{path}" } @{decode_json($server->get('/status?json')->body)->{refused}} }
sub log_id { my ($id) = @_; return scalar(() = log_lines($server, qr/$id: /)) }

sub dies {
    my ($url) = @_;
    my ($child) = $server->children;
    ok !eval { $server->get($url) }, "$url: no answer";
    ok wait_for { my @now = $server->children; @now && !grep { $_ == $child } @now }, "$url: its child is replaced";
    return;
}

sub graceful {
    my ($why) = @_;
    my @old = $server->children;
    kill USR1 => $server->pid or die "kill: $!";
    ok wait_for { my %now = map { $_ => 1 } $server->children; %now && !grep { $now{$_} } @old }, "$why: restarted";
    return;
}

is $server->get('/page')->status, 200, 'at first';
dies('/page?die');
is $server->get('/page')->status, 200, 'once is not enough';
dies('/page?die=again');
ok wait_for { log_id('V8SSR0129') == 1 }, 'twice is: one line';
like +(log_lines($server, qr/V8SSR0129: /))[0], qr{bundle mortal, /page: 2 children have ended}, 'of that path';
my @children = $server->children;
is $server->get($_)->status, 503, "$_: refused" for '/page?die', '/page?die', '/page';
is $server->get('/other')->body, '<p>/other one</p>', 'other URLs are rendered';
is_deeply [$server->children], \@children, 'by the same child';

# With another page in its place.
my $stale = $server->get('/both')->body;
like $stale, qr{<p>/both one</p>}, 'a page for the cache';
dies('/both?die');
dies('/both?die=again');
ok wait_for { refused() eq 'mortal /page second /both' }, 'both are refused';
my $r = $server->get('/both');
is $r->status . $r->body, "200$stale", 'a stale page, where there is one';
$r = $server->get('/both?new');
is $r->status . ' ' . $r->body, "200 <p>shell</p>\n", 'else the shell';
is $r->header('Cache-Control'), 'no-store', 'which nobody keeps';
is log_id('V8SSR0140'), 0, 'nothing to complain about';

graceful('the same bundle');
is $server->get('/page')->status, 503, 'still refused';
is refused(), 'mortal /page second /both', 'as the status says';
put($server, 'two');
graceful('another version');
is $server->get('/page')->body, '<p>/page two</p>', 'rendered again';
like $server->get('/both?newer')->body, qr{<p>/both\?newer two</p>}, 'the other bundle, too';

# The end of a cool-down.  How soon it comes depends on who looks.
$server = server('1 10m 2s');
dies('/page?die');
ok wait_for { log_id('V8SSR0129') == 1 }, 'refused for two seconds';
my %seen;
ok wait_for { my $status = $server->get('/page')->status; $seen{$status}++; $status == 200 }, 'then rendered';
is join(' ', grep { !/^(?:200|503)$/ } keys %seen), '', 'nothing else in between';
ok wait_for { refused() eq '' }, 'and no longer in the list';
dies('/page?die');
ok wait_for { 2 == log_lines($server, qr{V8SSR0129: bundle mortal, /page: }) }, 'after another death it is refused again';

done_testing;
