/* SPDX-License-Identifier: Apache-2.0
 *
 * test_imports.c: which specifiers are found in a text, and what they name.
 */
#include "imports.h"
#include "names.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

/* All that are found, with a blank between; "r:" before a required one. */
static const char *imports_of(const char *text)
{
    static char all[1024];
    struct v8p_imports imports = {text, strlen(text), 0};
    struct v8p_import found;

    all[0] = '\0';
    while (v8p_imports_next(&imports, &found)) {
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s%.*s",
                 all[0] != '\0' ? " " : "", found.required ? "r:" : "",
                 (int)found.length, found.specifier);
    }
    return all;
}

static void test_imports_each_form_found(void)
{
    IS_STR(imports_of("import a from './a.js'"), "./a.js");
    IS_STR(imports_of("import{a}from\"../a.js\";import'./b.js'"),
           "../a.js ./b.js");
    IS_STR(imports_of("export * from /* why */ './a.js'"), "./a.js");
    IS_STR(imports_of("const p = () => import(/* @vite-ignore */ './a.js')"),
           "./a.js");
    IS_STR(imports_of("import ( `./a.js` )"), "./a.js");
    IS_STR(imports_of("require('./a'); __require(\"../b\")"), "r:./a r:../b");
    IS_STR(imports_of("import './p.$id.js'"), "./p.$id.js");
}

static void test_imports_what_is_none_left(void)
{
    IS_STR(imports_of("import fs from 'node:fs'; import 'a/./b'"), "");
    IS_STR(imports_of("url.startsWith('./a')"), "");
    IS_STR(imports_of("reimport('./a'); xfrom './b'"), "");
    IS_STR(imports_of("import('./pages/' + name)"), "./pages/");
    IS_STR(imports_of("import(`./pages/${name}.js`)"), "");
    IS_STR(imports_of("import './a\\u002ejs'"), "");
    IS_STR(imports_of("import './a"), "");
    IS_STR(imports_of("import './a\n.js'"), "");
    IS_STR(imports_of("./"), "");
    IS_STR(imports_of("'./"), "");
    IS_STR(imports_of("*/'./a'"), "");
    IS_STR(imports_of(""), "");
}

static const char *resolve(const char *from, const char *specifier)
{
    static char name[V8P_NAME_MAX];

    return v8p_name_resolve(from, specifier, strlen(specifier), name) ? name
                                                                      : "none";
}

static void test_names_stay_below_the_folder(void)
{
    IS_STR(resolve("a.js", "./b.js"), "b.js");
    IS_STR(resolve("d/a.js", "./b.js"), "d/b.js");
    IS_STR(resolve("d/e/a.js", "../b.js"), "d/b.js");
    IS_STR(resolve("d/a.js", ".././/c/./b.js"), "c/b.js");
    IS_STR(resolve("d/a.js", "../../b.js"), "none");
    IS_STR(resolve("d/a.js", "../../d/b.js"), "none");
    IS_STR(resolve("a.js", ".."), "none");
    IS_STR(resolve("d/a.js", ".."), "none");
    IS_STR(resolve("a.js", "./b\n.js"), "none");
}

static void test_names_too_long_refused(void)
{
    char specifier[V8P_NAME_MAX + 8];

    memset(specifier, 'x', sizeof(specifier));
    memcpy(specifier, "./", 2);
    specifier[sizeof(specifier) - 1] = '\0';
    IS_STR(resolve("a.js", specifier), "none");
    specifier[V8P_NAME_MAX - 2] = '\0';
    OK(strlen(resolve("a.js", specifier)) == V8P_NAME_MAX - 4);
}

TAP_MAIN(RUN(test_imports_each_form_found),
         RUN(test_imports_what_is_none_left),
         RUN(test_names_stay_below_the_folder),
         RUN(test_names_too_long_refused))
