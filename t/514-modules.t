# SPDX-License-Identifier: Apache-2.0
#
# SSRBundle of ES modules and CommonJS builds: all files belong to the bundle,
# when it is checked, served, reloaded and kept; what has no place in a startup
# snapshot gets a code cache.
use strict;
use warnings;
use V8Test;
use V8Test::Helper;

expect_log('V8SSR0021');
my $LOOK = 60; # seconds: httpd's parent looks every ten

my $server = prepare_server(children => 1, limit => 2);
my $helper = V8Test::Helper->new($server);
my $root = $server->{root};

sub put { return $server->put(@_) }
sub config {
    return "SSRHelper " . $helper->path . "\nSSREngine on\nLogLevel v8ssr:debug\n" . join "\n", @_;
}
my $mark = 0;
sub since { return grep { /$_[0]/ } split /\n/, substr $server->log_text, $mark }

# --- what configtest says ------------------------------------------------------

put('app/server.mjs', "import { page } from './chunks/page.js';\n"
    . "export default { fetch: (request, env) => page(request.url, env.NAME) };\n");
put('app/chunks/page.js', "import words from '../words.json' assert { type: 'json' };\n"
    . "export const page = (url, name) => `<p>\${words.hello} \${name} at \${url}</p>`;\n");
put('app/words.json', '{ "hello": "one" }');
put('app/other.js', "throw new Error('nobody imports this');\n");
put('old.cjs', "const { mark } = require('./lib/mark');\n"
    . "exports.renderPage = (url) => `<i>\${mark}\${url}</i>`;\n");
put('lib/mark.js', "module.exports.mark = 'c';\n");

my @bundles = ("SSRBundle app \"$root/app/server.mjs\"\nSSRMap / app\nSSREnv NAME you",
    "SSRBundle old \"$root/old.cjs\"\nSSRMap /old old");
$server->configure(config(@bundles));
is +($server->configtest)[0], 0, 'configtest takes them';
for my $row (
    ['app/chunks/page.js', "import fs from 'node:none';\n",
        qr{app/server\.mjs: Error: cannot import "node:none" in \S+/app/chunks/page\.js:1:\d+: a path}],
    ['app/chunks/page.js', "import './none.js';\n",
        qr{cannot import "\./none\.js" in \S+/page\.js:1:\d+: the bundle has no file chunks/none\.js}],
    ['app/chunks/page.js', "\nthrow new Error('no');\nexport let page;",
        qr{/app/chunks/page\.js:2:7: Error: no \| at}],
    ['app/words.json', '{ hello }', qr{/app/words\.json: SyntaxError}],
    ['lib/mark.js', 'const = 1', qr{/lib/mark\.js:1:7: SyntaxError}],
) {
    my ($name, $text, $message) = @$row;
    open my $fh, '<', "$root/$name" or die $!;
    my $good = do { local $/; <$fh> };
    put($name, $text);
    my ($status, $output) = $server->configtest;
    is $status, 1, "$message: refused";
    like $output, $message, "$message: says where";
    put($name, $good);
}
$server->configure(config("SSRBundle old \"$root/old.cjs\" format=iife"));
like +($server->configtest)[1], qr{ReferenceError: require is not defined; this is a CommonJS build},
    'another format than it has: refused';
put('good.js', "globalThis.renderPage = (url) => url;\n");
$server->configure(config("SSRBundle old \"$root/good.js\" format=iife sourcemap=off",
    "SSRCanary old \"$root/old.cjs\" 5"));
like +($server->configtest)[1], qr{SSRCanary: old\@canary: .*this is a CommonJS build},
    'a canary has the format of its bundle';

# --- served ---------------------------------------------------------------------

$server->configure(config('SSRReload stat 200ms', @bundles));
$helper->runs;
$server->launch->wait_up;
sub page { return $server->get($_[0])->body }
my $host = "http://127.0.0.1"; # as the test client asks
is page('/x?y'), "<p>one you at $host/x?y</p>", 'modules';
is page('/old/x'), '<i>c/old/x</i>', 'CommonJS';
my @entries = since(qr/V8SSR0120/);
like "@entries", qr/bundle app: its entry is export default\.fetch\(request, env, ctx\)/,
    'the log has the entry';
like "@entries", qr/bundle old: its entry is export renderPage\(url, ctx\)/, 'of both';
like join("\n", since(qr/V8SSR0049/)), qr/bundle app: no startup snapshot: .*ES modules/,
    'modules are not in a snapshot, and the log says so';
unlike join("\n", since(qr/V8SSR0049/)), qr/bundle old/, 'CommonJS is';
my $image = "$root/image";
$helper->runs;

# --- reloaded -------------------------------------------------------------------

$mark = length $server->log_text;
put('app/other.js', "throw new Error('still nobody');\n");
put('app/words.json', '{ "hello": "two" }');
ok wait_for(sub { page('/x') eq "<p>two you at $host/x</p>" }, $LOOK),
    'a file that is imported changes: the new version is served';
is scalar since(qr/V8SSR0045: bundle app/), 1, 'one line says so';
is scalar(grep { /^check .*server\.mjs/ } $helper->runs), 1, 'checked once';

$mark = length $server->log_text;
put('app/chunks/page.js', "import './late.js';\n");
ok wait_for(sub { since(qr/V8SSR0021: bundle app/) }, $LOOK), 'one that is not there: refused';
is page('/x'), "<p>two you at $host/x</p>", 'the last good version is served';
put('app/chunks/late.js', "export const x = 1;\n");
put('app/chunks/page.js', "import { x } from './late.js';\nexport const page = () => `late \${x}`;\n");
ok wait_for(sub { page('/x') eq 'late 1' }, $LOOK), 'it comes: the new version is served';

# --- kept -----------------------------------------------------------------------

put('app/chunks/late.js', "export const x = ;\n");
$mark = length $server->log_text;
ok $server->graceful, 'a restart with a broken file';
like join("\n", since(qr/V8SSR0021/)), qr{bundle app: .*/app/chunks/late\.js:1:18: SyntaxError},
    'refused, with the place';
ok wait_for { page('/x') eq 'late 1' }, 'the last good version of all files is served';

done_testing;
