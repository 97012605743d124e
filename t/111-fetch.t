# SPDX-License-Identifier: Apache-2.0
#
# fetch() in bundles: this server's own paths, others that are allowed, and what
# becomes of fetches when their render ends.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use V8Test;

# Answers nothing, and counts who is there.
my $silent = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1') or die "listen: $!\n";
my $port = $silent->sockport;
my $mute = "http://127.0.0.1:$port/";

my $server = own_server(children => 1, limit => 1, threads => 24, config => <<"CONF");
SSRIsolates 1
SSREngine on
SSRBundle fetches "\${TOP}/bundles/test/fetches.js" format=esm
SSRBundle echo "\${TOP}/bundles/test/echo.js"
SSRMap / fetches
SSRMap /echo echo
SSRTimeout 20s
Redirect 302 /moved /echo/there
<Location /many>
    SSRMaxSubrequests 5
</Location>
<Location /body/none>
    SSRMaxRequestBody 0
</Location>
<Location /body/few>
    SSRMaxRequestBody 10
</Location>
<Location /error>
    SSRFetch local allow:127.0.0.1:$port
    SSRFetchTimeout 15s
</Location>
<Location /leave>
    SSRFetch local allow:127.0.0.1:$port
    SSRFetchTimeout 15s
</Location>
CONF

sub escaped { return $_[0] =~ s/([^\w])/sprintf '%%%02X', ord $1/ger }
sub get { my ($name, %of) = @_; return $server->get("/$name?" . join '&', map { "$_=" . escaped($of{$_}) } sort keys %of) }

# --- this server -------------------------------------------------------------------

