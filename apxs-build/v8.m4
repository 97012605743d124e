dnl SPDX-License-Identifier: Apache-2.0
dnl
dnl V8SSR_PROBE_V8
dnl   V8, which Debian ships inside libnode. Looked for in --with-v8=PREFIX alone, or else in the system, then in the
dnl   copies apxs-build/deps makes. Substitutes V8_CPPFLAGS, V8_LIBS, V8_RPATH (libtool's -R; empty for the system's)
dnl   and V8_VERSION.
AC_DEFUN([V8SSR_PROBE_V8],
  [AC_REQUIRE([AC_PROG_CXX])
   AC_ARG_WITH([v8],
     [AS_HELP_STRING([--with-v8=PREFIX], [V8's headers are in PREFIX/include/node or PREFIX/include, libnode in PREFIX/lib @<:@the system's, else the copy of apxs-build/deps@:>@])])
   AC_LANG_PUSH([C++])
   v8ssr_save_CPPFLAGS=$CPPFLAGS
   v8ssr_save_CXXFLAGS=$CXXFLAGS
   v8ssr_save_LIBS=$LIBS
   CXXFLAGS="$CXXFLAGS -std=c++17 -fno-rtti"
   AC_MSG_CHECKING([whether $CXX takes -std=c++17 -fno-rtti])
   AC_LINK_IFELSE([AC_LANG_PROGRAM()],
     [AC_MSG_RESULT([yes])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([a C++17 compiler is required. Debian has it in g++: run apxs-build/deps])])
   AS_CASE([$with_v8],
     [''|yes], [_V8SSR_LOOK_FOR_V8([/usr /usr/local/lib/v8ssr/libnode "`cd "$srcdir" && pwd`/.libnode"])],
     [no], [AC_MSG_ERROR([V8 is required; there is no building without it])],
     [_V8SSR_LOOK_FOR_V8(["$with_v8"])])
   AS_IF([test -z "$V8_VERSION"],
     [AC_MSG_ERROR([no usable V8 found (the reasons are above and in config.log). Debian has it in libnode-dev: run apxs-build/deps, or give --with-v8=PREFIX])])
   AC_SUBST([V8_CPPFLAGS])
   AC_SUBST([V8_LIBS])
   AC_SUBST([V8_RPATH])
   AC_SUBST([V8_VERSION])
   CPPFLAGS=$v8ssr_save_CPPFLAGS
   CXXFLAGS=$v8ssr_save_CXXFLAGS
   LIBS=$v8ssr_save_LIBS
   AC_LANG_POP([C++])])

dnl _V8SSR_LOOK_FOR_V8(PREFIXES): the first that works sets V8_*.
AC_DEFUN([_V8SSR_LOOK_FOR_V8],
  [V8_VERSION=
   for v8ssr_prefix in $1; do
     AC_MSG_CHECKING([for V8 in $v8ssr_prefix])
     _V8SSR_LOCATE_V8
     AS_IF([test -z "$v8ssr_why"], [_V8SSR_TRY_V8])
     AS_IF([test -z "$v8ssr_why"],
       [V8_VERSION=`awk '/V8_(MAJOR_VERSION|MINOR_VERSION|BUILD_NUMBER|PATCH_LEVEL) / { v = v dot $[]3; dot = "." }
          END { print v }' "$v8ssr_include/v8-version.h"`
        AC_MSG_RESULT([$V8_VERSION])
        break],
       [AC_MSG_RESULT([no: $v8ssr_why])])
   done])

dnl Headers and library under $v8ssr_prefix, or $v8ssr_why not. The system's need no -L and no run path.
AC_DEFUN([_V8SSR_LOCATE_V8],
  [v8ssr_why= v8ssr_include= v8ssr_libdir= V8_RPATH=
   V8_LIBS=-lnode
   for v8ssr_dir in "$v8ssr_prefix/include/node" "$v8ssr_prefix/include"; do
     AS_IF([test -f "$v8ssr_dir/v8.h"], [v8ssr_include=$v8ssr_dir; break])
   done
   V8_CPPFLAGS="-isystem $v8ssr_include"
   AS_IF([test "$v8ssr_include" = /usr/include], [V8_CPPFLAGS=])
   AS_IF([test -z "$v8ssr_include"], [v8ssr_why="no v8.h"],
     [test "$v8ssr_prefix" != /usr],
       [for v8ssr_dir in "$v8ssr_prefix/lib" "$v8ssr_prefix/lib/`$CXX -print-multiarch 2>/dev/null`"; do
          AS_IF([test -e "$v8ssr_dir/libnode.so"], [v8ssr_libdir=$v8ssr_dir; break])
        done
        V8_LIBS="-L$v8ssr_libdir -lnode"
        V8_RPATH="-R $v8ssr_libdir"
        AS_IF([test -z "$v8ssr_libdir"], [v8ssr_why="v8.h but no libnode.so"])])])

dnl V8's headers and library must be of one build: NodeSource's nodejs ships headers, and no library, in Debian's
dnl place. The program is run for that, unless cross-compiled; 3 is its own word, 127 the loader's.
AC_DEFUN([_V8SSR_TRY_V8],
  [CPPFLAGS="$v8ssr_save_CPPFLAGS $V8_CPPFLAGS"
   LIBS="$V8_LIBS $v8ssr_save_LIBS"
   AS_IF([test -n "$v8ssr_libdir"], [LIBS="$V8_LIBS -Wl,-rpath,$v8ssr_libdir $v8ssr_save_LIBS"])
   AC_LINK_IFELSE(
     [AC_LANG_PROGRAM([[#include <cstdio>
#include <cstring>
#include <libplatform/libplatform.h>
#include <v8-version.h>
#include <v8.h>]],
       [[char header@<:@64@:>@;
int length = std::snprintf(header, sizeof header, "%d.%d.%d", V8_MAJOR_VERSION, V8_MINOR_VERSION, V8_BUILD_NUMBER);
if (std::strncmp(header, v8::V8::GetVersion(), length) != 0) return 3;
return v8::platform::NewDefaultPlatform == nullptr;]])],
     [AS_IF([test "$cross_compiling" != yes],
        [./conftest$EXEEXT >&AS_MESSAGE_LOG_FD 2>&1
         AS_CASE([$?], [3], [v8ssr_why="its headers are not of the libnode that is linked"],
           [127], [v8ssr_why="libnode does not load (see config.log)"])])],
     [v8ssr_why="v8.h but no libnode to link with it (see config.log)"])])
