# SPDX-License-Identifier: Apache-2.0
#
# Licence lines, nothing left open, nothing of one machine.
use strict;
use warnings;
use V8Guard;

my @files = grep { !m{/dist/} } sources(qr/./);
my @code = grep {
    /\.(?:c|cc|h|js|jsx|mjs|css|pm|pl|t|sh|m4|am|mk|ac|conf|in)$/
        || text($_) =~ /^#!/
} @files;
cmp_ok scalar @code, '>', 100, 'the files are found';
none('every source file has its SPDX line near the top', grep {
    text($_) !~ /\A(?:.*\n){0,4}.*SPDX-License-Identifier: Apache-2\.0/
} @code);

# In pieces, so that this file does not name itself.
my $open = join '|', 'TO' . 'DO', 'FIX' . 'ME', 'X' . 'XX';
my $home = join '|', '/ho' . 'me/\w', '/Us' . 'ers/\w', '/ro' . 'ot/\w',
    '/wo' . 'rk/(?:main|shared|steering)';
my $registry = '"resol' . 'ved":\s*"http|_auth' . 'Token|registry\.npm' . 'js';
for my $row (
    ['nothing left open', qr/\b(?:$open)\b/, @code],
    ['no path of one machine', qr/(?:^|[\s"'=(`])(?:$home)/, @files],
    ['no registry, no credentials', qr/$registry/, @files]) {
    my ($name, $pattern, @where) = @$row;
    my @found;
    for my $file (@where) {
        my $n = 0;
        for my $line (lines($file)) {
            $n++;
            push @found, "$file:$n: " . substr $line, 0, 100
                if $line =~ $pattern;
        }
    }
    none($name, @found);
}
none('every locked package has its integrity', grep {
    my $text = text($_);
    my $packages = () = $text =~ m{^    "node_modules/}mg;
    my $sums = () = $text =~ /"integrity": "sha512-/g;
    !$packages || $packages != $sums;
} sources(qr{(?:^|/)package-lock\.json$}));

done_testing;
