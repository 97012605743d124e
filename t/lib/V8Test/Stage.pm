# SPDX-License-Identifier: Apache-2.0
#
# A copy of what the suites need, in one place that httpd's children (another
# user, when the parent is root) can read and the test user can write.  The
# source tree stays untouched, wherever the build directory is.
#
#   STAGE/lib      the .so files just built
#   STAGE/bundles  hostile/, preact-shop/dist/, frameworks/dist/, t/bundles as
#                  test/, and t/hostile as cases/
#   STAGE/t        suites, configuration; t/logs is what they leave
package V8Test::Stage;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Path qw(make_path remove_tree);

our @SHARED = qw(mod_v8ssr.so libv8pool.so.0 v8ssr);

# Where the module was built: $builddir, else the current directory.
sub builddir {
    my $dir = abs_path($ENV{builddir} || '.');
    die "no $dir/.libs/mod_v8ssr.so: build first, then run this in the build "
        . "directory or set builddir\n"
        unless -e "$dir/.libs/mod_v8ssr.so";
    return $dir;
}

sub run {
    my @command = @_;
    system(@command) == 0 or die "@command: exit status $?\n";
}

# Makes STAGE anew and returns it.
sub create {
    my ($srcdir, $builddir, $stage) = @_;
    remove_tree($stage);
    make_path(map { "$stage/$_" }
        qw(lib t/logs bundles/hostile bundles/test bundles/cases/documents
        bundles/preact-shop bundles/frameworks));
    run('cp', '-L', (map { "$builddir/.libs/$_" } @SHARED), "$stage/lib/");
    run('cp', glob("$srcdir/bundles/hostile/*"), "$stage/bundles/hostile/");
    run('cp', glob("$srcdir/t/bundles/*"), "$stage/bundles/test/");
    run('cp', glob("$srcdir/t/hostile/*.*js"), "$stage/bundles/cases/");
    run('cp', '-R', "$srcdir/bundles/$_/dist", "$stage/bundles/$_/")
        for qw(preact-shop frameworks);
    run('cp', '-R', "$srcdir/t/TEST", "$srcdir/t/lib", "$srcdir/t/conf",
        glob("$srcdir/t/*.t"), "$stage/t/");
    write_modules_conf($builddir, "$stage/lib");
    run('chmod', '-R', 'u+w,a+rX', $stage);
    return $stage;
}

# The apxs the build was configured with.
sub apxs {
    my ($builddir) = @_;
    return $ENV{APXS} if $ENV{APXS};
    open my $makefile, '<', "$builddir/Makefile" or return 'apxs';
    my ($apxs) = map { /^APXS\s*=\s*(\S+)/ ? $1 : () } <$makefile>;
    return $apxs || 'apxs';
}

# Modules the server is to load, in place of the system's apache2.conf, so that
# no test depends on what a2enmod enabled.  What httpd has built in is absent.
my @MODULES = qw(mpm_event unixd log_config authz_core authz_host mime dir
    alias env setenvif filter deflate brotli headers status rewrite proxy
    proxy_http);

sub write_modules_conf {
    my ($builddir, $lib) = @_;
    my $apxs = apxs($builddir);
    my ($dir, $sbin, $name) = map { my $v = `$apxs -q $_`; chomp $v; $v }
        qw(LIBEXECDIR SBINDIR PROGNAME);
    open my $conf, '>', "$lib/modules.conf" or die "modules.conf: $!\n";
    for my $module (@MODULES) {
        print {$conf} "LoadModule ${module}_module $dir/mod_$module.so\n"
            if -e "$dir/mod_$module.so";
    }
    print {$conf} "Define MODULES $dir\n"; # for tests that load others
    print {$conf} "TypesConfig /etc/mime.types\n" if -e '/etc/mime.types';
    close $conf or die "modules.conf: $!\n";
    write_httpd_wrapper("$sbin/$name", $lib);
    symlink $apxs, "$lib/apxs";
}

# A sanitized module needs the sanitizer's library loaded before httpd itself.
# What it keeps of freed memory counts for SSRMemoryLimit: not its 256 MB.
sub write_httpd_wrapper {
    my ($httpd, $lib) = @_;
    my ($preload) = `ldd '$lib/mod_v8ssr.so'`
        =~ m{=>\s*(/\S*/lib[at]san\.so\S*)};
    my @env = ("LD_LIBRARY_PATH='$lib'\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}");
    push @env, "LD_PRELOAD=$preload", 'ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=64'
        if $preload;
    open my $script, '>', "$lib/httpd" or die "httpd: $!\n";
    print {$script} "#!/bin/sh\n", (map { "$_\n" } @env),
        'export ', join(' ', map { /^(\w+)/ } @env), "\n",
        "exec $httpd \"\$@\"\n";
    close $script or die "httpd: $!\n";
    chmod 0755, "$lib/httpd";
}

# "nobody" and its group, for children of a root parent and for unprivileged
# runs.
sub nobody {
    my ($name, undef, undef, $gid) = getpwnam('nobody')
        or die "there is no user nobody\n";
    return ($name, scalar getgrgid($gid));
}

1;
