# SPDX-License-Identifier: Apache-2.0
#
# Which fields of a request a bundle sees: SSRPassAuthorization,
# SSRHideHeaders; in <Location>, merged, and where pages are kept.
use strict;
use warnings;
use JSON::PP;
use V8Test;

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle echo "${TOP}/bundles/test/echo.js"
SSRHideHeaders X-Secret X-Internal-*
<Location /pass>
    SSRPassAuthorization on
</Location>
<Location /pass/not>
    SSRPassAuthorization off
</Location>
<Location /own>
    SSRHideHeaders cookie
</Location>
<Location /none>
    SSRHideHeaders None
</Location>
<LocationMatch "/kept">
    SSRCache on
    SSRCacheTTL 1h
    SSRCacheKey path header:X-Secret header:X-Open cookie:lang
</LocationMatch>
CONF

my %sent = (
    Authorization => 'Basic eDp5', Proxy => 'evil', 'Proxy-Authorization' => 'Basic eDp5', 'Proxy-Thing' => 'a',
    'X-Secret' => 's', 'x-internal-user' => 'u', 'X-INTERNAL-' => 'i', 'X-Internals' => 'open', 'X-Secrets' => 'open',
    'X-Open' => 'open', Cookie => 'lang=de',
);

sub seen {
    my ($path, %fields) = @_;
    %fields = %sent if !%fields;
    my $r = $server->get($path, %fields);
    my %headers = %{ decode_json($r->body)->{request}{headers} };
    return join ' ', sort grep { !/^(?:host|connection)$/ } keys %headers;
}

my $open = 'x-internals x-open x-secrets';
is seen('/'), "cookie $open", 'without credentials, Proxy fields and what is hidden';
is seen('/pass/a'), "authorization cookie $open", 'SSRPassAuthorization on';
is seen('/pass/not'), "cookie $open", 'and off again, further in';
is seen('/own'), 'x-internal- x-internal-user x-internals x-open x-secret x-secrets',
    'the innermost SSRHideHeaders is in force';
is seen('/none'), 'cookie x-internal- x-internal-user x-internals x-open x-secret x-secrets',
    'none: no more than what always is';

# Where pages are kept, a bundle sees what is in their key, less what is
# hidden.
my %kept = %sent;
delete $kept{Authorization};
is seen('/kept/a', %kept), 'cookie x-open', 'kept: the key, without what is hidden';
is seen('/own/kept', %kept), 'x-open x-secret', 'kept: nor a hidden cookie';
is seen('/pass/kept', %sent), "authorization cookie $open", 'kept: credentials make it private, and are passed';
is seen('/pass/kept', %kept), 'cookie x-open', 'kept: the page with credentials was not';

done_testing;
