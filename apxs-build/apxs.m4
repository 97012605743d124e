dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl V8SSR_PROBE_APXS
dnl   The httpd to build for, asked of its apxs. Substitutes APXS, HTTPD (the server's binary), HTTPD_CPPFLAGS,
dnl   APR_CFLAGS, APR_LIBS and moduledir, where httpd keeps its modules (configure moduledir=DIR overrides it).

dnl The httpd that has the child_stopping hook.
m4_define([v8ssr_httpd_least], [2.4.49])
m4_define([v8ssr_mmn_least], [20120211, 110])

AC_DEFUN([V8SSR_PROBE_APXS],
  [AC_REQUIRE([AC_PROG_CC])
   AC_ARG_WITH([apxs],
     [AS_HELP_STRING([--with-apxs=PATH], [the apxs of the httpd to build for @<:@apxs or apxs2 of the PATH@:>@])])
   _V8SSR_FIND_APXS
   _V8SSR_FIND_HTTPD
   _V8SSR_FIND_APR
   _V8SSR_CHECK_HTTPD])

AC_DEFUN([_V8SSR_FIND_APXS],
  [AS_CASE([$with_apxs],
     [''|yes], [AC_PATH_PROGS([APXS], [apxs apxs2], [], [$PATH$PATH_SEPARATOR/usr/sbin$PATH_SEPARATOR/usr/local/apache2/bin])],
     [no], [AC_MSG_ERROR([httpd's apxs is required; there is no building without it])],
     [APXS=$with_apxs])
   AC_SUBST([APXS])
   AS_IF([test -z "$APXS"], [AC_MSG_ERROR([no apxs found. Debian has it in apache2-dev: run apxs-build/deps, or give --with-apxs=PATH])])
   AC_MSG_CHECKING([whether $APXS answers])
   AS_IF([v8ssr_includedir=`"$APXS" -q INCLUDEDIR 2>&AS_MESSAGE_LOG_FD` && test -n "$v8ssr_includedir"],
     [AC_MSG_RESULT([yes])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([$APXS -q INCLUDEDIR fails. Debian's apxs is in apache2-dev: run apxs-build/deps, or give --with-apxs=PATH])])
   test -n "$moduledir" || moduledir=`"$APXS" -q LIBEXECDIR`
   AC_SUBST([moduledir])])

AC_DEFUN([_V8SSR_FIND_HTTPD],
  [HTTPD=`"$APXS" -q SBINDIR`/`"$APXS" -q PROGNAME`
   AC_SUBST([HTTPD])
   AC_MSG_CHECKING([for the server of $APXS])
   AS_IF([test -x "$HTTPD"],
     [AC_MSG_RESULT([$HTTPD])],
     [AC_MSG_RESULT([none])
      AC_MSG_ERROR([$APXS belongs to $HTTPD, which is not there. Debian has it in apache2: run apxs-build/deps])])])

dnl An httpd with APR of its own names that one's config script; its .pc files lie beside.
dnl apr-util's .pc file names what apr-util itself links (LDAP); we call nothing of it.
AC_DEFUN([_V8SSR_FIND_APR],
  [AC_REQUIRE([PKG_PROG_PKG_CONFIG])
   AS_IF([test -z "$PKG_CONFIG"], [AC_MSG_ERROR([no pkg-config found. Debian has it in pkg-config: run apxs-build/deps])])
   for v8ssr_config in APR_CONFIG APU_CONFIG; do
     v8ssr_config=`"$APXS" -q $v8ssr_config 2>&AS_MESSAGE_LOG_FD` && test -x "$v8ssr_config" || continue
     v8ssr_pc=`"$v8ssr_config" --prefix`/lib/pkgconfig
     AS_IF([test -d "$v8ssr_pc"],
       [PKG_CONFIG_PATH=$v8ssr_pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
        export PKG_CONFIG_PATH])
   done
   PKG_CHECK_MODULES([APR], [apr-1 >= 1.7 apr-util-1 >= 1.6], [],
     [AC_MSG_ERROR([no APR >= 1.7 with APR-util >= 1.6. Debian has them in libapr1-dev and libaprutil1-dev: run apxs-build/deps
$APR_PKG_ERRORS])])
   dnl their macros are not ours to mend: no warnings from them
   APR_CFLAGS=`AS_ECHO([" $APR_CFLAGS"]) | sed 's/ -I/ -isystem /g'`
   v8ssr_libs=
   for v8ssr_lib in $APR_LIBS; do
     AS_CASE([$v8ssr_lib], [-lapr*], [], [-l*], [continue])
     v8ssr_libs="$v8ssr_libs $v8ssr_lib"
   done
   APR_LIBS=$v8ssr_libs])

AC_DEFUN([_V8SSR_CHECK_HTTPD],
  [HTTPD_CPPFLAGS="-isystem $v8ssr_includedir `"$APXS" -q EXTRA_CPPFLAGS`"
   AC_SUBST([HTTPD_CPPFLAGS])
   v8ssr_save_CPPFLAGS=$CPPFLAGS
   CPPFLAGS="$CPPFLAGS $HTTPD_CPPFLAGS $APR_CFLAGS"
   AC_LANG_PUSH([C])
   AC_MSG_CHECKING([for httpd.h])
   AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <httpd.h>]])],
     [AC_MSG_RESULT([in $v8ssr_includedir])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([httpd.h of $v8ssr_includedir does not compile (see config.log). Debian has it in apache2-dev: run apxs-build/deps])])
   AC_MSG_CHECKING([for httpd >= v8ssr_httpd_least])
   v8ssr_httpd=`"$HTTPD" -v 2>&AS_MESSAGE_LOG_FD | sed -n 's|^Server version: *@<:@^/@:>@*/||p'`
   AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <httpd.h>
#include <ap_mmn.h>
#if !AP_MODULE_MAGIC_AT_LEAST(]v8ssr_mmn_least[)
#error too old
#endif]])],
     [AC_MSG_RESULT([$v8ssr_httpd])],
     [AC_MSG_RESULT([no: $v8ssr_httpd])
      AC_MSG_ERROR([httpd is older than v8ssr_httpd_least. Debian 11 and later have a newer one in apache2 and apache2-dev: run apxs-build/deps])])
   AC_LANG_POP([C])
   CPPFLAGS=$v8ssr_save_CPPFLAGS])
