# SPDX-License-Identifier: Apache-2.0
#
# Log ids: one place each in the code, one entry each in the documentation.
use strict;
use warnings;
use V8Guard;

my %code;
my @sources = sources(qr{^(?:mod_v8ssr\.c|module/.*\.[ch])$});
for my $file (@sources) {
    my $n = 0;
    for my $line (lines($file)) {
        $n++;
        push @{ $code{$1} }, "$file:$n"
            while $line =~ /V8SSR_LOGNO\((\d+)\)/g;
    }
}
cmp_ok scalar keys %code, '>=', 15, 'the ids are found';
none('each id is used once', map { "$_: @{ $code{$_} }" }
    grep { @{ $code{$_} } > 1 } sort keys %code);
none('each id has four digits', grep { length != 4 } sort keys %code);

# An entry and a line of the table at the top.
my $text = text('docs/log-messages.md');
for my $row (['entry', qr/^#+ V8SSR(\d{4})\b/m],
    ['line in the table', qr/^\|.*\bV8SSR(\d{4})\b/m]) {
    my ($what, $pattern) = @$row;
    my %documented;
    $documented{$_}++ for $text =~ /$pattern/g;
    none("docs/log-messages.md has one $what for each id",
        grep { ($documented{$_} // 0) != 1 } sort keys %code);
    none("and no $what for another", grep { !$code{$_} } sort keys %documented);
}

# Whoever logs names an id: httpd's own are not ours to use.
my @without;
for my $file (@sources) {
    my $source = text($file);
    while ($source =~ /\bap_log_[rpc]?error(?:_)?\((.*?)\);/gs) {
        my $call = $1;
        next if $call =~ /V8SSR_LOGNO|\bSAY\b|APLOG_STARTUP|APLOG_TRACE|->text/;
        push @without, "$file: $call" =~ s/\s+/ /gr;
    }
    push @without, "$file: APLOGNO is the ASF's" if $source =~ /\bAPLOGNO\(/;
}
none('every log call has an id', @without);

my @unknown;
for my $file (sources(qr{^t/.*\.(?:t|pm)$})) {
    push @unknown, map { "$file: V8SSR$_" } grep { !$code{$_} }
        text($file) =~ /\bV8SSR(\d{4})/g;
}
none('tests name ids that are there', @unknown);

done_testing;
