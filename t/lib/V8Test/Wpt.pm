# SPDX-License-Identifier: Apache-2.0
#
# Web Platform Tests: which there are, one made into a bundle, its results, and
# what Node 18 says of it.
package V8Test::Wpt;
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Find;
use File::Path qw(make_path);
use JSON::PP;

# What is run, and where Node keeps its expectations; 'none': it has nothing of what is tested.
my @SUITES = (
    ['url', 'url.json'],
    ['encoding', 'encoding.json'],
    ['streams', 'streams.json'],
    ['dom/abort', 'dom/abort.json'],
    ['dom/events', 'dom/events.json'],
    ['html/webappapis/atob', 'html/webappapis/atob.json'],
    ['html/webappapis/microtask-queuing',
        'html/webappapis/microtask-queuing.json'],
    ['html/webappapis/structured-clone',
        'html/webappapis/structured-clone.json'],
    ['html/webappapis/timers', 'html/webappapis/timers.json'],
    ['FileAPI/blob', 'FileAPI/blob.json'],
    ['FileAPI/file', 'FileAPI/file.json'],
    ['FileAPI/reading-data-section', 'none'],
    ['webmessaging/broadcastchannel', 'webmessaging/broadcastchannel.json'],
    ['hr-time', 'hr-time.json'],
    ['console', 'console.json'],
    ['webidl/ecmascript-binding/es-exceptions',
        'webidl/ecmascript-binding/es-exceptions.json'],
    ['WebCryptoAPI/digest', undef],
    ['WebCryptoAPI/randomUUID.https.any.js', undef],
    ['WebCryptoAPI/getRandomValues.any.js', undef],
    ['WebCryptoAPI/sign_verify/hmac.https.any.js', undef],
    ['WebCryptoAPI/sign_verify/ecdsa.https.any.js', undef],
    ['WebCryptoAPI/sign_verify/rsa_pkcs.https.any.js', undef],
    ['WebCryptoAPI/sign_verify/rsa_pss.https.any.js', undef],
    ['WebCryptoAPI/import_export/ec_importKey.https.any.js', undef],
    ['WebCryptoAPI/import_export/rsa_importKey.https.any.js', undef],
    ['WebCryptoAPI/import_export/symmetric_importKey.https.any.js', undef],
    ['WebCryptoAPI/derive_bits_keys/ecdh_bits.https.any.js', undef],
    ['WebCryptoAPI/derive_bits_keys/ecdh_keys.https.any.js', undef],
    ['WebCryptoAPI/derive_bits_keys/hkdf.https.any.js', undef],
    ['WebCryptoAPI/encrypt_decrypt/rsa_oaep.https.any.js', undef],
    ['WebCryptoAPI/encrypt_decrypt/aes_cbc.https.any.js', undef],
    ['WebCryptoAPI/encrypt_decrypt/aes_ctr.https.any.js', undef],
    ['WebCryptoAPI/encrypt_decrypt/aes_gcm.https.any.js', undef],
    ['WebCryptoAPI/encrypt_decrypt/aes_gcm_256_iv.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_AES-CBC.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_AES-CTR.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_AES-GCM.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_AES-KW.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_HMAC.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_ECDH.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_ECDSA.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_RSA-OAEP.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_RSA-PSS.https.any.js', undef],
    ['WebCryptoAPI/generateKey/failures_RSASSA-PKCS1-v1_5.https.any.js', undef],
    ['WebCryptoAPI/generateKey/successes_AES-CBC.https.any.js', undef],
    ['WebCryptoAPI/generateKey/successes_AES-CTR.https.any.js', undef],
    ['WebCryptoAPI/generateKey/successes_AES-GCM.https.any.js', undef],
    ['WebCryptoAPI/generateKey/successes_AES-KW.https.any.js', undef],
    ['WebCryptoAPI/generateKey/successes_HMAC.https.any.js', undef],
    ['WebCryptoAPI/generateKey/successes_ECDH.https.any.js', undef],
    ['WebCryptoAPI/generateKey/successes_ECDSA.https.any.js', undef],
);
my $AT_ONCE = 2;
my $LIMIT_MS = 20000;

