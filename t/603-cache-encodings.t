# SPDX-License-Identifier: Apache-2.0
#
# Pages are compressed once, by mod_brotli and mod_deflate, and kept as they
# leave; each form has its own ETag and length.
use strict;
use warnings;
use IO::Uncompress::Gunzip qw(gunzip);
use V8Test;

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html
LogFormat "%U %{ratio}n %{outstream}n" outs
CustomLog outs_log outs
BrotliFilterNote Output outstream
DeflateFilterNote Ratio ratio
CONF

sub get { my ($target, $encoding, @more) = @_;
    return $server->get($target, (defined $encoding ? ('Accept-Encoding' => $encoding) : ()), @more) }
sub hit { return ($_[0]->header('Cache-Status') // '') =~ /; hit/ }
sub plain { my $text; gunzip(\$_[0]->body, \$text); return $text }
# Lines that say a filter compressed.
sub compressions {
    open my $fh, '<', "$server->{root}/outs_log" or return 0;
    return scalar grep { m{^\Q$_[0]\E (?:\d+ |- \d)} } <$fh>;
}

my $page = '/page?kb=40';
my $first = get($page, 'gzip');
is $first->header('Content-Encoding'), 'gzip', 'a miss is compressed';
like $first->header('Vary') // '', qr/Accept-Encoding/, 'with Vary';
my $identity = get($page);
ok hit($identity), 'the source of it is kept';
is $identity->header('Content-Encoding'), undef, 'and goes as it is to those who take nothing else';
is plain($first), $identity->body, 'the same page';

my $second = get($page, 'gzip');
ok hit($second), 'gzip: a hit';
is $second->header('Content-Encoding'), 'gzip', 'gzip: compressed';
is $second->header('Content-Length'), length $second->body, 'gzip: with its length';
is plain($second), $identity->body, 'gzip: the page';
like $second->header('Vary') // '', qr/Accept-Encoding/, 'gzip: Vary';
my ($base) = $identity->header('ETag') =~ /^"(.*)"$/;
is $second->header('ETag'), "\"$base-gzip\"", 'gzip: an ETag of its own';
is $first->header('ETag'), $second->header('ETag'), 'gzip: the same as when it was compressed';
ok wait_for { compressions('/page') >= 1 }, 'it was compressed';
my $before = compressions('/page');
get($page, 'gzip') for 1 .. 5;
get('/mark');
wait_for { open my $fh, '<', "$server->{root}/outs_log" or return 0; grep { m{^/mark} } <$fh> };
is compressions('/page'), $before, 'and is not again';

my $br = get($page, 'br');
is $br->header('Content-Encoding'), 'br', 'br: compressed from the stored page';
ok hit($br), 'br: a hit of the source';
my $br2 = get($page, 'br');
is $br2->header('Content-Encoding'), 'br', 'br: again';
ok $br2->body eq $br->body, 'br: the same bytes';
is $br2->header('ETag'), "\"$base-br\"", 'br: an ETag of its own';
is $br2->header('Content-Length'), length $br2->body, 'br: with its length';

# What the client likes.
is get($page, 'gzip, deflate, br')->header('Content-Encoding'), 'br', 'br is preferred';
is get($page, 'br;q=0.5, gzip')->header('Content-Encoding'), 'gzip', 'unless the client prefers gzip';
is get($page, 'br;q=0, gzip;q=0')->header('Content-Encoding'), undef, 'q=0: neither';
is get($page, '*')->header('Content-Encoding'), 'br', '*: what we like best';
is get($page, '')->header('Content-Encoding'), undef, 'an empty field: as it is';

# 304 for every form.
for my $row (['gzip', "\"$base-gzip\""], ['br', "\"$base-br\""], [undef, "\"$base\""]) {
    my ($encoding, $etag) = @$row;
    my $r = get($page, $encoding, 'If-None-Match' => $etag);
    my $name = $encoding // 'identity';
    is $r->status, 304, "$name: 304 for its own tag";
    is $r->header('ETag'), $etag, "$name: which it bears";
    like $r->header('Vary') // '', qr/Accept-Encoding/, "$name: and Vary" if $encoding;
}
is get($page, 'gzip', 'If-None-Match' => "\"$base-br\"")->status, 200, 'the tag of another form: 200';

my $head = $server->request('HEAD', $page, 'Accept-Encoding' => 'br');
is $head->header('Content-Length'), length $br2->body, 'HEAD: the length of the form';
is $head->header('ETag'), "\"$base-br\"", 'HEAD: and its ETag';
my $part = get($page, 'br', Range => 'bytes=0-9');
is $part->status, 206, 'Range: 206';
is $part->body, substr($br2->body, 0, 10), 'Range: of the form';

# A form of a page that is gone.
my $old = get('/short?kb=20&cc=max-age%3D1', 'gzip');
get('/short?kb=20&cc=max-age%3D1', 'gzip');
ok wait_for { plain(get('/short?kb=20&cc=max-age%3D1', 'gzip')) ne plain($old) },
    'when the page is rendered anew, its forms are';

done_testing;
