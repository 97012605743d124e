dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl V8SSR_PROBE_LIBS
dnl   Substitutes _CFLAGS and _LIBS of CRYPTO (OpenSSL), CURL, JANSSON, MEMCACHED, BROTLI (its encoder) and ZLIB, and BROTLIDEC_LIBS, for the tests.
AC_DEFUN([V8SSR_PROBE_LIBS],
  [AC_REQUIRE([PKG_PROG_PKG_CONFIG])
   AS_IF([test -z "$PKG_CONFIG"], [AC_MSG_ERROR([no pkg-config found. Debian has it in pkg-config: run apxs-build/deps])])
   PKG_CHECK_MODULES([CURL], [libcurl >= 7.87], [],
     [AC_MSG_ERROR([no libcurl >= 7.87. Debian has it in libcurl4-openssl-dev: run apxs-build/deps
$CURL_PKG_ERRORS])])
   PKG_CHECK_MODULES([CRYPTO], [libcrypto >= 3.0], [],
     [AC_MSG_ERROR([no libcrypto >= 3.0, OpenSSL's. Debian has it in libssl-dev: run apxs-build/deps
$CRYPTO_PKG_ERRORS])])
   PKG_CHECK_MODULES([JANSSON], [jansson >= 2.12], [],
     [AC_MSG_ERROR([no jansson >= 2.12. Debian has it in libjansson-dev: run apxs-build/deps
$JANSSON_PKG_ERRORS])])
   PKG_CHECK_MODULES([MEMCACHED], [libmemcached], [],
     [AC_MSG_ERROR([no libmemcached. Debian has it in libmemcached-dev: run apxs-build/deps
$MEMCACHED_PKG_ERRORS])])
   PKG_CHECK_MODULES([BROTLI], [libbrotlienc >= 1.0], [],
     [AC_MSG_ERROR([no libbrotlienc. Debian has it in libbrotli-dev: run apxs-build/deps
$BROTLI_PKG_ERRORS])])
   PKG_CHECK_MODULES([BROTLIDEC], [libbrotlidec >= 1.0], [],
     [AC_MSG_ERROR([no libbrotlidec. Debian has it in libbrotli-dev: run apxs-build/deps
$BROTLIDEC_PKG_ERRORS])])
   PKG_CHECK_MODULES([ZLIB], [zlib], [],
     [AC_MSG_ERROR([no zlib. Debian has it in zlib1g-dev: run apxs-build/deps
$ZLIB_PKG_ERRORS])])])

dnl V8SSR_SANITIZE
dnl   --enable-sanitize=LIST. Substitutes SANITIZE_FLAGS, for compiling and linking; empty without the option.
AC_DEFUN([V8SSR_SANITIZE],
  [AC_REQUIRE([AC_PROG_CC])
   AC_REQUIRE([AC_PROG_CXX])
   AC_ARG_ENABLE([sanitize],
     [AS_HELP_STRING([--enable-sanitize=LIST], [build with the compiler's -fsanitize=LIST: address,undefined or thread])],
     [], [enable_sanitize=no])
   SANITIZE_FLAGS=
   AC_SUBST([SANITIZE_FLAGS])
   AS_CASE([$enable_sanitize],
     [no], [],
     [''|yes], [AC_MSG_ERROR([--enable-sanitize needs a list, such as --enable-sanitize=address,undefined])],
     [dnl gcc takes what sanitizers add for uses of what is not set (V8's Nothing<bool>())
      SANITIZE_FLAGS="-fsanitize=$enable_sanitize -fno-omit-frame-pointer -Wno-maybe-uninitialized"
      _V8SSR_LINKS_SANITIZED([C], [CFLAGS], [$CC])
      _V8SSR_LINKS_SANITIZED([C++], [CXXFLAGS], [$CXX])])])

dnl _V8SSR_LINKS_SANITIZED(LANGUAGE, FLAGS-VARIABLE, COMPILER)
dnl   Links, does not run: a sanitized program may be unable to run here (ptrace, address layout).
AC_DEFUN([_V8SSR_LINKS_SANITIZED],
  [AC_LANG_PUSH([$1])
   v8ssr_save_flags=$$2
   $2="$$2 $SANITIZE_FLAGS"
   AC_MSG_CHECKING([whether $3 takes -fsanitize=$enable_sanitize])
   AC_LINK_IFELSE([AC_LANG_PROGRAM()],
     [AC_MSG_RESULT([yes])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([$3 does not build with -fsanitize=$enable_sanitize (see config.log). clang needs Debian's libclang-rt-dev: run apxs-build/deps --test])])
   $2=$v8ssr_save_flags
   AC_LANG_POP([$1])])