sub new {
    my ($class, %self) = @_;
    my $self = bless {%self}, $class;
    $self->{tests} = "$self->{builddir}/t/wpt-tests";
    $self->{work} = "$self->{builddir}/t/wpt-run";
    make_path($self->{work});
    system("$self->{srcdir}/t/wpt/fetch", $self->{tests}) == 0
        or die "t/wpt/fetch failed\n";
    $self->{skip} = [map {
        my ($pattern) = split /\t/;
        join '.*', map { quotemeta } split /\*/, $pattern, -1;
    } grep { !/^#|^\s*$/ } split /\n/, $self->text("$self->{srcdir}/t/wpt/skip")];
    $self->{superseded} = { map { /^([^#\t]+)\t([^\t]+)\t/ ? ("$1: $2" => 1) : () }
        split /\n/, $self->text("$self->{srcdir}/t/wpt/superseded") };
    return $self;
}

sub text {
    my ($self, $path) = @_;
    open my $fh, '<:raw', $path or return '';
    local $/;
    return scalar(<$fh>) // '';
}

sub put {
    my ($self, $path, $text) = @_;
    open my $fh, '>:raw', $path or die "$path: $!\n";
    print {$fh} $text;
    close $fh or die "$path: $!\n";
}

sub suites { return map { $_->[0] } @SUITES }

sub files {
    my ($self, $suite) = @_;
    my $top = "$self->{tests}/wpt";
    my @found;
    return $suite if -f "$top/$suite";
    find({ no_chdir => 1, wanted => sub {
        push @found, s{^\Q$top\E/}{}r if /\.(?:any|window|worker)\.js$/;
    } }, "$top/$suite");
    return sort grep {
        my $file = $_;
        !grep { $file =~ /^$_$/ } @{ $self->{skip} };
    } @found;
}

# --- one test as a bundle -----------------------------------------------------

sub json_string { return JSON::PP->new->ascii->allow_nonref->encode($_[0]) }

# What fetch() finds: the files of the tests' resources folder, and interfaces.
sub resources {
    my ($self, $file, $text) = @_;
    my $top = "$self->{tests}/wpt";
    my %files;
    return {} if $text !~ /fetch|idl_test/;
    for my $path (glob("$top/" . dirname($file) . '/resources/*.json')) {
        $files{ 'resources/' . $path =~ s{.*/}{}r } = $path;
    }
    for my $name ($text =~ /["']([\w.\/-]+\.json)["']/g) {
        my $path = $name =~ m{^/} ? "$top$name" : "$top/" . dirname($file) . "/$name";
        $files{$name} = $path if -f $path;
    }
    if ($text =~ /idl_test/) {
        $files{ '/interfaces/' . s{.*/}{}r } = $_ for glob("$top/interfaces/*.idl");
    }
    for my $name (keys %files) {
        my $content = $self->text($files{$name});
        utf8::decode($content);
        $files{$name} = $content;
    }
    return \%files;
}

sub script {
    my ($self, $name, $file) = @_;
    my $top = "$self->{tests}/wpt";
    # ours is always an ArrayBuffer: there are no shared ones
    return 'const createBuffer = (type, length) => new ArrayBuffer(length);'
        if $name eq '/common/sab.js';
    $name =~ s{^/resources/WebIDLParser\.js$}{/resources/webidl2/lib/webidl2.js};
    my $text = $self->text($name =~ m{^/} ? "$top$name"
        : "$top/" . dirname($file) . "/$name");
    # which is switched off
    $text =~ s/\beval\(/evaluate(/g if $name =~ /idlharness/;
    return $text;
}

# The expressions that an IDL test has evaluated, as functions.
sub objects {
    my ($test) = @_;
    my ($list) = $test =~ /add_objects\(\{(.*?)\}\);/s or return;
    my %seen;
    return map { json_string($_) . ": () => ($_)" } grep { !$seen{$_}++ }
        map { s/^["'`]|["'`]$//gr =~ s/\\(.)/$1/gr }
        $list =~ /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/g;
}

sub bundle {
    my ($self, $file, $search) = @_;
    my $top = "$self->{tests}/wpt";
    my $test = $self->text("$top/$file");
    my ($before, $after) = split /^\/\/ --- mark ---\n/m,
        $self->text("$self->{srcdir}/t/wpt/glue.js");
    # there is no document
    $test =~ s/\["url", "a", "area"\]/["url"]/ if $file =~ /toascii/;
    my @scripts = map { $self->script($_, $file) }
        $test =~ m{^// META: script=(\S+)}mg;
    my $all = join "\n", $test, @scripts;
    # a directive counts at the beginning of a function only
    $test = "(() => { 'use strict';\n$test\n})();" if $test =~ /^(["'])use strict\1;?\s*$/m;
    return join "\n",
        'const OBJECTS = {' . join(',', objects($test)) . '};',
        'const SEARCH = ' . json_string($search) . ';',
        'const FILES = ' . json_string($self->resources($file, $all)) . ';',
        $before, $self->text("$top/resources/testharness.js"), $after,
        @scripts, $test, "\n});";
}

sub variants {
    my ($self, $file) = @_;
    my @found = $self->text("$self->{tests}/wpt/$file")
        =~ m{^// META: variant=(\S*)}mg;
    return @found ? @found : ('');
}

# --- running -------------------------------------------------------------------

sub start {
    my ($self, $number, $file, $search) = @_;
    my $script = "$self->{work}/$number.js";
    $self->put($script, $self->bundle($file, $search));
    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        open STDOUT, '>', "$self->{work}/$number.out" or die;
        open STDERR, '>', "$self->{work}/$number.err" or die;
        exec "$self->{builddir}/v8ssr", 'render', '-t', $LIMIT_MS, $script, '/';
        die "exec: $!\n";
    }
    return $pid;
}

# [[name, status, message]...]; one of its own where the file itself fails.
sub results {
    my ($self, $number, $exit) = @_;
    my ($body) = $self->text("$self->{work}/$number.out") =~ /\n\n(.*)/s;
    my $answer = eval { JSON::PP->new->utf8->decode($body // '') };
    if (!$answer) {
        my $why = $self->text("$self->{work}/$number.err") || "exit status $exit";
        return [['(the file)', 1, substr $why, 0, 300]];
    }
    my @tests = @{ $answer->{tests} };
    push @tests, ['(the file)', 1, $answer->{message}]
        if $answer->{status} != 0 || !@tests;
    return \@tests;
}

sub run_suite {
    my ($self, $suite) = @_;
    my @jobs = map { my $file = $_; map { [$file, $_] } $self->variants($file) }
        $self->files($suite);
    my (%running, %results);
    for my $number (0 .. $#jobs) {
        $self->reap(\%running, \%results) while keys %running >= $AT_ONCE;
        $running{ $self->start($number, @{ $jobs[$number] }) } = $number;
    }
    $self->reap(\%running, \%results) while %running;
    my %sum = (files => scalar @jobs, passed => 0, all => 0, node => 0,
        failures => [], passes_still => []);
    for my $number (0 .. $#jobs) {
        my ($file, $search) = @{ $jobs[$number] };
        for my $test (@{ $results{$number} }) {
            my ($name, $status, $message) = @$test;
            next if $name =~ /SharedArrayBuffer/; # switched off, for safety
            if ($self->{superseded}{"$file: $name"}) {
                push @{ $sum{passes_still} }, "$file: $name" if $status == 0;
                next;
            }
            $sum{all}++;
            $sum{node}++ if $self->node_passes($suite, $file, $name);
            if ($status == 0) {
                $sum{passed}++;
                next;
            }
            my $line = "$file$search: $name: " . ($message // '');
            $line =~ s/\s+/ /g;
            utf8::encode($line);
            push @{ $sum{failures} }, substr $line, 0, 400;
        }
    }
    return \%sum;
}

sub reap {
    my ($self, $running, $results) = @_;
    my $pid = wait;
    my $number = delete $running->{$pid} // return;
    $results->{$number} = $self->results($number, $? >> 8);
}

# --- Node 18's expectations ---------------------------------------------------------

sub status_of {
    my ($self, $suite, $file) = @_;
    for my $row (@SUITES) {
        my ($name, $status) = @$row;
        next if $name ne $suite || !$status;
        $self->{status}{$suite} //= eval {
            JSON::PP->new->utf8->decode(
                $self->text("$self->{tests}/status/$status"));
        } // {};
        return $self->{status}{$suite}{ $file =~ s{^\Q$suite\E/}{}r };
    }
    return undef;
}

sub node_passes {
    my ($self, $suite, $file, $name) = @_;
    return 0 if grep { $_->[0] eq $suite && ($_->[1] // '') eq 'none' } @SUITES;
    my $status = $self->status_of($suite, $file) or return 1;
    return 0 if $status->{skip};
    return 0 if grep { $_ eq $name } @{ $status->{skipTests} // [] };
    my $fail = $status->{fail} or return 1;
    return !grep { $_ eq $name } @{ $fail->{expected} // [] },
        @{ $fail->{flaky} // [] };
}

# --- the baseline and the document -----------------------------------------------------

sub baseline {
    my ($self) = @_;
    return { map { /^(\S+)\s+(\d+)$/ ? ($1, $2) : () }
        split /\n/, $self->text("$self->{srcdir}/t/wpt/baseline") };
}

sub rate { return sprintf '%.1f %%', $_[1] ? 100 * $_[0] / $_[1] : 0 }

sub table {
    my ($self, $now) = @_;
    my @rows = ('| suite | files | tests | pass | | Node 18 |', '|---|---|---|---|---|---|');
    for my $suite ($self->suites) {
        my $r = $now->{$suite} or next;
        push @rows, sprintf '| %s | %d | %d | %d | %s | %s |', $suite,
            @$r{qw(files all passed)}, rate(@$r{qw(passed all)}),
            rate(@$r{qw(node all)});
    }
    return join("\n", @rows) . "\n";
}

sub update {
    my ($self, $now) = @_;
    my %all = (%{ $self->baseline }, map { $_ => $now->{$_}{passed} } keys %$now);
    $self->put("$self->{srcdir}/t/wpt/baseline",
        "# SPDX-License-Identifier: Apache-2.0\n"
        . "# How many tests pass; t/wpt/run --update writes this.\n"
        . join('', map { "$_ $all{$_}\n" } sort keys %all));
    my $path = "$self->{srcdir}/docs/conformance.md";
    my $text = $self->text($path);
    my $table = $self->table($now);
    $text =~ s/(<!-- table -->\n).*(<!-- end -->)/$1$table$2/s
        or die "$path has no place for the table\n";
    $self->put($path, $text) if keys %$now == $self->suites;
}

1;
