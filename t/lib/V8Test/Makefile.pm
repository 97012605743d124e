# SPDX-License-Identifier: Apache-2.0
#
# Reads a variable out of a makefile fragment, as far as these are written:
# NAME = words, NAME += words, $(OTHER), lines continued with a backslash.
package V8Test::Makefile;
use strict;
use warnings;

# The words of a variable, in order.
sub words {
    my ($file, $name) = @_;
    open my $fh, '<', $file or return ();
    local $/;
    my $text = <$fh>;
    $text =~ s/\\\n/ /g;
    my %value;
    while ($text =~ /^(\w+)[ \t]*(\+?)=[ \t]*(.*)$/mg) {
        $value{$1} = ($2 ? ($value{$1} // '') . ' ' : '') . $3;
    }
    my $words = $value{$name} // '';
    1 while $words =~ s/\$\((\w+)\)/$value{$1} \/\/ ''/ge;
    return split ' ', $words;
}

1;
