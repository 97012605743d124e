# SPDX-License-Identifier: Apache-2.0
#
# Who may include what (docs/architecture.md, "Layers").
use strict;
use warnings;
use File::Basename qw(dirname);
use V8Guard;

# The layer of a file; the first that matches.
my @layers = (
    [routes => qr{^module/(?:route_(?:manifest|table|values)|values)\.[ch]$}], # pure, for tests
    [glue => qr{^(?:mod_v8ssr\.c|module/)}],
    [store => qr{^cache/layout\.h$}], # what memory holds: the cache's own
    [cache => qr{^cache/}],
    [public => qr{^libv8pool/include/}],
    [tools => qr{^libv8pool/tools/}],
    [seam => qr{^libv8pool/engine/(?:engine|net|run|snapshot)\.h$}],
    [fake => qr{^libv8pool/engine/fake(?:_body|_names|_signal)?\.[ch]$}], # the pool's tests, no V8
    [engine => qr{^libv8pool/engine/}],
    [errors => qr{^libv8pool/error\.h$}], # texts and statuses, for both sides
    [text => qr{^libv8pool/(?:container|names|template)\.h$}], # of bundles, the same
    [pool => qr{^libv8pool/}],
);

# layer => what it may include: layers, and the kinds of system headers below
my %may = (
    glue => [qw(glue routes cache public httpd apr libc)],
    routes => [qw(routes apr json libc)],
    cache => [qw(cache store apr memcached codec libc)],
    store => [qw(cache libc)],
    public => [qw(public libc)],
    tools => [qw(tools public libc)],
    seam => [qw(seam public libc)],
    errors => [qw(public errors libc)],
    text => [qw(public libc)],
    engine => [qw(engine seam public errors text v8 openssl libc)],
    fake => [qw(fake seam public errors pool libc)],
    pool => [qw(pool seam public errors text apr curl libc)],
);

my @kinds = (
    [httpd => qr/^(?:httpd|http_\w+|ap_\w+|mpm_common|util_\w+|scoreboard
        |mod_\w+)\.h$/x],
    [apr => qr/^ap[ru]_?\w*\.h$/],
    [v8 => qr{^(?:v8|libplatform/|cppgc/|node)}],
    [curl => qr{^curl/}],
    [memcached => qr{^libmemcached}],
    [openssl => qr{^openssl/}],
    [json => qr/^jansson\.h$/],
    [codec => qr{^brotli/|^zlib\.h$}],
);

sub layer_of {
    my ($file) = @_;
    for my $layer (@layers) {
        return $layer->[0] if $file =~ $layer->[1];
    }
    return undef;
}

sub resolve {
    my ($from, $name) = @_;
    for my $dir (dirname($from), '.', 'libv8pool', 'libv8pool/include') {
        my $path = "$dir/$name";
        1 while $path =~ s{[^/.]+/\.\./}{};
        $path =~ s{^(?:\./)+}{};
        return $path if -f "$srcdir/$path";
    }
    return undef;
}

sub kind_of {
    my ($from, $open, $name) = @_;
    my $ours = resolve($from, $name);
    return layer_of($ours) || 'unknown' if $open eq '"' || $name eq 'v8pool.h';
    for my $kind (@kinds) {
        return $kind->[0] if $name =~ $kind->[1];
    }
    return 'libc';
}

my (@wrong, %seen);
my @code = sources(qr{^(?:mod_v8ssr\.c$|module/|cache/|libv8pool/).*\.(?:c|cc|h)$
    |^mod_v8ssr\.c$}x);
for my $file (@code) {
    my $layer = layer_of($file);
    for my $line (lines($file)) {
        my ($open, $name) = $line =~ /^\s*#\s*include\s*([<"])([^>"]+)/ or next;
        my $kind = kind_of($file, $open, $name);
        $seen{$kind}++;
        push @wrong, "$file ($layer) includes $name ($kind)"
            if !grep { $_ eq $kind } @{ $may{$layer} };
    }
}
cmp_ok scalar @code, '>', 30, 'the code is found';
ok $seen{$_}, "includes of kind $_ are seen" for qw(httpd apr v8 seam public);
none('no file includes what its layer may not', @wrong);

# The same by name, for what comes in through another header.
my @tokens = (
    ['V8 outside the engine', qr/\bv8::/, qr{^libv8pool/engine/}],
    ['httpd outside the glue', qr/\b(?:request_rec|server_rec|ap_log_\w+)\b/,
        qr{^(?:mod_v8ssr\.c|module/)}],
);
for my $row (@tokens) {
    my ($name, $token, $home) = @$row;
    none("no $name", grep { $_ !~ $home && text($_) =~ $token } @code);
}

done_testing;