is get('json', to => '/echo/x?a=1')->body, '"echo"', 'a path of this site: rendered by its bundle';
like get('text', to => 'http://127.0.0.1/echo/x')->body, qr/"echo"/, 'the same as a whole URL';
like get('head', to => '/echo/x')->body, qr{^\[200,"http://127\.0\.0\.1/echo/x",false,"}, 'status, URL and fields';
like get('head', to => '/moved')->body, qr{^\[200,"http://127\.0\.0\.1/echo/there",true,}, 'redirects are followed';
like get('head', to => '/moved', redirect => 'manual')->body, qr{^\[302,}, 'or not';
like get('head', to => '/none/such')->body, qr{^\[(?:404|500),}, 'an error page is an answer';
like get('head', to => '/echo/x', method => 'HEAD')->body, qr/,0\]$/, 'HEAD has no body';
like get('assets', to => '/echo/x')->body, qr/"echo"/, 'env.ASSETS.fetch';
my $piped = get('stream', to => '/echo/x');
like $piped->body, qr/"echo"/, 'a body is passed on';
is $piped->header('X-Piped'), 'yes', 'in a Response of the bundle\'s';
is get('parallel', to => '/echo/x', n => 20)->body, 1, 'twenty at a time';
like get('many', to => '/echo/x')->body, qr/^5 fetch failed: .*: refused: more than 5 fetches in one render/, 'SSRMaxSubrequests';
expect_log(qw(V8SSR0006));

# --- others --------------------------------------------------------------------------

like get('error', to => 'http://example.invalid/')->body, qr/^TypeError ERR_REFUSED fetch failed: /, 'what is not allowed is refused';
like get('error', to => 'http://169.254.169.254/latest')->body, qr/ERR_REFUSED/, 'addresses as well';
like get('error', to => 'file:///etc/passwd')->body, qr/^TypeError /, 'files are no URLs';
like get('error', to => 'http://')->body, qr/^TypeError .*Invalid URL/, 'nor is what is none';
like get('error', to => $mute, ms => 50)->body, qr/^TimeoutError /, 'a signal ends a fetch';

# --- ends ------------------------------------------------------------------------------

sub hangs_up {
    my ($socket) = @_;
    my $bytes;
    return wait_for {
        return IO::Select->new($socket)->can_read(0.1) && !sysread $socket, $bytes, 4096;
    };
}
sub next_client {
    my ($name) = @_;
    ok(IO::Select->new($silent)->can_read(10), "$name: it has connected");
    my $socket = $silent->accept;
    sysread $socket, my $request, 4096;
    return $socket;
}
ok hangs_up(next_client('the fetch of the signal')), 'and is given up';
my $client = $server->connect->send('GET', '/leave?to=' . escaped($mute), Connection => 'close');
my $socket = next_client('a fetch whose body nobody reads');
syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin";
is $client->read->body, 'left', 'its render ends';
ok hangs_up($socket), 'and takes it with it';
is get('late', to => '/echo/x')->body, 'early', 'ctx.waitUntil() keeps one';
ok wait_for { $server->log_text =~ /console: late \{.*"echo"/ }, 'until it has ended';

# --- bodies of requests -------------------------------------------------------------------

my $all = join '', map { chr } 0 .. 255;
my @body = ('Content-Type' => 'application/octet-stream');
for my $method (qw(POST PUT PATCH DELETE OPTIONS)) {
    is $server->request($method, '/body', @body, body => $all)->body,
        qq(["$method",256,"application/octet-stream",32640]), "$method: its bytes";
}
is $server->request('POST', '/body', 'X-None' => 1)->body, '["POST",0,null,0]', 'no body';
is $server->request('POST', '/body', body => 'x' x 1_048_576)->body =~ s/"text[^"]*"/null/r, '["POST",1048576,null,125829120]', 'as long as SSRMaxRequestBody';
is $server->request('POST', '/body', body => 'x' x 1_048_577)->status, 413, 'a longer one: 413';
is $server->request('POST', '/body/none', body => 'x')->status, 405, 'SSRMaxRequestBody 0: 405';
is $server->request('POST', '/body/few', body => 'x' x 11)->status, 413, 'SSRMaxRequestBody of a Location';
is $server->request('POST', '/echo/x', body => 'x')->status, 405, 'a bundle that renders URLs: 405';
is $server->request('POST', '/form', 'Content-Type' => 'application/x-www-form-urlencoded', body => 'a=1&b=%C3%BC')->body,
    '[["a","1"],["b","' . "\xc3\xbc" . '"]]', 'a form';
like get('post', to => '/body', body => 'sent')->body, qr/^\["POST",4,"text\/plain;charset=UTF-8",442\]$/, 'fetch() sends one';

is get('field', to => '/there')->body, 'fc,ff,80 fc,ff,80', 'a unit of a field is a byte, there and back';

# --- the cache ---------------------------------------------------------------------------

$server = own_server(children => 1, limit => 1, threads => 24, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle fetches "${TOP}/bundles/test/fetches.js" format=esm
SSRBundle echo "${TOP}/bundles/test/echo.js"
SSRMap / fetches
SSRMap /echo echo
SSRWarmup "/text?to=/echo/warm" cache=only
SSRTimeout 20s
<Location />
    SSRCache on
    SSRCacheTTL 1h
    SSRCacheHeader cache-status
</Location>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName 127.0.0.1
</VirtualHost>
CONF
sub status_of { return $_[0]->header('Cache-Status') // '' }
ok wait_for { status_of($server->get('/text?to=/echo/warm')) =~ /; hit/ }, 'a page of the warm-up';
like $server->get('/text?to=/echo/warm')->body, qr/"echo"/, 'has fetched from this server';
like get('text', to => '/text?to=%2Fecho%2Fx')->body, qr/refused|Internal Server Error/, 'a page that a bundle fetches may not fetch from this server';
like $server->get('/text?to=%2Fecho%2Fx')->body, qr/"echo"/, 'and was not kept for clients';

# --- clients that vanish --------------------------------------------------------------------

$server = own_server(children => 1, limit => 1, threads => 64, config => <<"CONF");
SSRIsolates 1
SSRIsolateConcurrency 64
SSREngine on
SSRBundle fetches "\${TOP}/bundles/test/fetches.js" format=esm
SSRTimeout 60s
SSRFetchTimeout 60s
SSRFetch allow:127.0.0.1:$port
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF
sub fetches { return decode_json($server->get('/status?json')->body)->{fetch} }
sub under_way { my $f = fetches(); return $f->{started} - $f->{ended} }
for my $batch (1, 2) {
    my @clients = map { $server->connect->send('GET', '/text?to=' . escaped($mute)) } 1 .. 50;
    ok wait_for { under_way() == 50 }, "batch $batch: fifty renders wait for a fetch";
    close $_->{socket} for @clients;
    ok wait_for { under_way() == 0 }, "batch $batch: their clients vanish, and the fetches with them";
}
is $server->get('/body')->body, '["GET",0,null,0]', 'the isolate goes on';

done_testing;
