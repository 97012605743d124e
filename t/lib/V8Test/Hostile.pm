# SPDX-License-Identifier: Apache-2.0
#
# The cases of t/hostile: reads them, serves them, asks for each and looks
# whether the server is as well as before.  index.md there says how they are
# written.
package V8Test::Hostile;
use strict;
use warnings;
use V8Test;


# [{ bundle, name, status, id, says, body, matches, absent, reset }...]
sub cases {
    my ($file) = @_;
    my ($bundle) = $file =~ m{([^/]+)\.m?js$};
    open my $fh, '<', $file or die "$file: $!\n";
    my (@cases, %next);
    while (my $line = <$fh>) {
        if ($line =~ m{^\s*//= (\S+)(?: (V8SSR\d{4})(?: (.*\S))?)?\s*$}) {
            @next{qw(status id says)} = ($1, $2, $3 // '');
        }
        elsif ($line =~ m{^\s*//>=(?: (.*))?$}) {
            $next{body} = ($1 // '') =~ s/\\x(..)/chr hex $1/ger;
        }
        elsif ($line =~ m{^\s*//> (.*)$}) { $next{matches} = $1 }
        elsif ($line =~ m{^\s*//!: (.*)$}) { $next{absent} = [split ' ', $1] }
        elsif ($line =~ m{^\s*//! reset}) { $next{reset} = 1 }
        elsif ($line =~ m{^  '([\w-]+)': } && $next{status}) {
            push @cases, { bundle => $bundle, name => $1, %next };
            %next = ();
        }
    }
    return @cases;
}

# Those of these bundles.
sub files {
    my @bundles = @_;
    return map { my @found = glob "$ENV{V8TEST_STAGE}/bundles/cases/$_.*js"; @found ? $found[0] : die "no bundle $_\n" } @bundles;
}

# One isolate: the good page comes from the one that the hostile one was in.
sub server {
    my ($scope, @files) = @_;
    my $asset = "$ENV{V8TEST_STAGE}/bundles/cases/documents/asset.txt";
    open my $fh, '>', $asset or die "$asset: $!\n";
    close $fh or die "$asset: $!\n";
    my $bundles = join '', map { m{/([^/]+)\.m?js$} && <<"CONF" } @files;
<VirtualHost 127.0.0.1:\${PORT}>
    ServerName $1.test
    DocumentRoot "\${TOP}/bundles/cases/documents"
    SSREngine on
    SSRBundle $1 "$_"
    SSRUse $1
    SSRScope $scope
    SSRTimeout 20s
    SSRMaxResponse 1M
    <Location /late>
        SSRTimeout 100ms
    </Location>
</VirtualHost>
CONF
    my $server = own_server(children => 1, threads => 16, limit => 1, config => <<"CONF");
SSRIsolates 1
SSRHeapLimit @{[$scope eq 'bundle' ? '32M' : '64M']}
SSRQueue 100 20s
SSRCacheStore shm:4M
<VirtualHost 127.0.0.1:\${PORT}>
    ServerName good.test
    SSREngine on
    SSRBundle good "\${TOP}/bundles/cases/good.js"
    SSRScope $scope
    SSRTimeout 20s
    <Location />
        SSRCache on
    </Location>
</VirtualHost>
$bundles
CONF
    $server->{logged} = 0;
    return $server;
}

# What was logged since the last call, at warn or above.
sub new_lines {
    my ($server) = @_;
    my $text = substr $server->log_text, $server->{logged};
    $server->{logged} += length $text;
    return grep { /\[v8ssr:(?:warn|error|crit|alert|emerg|notice)\]|v8pool: / } split /\n/, $text;
}

sub is_well {
    my ($server, $pid, $name) = @_;
    my $r = eval { $server->get("/after/$name", Host => 'good.test') };
    is $r ? $r->status . ' ' . $r->body : $@, "200 <p>good /after/$name 123 true []</p>", "$name: the good page";
    is join(' ', $server->children), $pid, "$name: by the same child";
    return;
}

# ('cut', the part that came) or (status, response).
sub ask {
    my ($server, $case) = @_;
    my $late = $case->{status} eq '503' || ($case->{id} // '') eq 'V8SSR0008';
    my $path = ($late ? '/late/' : '/page/') . $case->{name};
    my $connection = $server->connect->send('GET', $path, Host => "$case->{bundle}.test", Connection => 'close');
    my $r = eval { $connection->read };
    return ($path, $r ? $r->status : $@ =~ /ends too early/ ? 'cut' : "no answer: $@", $r);
}

sub check {
    my ($server, $pid, $case) = @_;
    my $name = "$case->{bundle}/$case->{name}";
    new_lines($server);
    my ($path, $status, $r) = ask($server, $case);
    is $status, $case->{status}, "$name: status";
    if ($r) {
        is $r->body, $case->{body}, "$name: body" if defined $case->{body};
        like $r->body, qr/$case->{matches}/, "$name: body" if defined $case->{matches};
        my $absent = join '|', 'X-Injected', @{ $case->{absent} // [] };
        is join(' ', grep { /^(?:$absent)$/i } $r->names), '', "$name: nothing is smuggled into the head";
    }
    is_well($server, $pid, $case->{name});
    my @lines = new_lines($server);
    if ($case->{id}) {
        my @own;
        my $own = sub { push @lines, new_lines($server); @own = grep { /\b$case->{id}: bundle \Q$case->{bundle}\E[,:]/ } @lines };
        wait_for { $own->() > 0 }; # some come after the answer
        # a thread that has no turn for a second is one that V8 did not stop
        my $says = $case->{id} eq 'V8SSR0008' ? qr/$case->{says}|V8 did not stop within 1000 ms/ : qr/$case->{says}/;
        like $own[-1] // "nothing but @lines", $says, "$name: its line of the log";
        cmp_ok length($own[-1] // ''), '<', 8192, "$name: which is bounded";
        @lines = grep { !/\b$case->{id}: / } @lines;
    }
    is join("\n", @lines), '', "$name: and no other";
    return;
}

# Renews the bundle's context, whatever the case has done to it.
sub reset_context {
    my ($server, $bundle) = @_;
    my $r = eval { $server->get('/late/reset', Host => "$bundle.test") };
    diag "$bundle: reset: " . ($r ? $r->status : $@) if !$r || $r->status != 503;
    return;
}

# All cases of these bundles, or those that V8TEST_CASES names.
sub run {
    my ($scope, @bundles) = @_;
    my @files = files(@bundles);
    my $server = server($scope, @files);
    my @cases = map { cases($_) } @files;
    my @only = split ' ', $ENV{V8TEST_CASES} // '';
    @cases = grep { my $c = $_; grep { "$c->{bundle}/$c->{name}" =~ /^$_$/ } @only } @cases if @only;
    expect_log(map { $_->{id} // () } @cases);
    ok wait_for { ($server->get('/', Host => 'good.test')->status) == 200 }, 'the server is up';
    my ($pid) = $server->children;
    for my $case (@cases) {
        check($server, $pid, $case);
        reset_context($server, $case->{bundle}) if $case->{reset} && $scope eq 'bundle';
        ($pid) = $server->children if join(' ', $server->children) ne $pid;
    }
    cmp_ok scalar @cases, '>=', @only ? 1 : 60, scalar(@cases) . ' cases';
    return;
}

1;
