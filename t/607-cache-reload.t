# SPDX-License-Identifier: Apache-2.0
#
# The cache over restarts: pages stay; those of another version of the bundle
# are stale, not fresh.
use strict;
use warnings;
use V8Test;

my $server = prepare_server(children => 2, limit => 4);
sub bundle {
    my ($version) = @_;
    open my $fh, '>', "$server->{root}/live.js.new" or die $!;
    print {$fh} "let n = 0;\nglobalThis.renderPage = (url, ctx) => `<p>$version \${ctx.env.SHOP ?? ''} \${url} \${++n}</p>`;\n";
    close $fh or die $!;
    chmod 0644, "$server->{root}/live.js.new";
    rename "$server->{root}/live.js.new", "$server->{root}/live.js" or die $!;
}
sub config {
    my (%o) = @_;
    return "SSRIsolates 1\nSSREngine on\nSSRBundle live \"$server->{root}/live.js\"\nSSRCache on\nSSRCacheTTL 1h\n"
        . "SSRCacheHeader cache-status\n" . ($o{more} // '') . "<Location /swr>\nSSRCacheSWR 1h\n</Location>\n";
}
sub get { return $server->get(@_) }
sub is_hit { return ($_[0]->header('Cache-Status') // '') =~ /; hit; ttl=\d/ }
sub is_stale { return ($_[0]->header('Cache-Status') // '') =~ /; hit; ttl=-/ }

# The children of before are gone, all of them: the second one may come late.
sub restart {
    wait_for { $server->children == 2 } or die 'not two children';
    my %old = map { $_ => 1 } $server->children;
    $server->graceful or die 'no restart';
    wait_for { my @now = $server->children; @now && !grep { $old{$_} } @now } or die 'old children stay';
}

bundle('one');
$server->configure(config());
$server->launch->wait_up;
my $page = get('/a')->body;
my $swr = get('/swr/a')->body;
like $page, qr/^<p>one/, 'a page';
ok is_hit(get('/a')), 'is kept';

restart();
my $r = get('/a');
ok is_hit($r), 'a graceful restart: still there';
is $r->body, $page, 'a graceful restart: the same page';

bundle('two');
restart();
$r = get('/a');
ok !is_hit($r), 'another version of the bundle: not fresh';
like $r->body, qr/^<p>two/, 'another version: rendered';
ok is_hit(get('/a')), 'another version: kept';
$r = get('/swr/a');
ok is_stale($r), 'with SSRCacheSWR: the old page is stale';
is $r->body, $swr, 'which is served once more';
ok wait_for { get('/swr/a')->body =~ /^<p>two/ }, 'while the new one renders';
ok wait_for { is_hit(get('/swr/a')) }, 'and is fresh';

# What the bundle sees besides the request is in the key.
$server->configure(config(more => "SSREnv SHOP berlin\n"));
restart();
like get('/a')->body, qr/^<p>two berlin/, 'another SSREnv: another page';
$server->configure(config());
restart();
like get('/a')->body, qr/^<p>two  /, 'the first SSREnv again: the first page';
ok is_hit(get('/a')), 'which was kept';

# Another size: another memory.
$server->configure(config(more => "SSRCacheStore shm:8M\n"));
restart();
ok !is_hit(get('/a')), 'SSRCacheStore of another size begins empty';
ok is_hit(get('/a')), 'and works';
$server->configure(config() =~ s/SSRCache on/SSRCache off/r);
restart();
is get('/a')->header('Cache-Status'), undef, 'SSRCache off';
$server->configure(config());
restart();
ok !is_hit(get('/a')), 'on again: begins empty';
ok is_hit(get('/a')), 'and works';

# Two hosts, keys without a host, bundles of one name.
my $one = "$server->{root}/live.js";
my $two = "$server->{root}/two.js";
bundle('two');
rename $one, $two;
bundle('one');
$server->stop;
$server->configure("SSRIsolates 1\nSSRCache on\nSSRCacheTTL 1h\nSSRCacheSWR 1h\nSSRCacheKey path\n"
    . "SSRCacheHeader cache-status\n"
    . join '', map { my ($name, $file) = @$_;
        "<VirtualHost 127.0.0.1:\${PORT}>\nServerName $name.test\nSSREngine on\nSSRBundle live \"$file\"\n</VirtualHost>\n" }
        ['one', $one], ['two', $two]);
$server->launch->wait_up;
like $server->get('/p', Host => 'one.test')->body, qr/^<p>one/, 'a page of one host';
like $server->get('/p', Host => 'two.test')->body, qr/^<p>two/, 'is not that of another';

done_testing;
