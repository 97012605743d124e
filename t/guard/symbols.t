# SPDX-License-Identifier: Apache-2.0
#
# What the built libraries export, and that httpd cannot unload the module.
use strict;
use warnings;
use V8Guard;

sub exported {
    my ($library) = @_;
    my @lines = `nm -D --defined-only '$builddir/.libs/$library'`;
    return map { /\s[A-Za-z]\s+([^\s\@]+)/ ? $1 : () } @lines;
}

is_deeply [exported('mod_v8ssr.so')], ['v8ssr_module'],
    'mod_v8ssr.so exports the module and nothing else';
my @pool = exported('libv8pool.so');
cmp_ok scalar @pool, '>', 10, 'libv8pool.so exports its functions';
none('and only v8pool_ ones', grep { !/^v8pool_/ } @pool);
my %declared = map { $_ => 1 } map { text($_) =~ /V8POOL_API[^;]*?\b(v8pool_\w+)\(/g }
    sources(qr{^libv8pool/include/});
is_deeply [sort @pool], [sort keys %declared],
    'those that the public headers declare';

my $dynamic = `readelf -d '$builddir/.libs/mod_v8ssr.so'`;
like $dynamic, qr/NODELETE/, 'mod_v8ssr.so stays when httpd unloads it';
unlike `readelf -d '$builddir/.libs/mod_v8ssr.so'`, qr/NEEDED.*libnode/,
    'it reaches V8 through libv8pool only';

done_testing;
