# SPDX-License-Identifier: Apache-2.0
#
# The made-up requests of SSRWarmup meet the hooks of httpd's other modules, some
# of which look for what a client's connection has; and a site that speaks TLS.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Test;

my @modules = qw(access_compat actions allowmethods auth_basic auth_form authn_core authn_file authz_user autoindex buffer
    cache cache_socache cern_meta charset_lite dumpio expires ext_filter http2 include info log_debug lua
    macro mime_magic negotiation proxy_balancer ratelimit remoteip reqtimeout request sed session session_cookie
    slotmem_shm socache_shmcb speling ssl substitute unique_id userdir usertrack vhost_alias xml2enc);
my $load = join '', map { "<IfModule !${_}_module>\nLoadModule ${_}_module \"\${MODULES}/mod_$_.so\"\n</IfModule>\n" }
    @modules;
my $server = prepare_server(children => 1, limit => 2, threads => 16);
my $tls = V8Test::Server::free_port();
my $root = $server->{root};
system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=site.test -keyout $root/key.pem -out $root/cert.pem"
    . " 2>/dev/null") == 0 or die 'no certificate';
chmod 0644, "$root/key.pem";

$server->configure(<<"CONF");
$load
Protocols h2c http/1.1
Listen 127.0.0.1:$tls
SSLSessionCache none
RemoteIPHeader X-Forwarded-For
RequestReadTimeout header=20-40,MinRate=500
ExpiresActive on
ExpiresDefault "access plus 1 hour"
CookieTracking on
Session on
SessionCookieName session path=/
DumpIOInput on
DumpIOOutput on
BrowserMatch "^ab" no-gzip
SetEnvIf Request_URI "^/" SEEN=1
RewriteEngine on
RewriteRule ^/old\$ /new [PT]
SSRIsolates 1
SSREngine on
SSRBundle pages "\${TOP}/bundles/test/pages.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
AddOutputFilterByType SUBSTITUTE;BROTLI_COMPRESS;DEFLATE text/html
Substitute s/render/RENDER/
<Location /log>
    LogMessage "seen" hook=all
    SetEnvIf Request_URI "log" no-brotli
    SSRCacheTTL 2h
</Location>
<Location /lua>
    SetOutputFilter RATE_LIMIT
    SetEnv rate-limit 4000
    <If "%{QUERY_STRING} == 'if'">
        SSRCache off
    </If>
</Location>
<VirtualHost 127.0.0.1:\${PORT}>
    ServerName plain.test
    SSRWarmup /a?kb=4 /old /log/a?kb=4 /lua?kb=4 /lua?if cache=only
    RewriteEngine on
    RewriteOptions Inherit
    <Location /status>
        SetHandler v8ssr-status
        Require local
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:$tls>
    ServerName site.test:$tls
    SSLEngine on
    SSLCertificateFile "$root/cert.pem"
    SSLCertificateKeyFile "$root/key.pem"
    SSLOptions +StdEnvVars
    Protocols h2 http/1.1
    SSRWarmup /a?kb=4 cache=only
</VirtualHost>
CONF
$server->launch->wait_up or die 'no server: ' . $server->log_text;
ok wait_for { log_lines($server, qr/V8SSR0090/) }, 'the cache is filled';
like +(log_lines($server, qr/V8SSR0090/))[0], qr/of 6 warm-up URLs 5 were rendered, 0 were there, 1 are not for it, 0 failed/,
    'with all pages';
is scalar(log_lines($server, qr/exit signal/)), 0, 'and no child ended';

sub get { my ($target, @more) = @_; return $server->get($target, Host => 'plain.test', @more) }
for my $target ('/a?kb=4', '/log/a?kb=4', '/lua?kb=4', '/old', '/new') {
    my $r = get($target);
    like $r->header('Cache-Status'), qr/^v8ssr; hit; ttl=\d/, "$target: a hit";
    like $r->body, qr{^<p>plain\.test /}, "$target: of its host";
}
like get('/log/a?kb=4')->header('Cache-Status'), qr/ttl=7\d\d\d/, '<Location> counted';
my $br = get('/a?kb=4', 'Accept-Encoding' => 'br');
is $br->header('Content-Encoding'), 'br', 'in brotli';
like $br->header('Cache-Status'), qr/hit/, 'a hit, too';
is get('/log/a?kb=4', 'Accept-Encoding' => 'br')->header('Content-Encoding'), undef, 'but where SetEnvIf says no';
is decode_json(get('/status?json')->body)->{cache}{misses}, 0, 'nothing was rendered for clients';

my $head = `curl -sk --max-time 20 -D - -o $root/page --resolve site.test:$tls:127.0.0.1 'https://site.test:$tls/a?kb=4'`;
like $head, qr/^cache-status: v8ssr; hit; ttl=\d/mi, 'a page of a host with TLS: a hit';
open my $page, '<', "$root/page" or die $!;
like scalar <$page>, qr{^<p>site\.test:$tls /a\?kb=4 RENDER}, 'of that host';

done_testing;
