/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_bundle.c: the texts that bundles and their images are made of: the
 * container of files, imports and the names they mean, the manifest of `v8ssr
 * snapshot`.  The first byte says which.
 */
#include "fuzz.h"

#include "container.h"
#include "imports.h"
#include "names.h"
#include "tools/manifest.h"
#include "tools/v8ssr.h"

/* In place of that of v8ssr.c, which has a main() beside it. */
int v8ssr_parse_number(const char *text, long from, long to, long *number)
{
    char *end;

    *number = strtol(text, &end, 10);
    return end != text && *end == '\0' && *number >= from && *number <= to;
}

static int same(const struct v8p_record *a, const struct v8p_record *b)
{
    return a->kind == b->kind && a->name_length == b->name_length &&
           memcmp(a->name, b->name, a->name_length) == 0 &&
           a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static void write_again(const char *text, size_t length,
                        struct v8p_writer *writer)
{
    struct v8p_reader reader;
    struct v8p_record record;

    MUST(v8p_container_open(text, length, &reader) == 1);
    v8p_container_begin(writer, reader.format, reader.maps);
    while (v8p_container_next(&reader, &record) == 1) {
        MUST(record.name_length > 0);
        MUST(record.data >= text && record.data + record.length < text + length);
        v8p_container_add(writer, &record);
    }
    MUST(!writer->failed);
}

/* A container that is whole can be written again, and is the same. */
static void take_container(const char *text, size_t length)
{
    struct v8p_writer writer;
    struct v8p_reader one, other;
    struct v8p_record a, b;
    int more;

    if (!v8p_container_is_whole(text, length) ||
        v8p_container_open(text, length, &one) == 0) {
        return;
    }
    write_again(text, length, &writer);
    MUST(v8p_container_is_whole(writer.text, writer.length));
    MUST(v8p_container_open(writer.text, writer.length, &other) == 1);
    MUST(one.format == other.format && one.maps == other.maps);
    do {
        more = v8p_container_next(&one, &a);
        MUST(v8p_container_next(&other, &b) == more && more >= 0);
        MUST(!more || same(&a, &b));
    } while (more);
    free(writer.text);
}

/* Relative to the bundle's folder, and inside it. */
static void check_name(const char *name)
{
    const char *part = name;

    MUST(*name != '\0' && strlen(name) < V8P_NAME_MAX);
    while (part != NULL) {
        size_t n = strcspn(part, "/");

        MUST(n > 0 && !(n == 1 && *part == '.'));
        MUST(!(n == 2 && part[0] == '.' && part[1] == '.'));
        part = part[n] == '/' ? part + n + 1 : NULL;
    }
}

static void take_imports(const char *text, size_t length)
{
    struct v8p_imports imports = {text, length, 0};
    struct v8p_import found;
    size_t before = 0;
    char from[V8P_NAME_MAX] = "a/b/c.js", name[V8P_NAME_MAX];

    while (v8p_imports_next(&imports, &found)) {
        MUST(imports.at > before && imports.at <= length);
        before = imports.at;
        MUST(found.specifier > text &&
             found.specifier + found.length < text + length);
        MUST(found.length >= 2 && found.specifier[0] == '.');
        if (v8p_name_resolve(from, found.specifier, found.length, name)) {
            check_name(name);
            memcpy(from, name, sizeof(from));
        }
    }
}

static void check_manifest(const struct manifest *manifest, const char *text,
                           size_t length)
{
    size_t i;

    MUST(manifest->count > 0);
    for (i = 0; i < manifest->count; i++) {
        const v8pool_bundle_config *b = &manifest->items[i].bundle;

        MUST(b->name > text && b->name < text + length);
        MUST(b->source > b->name &&
             b->source + b->source_length < text + length);
    }
}

/* It says on stderr what is wrong: once for each of millions. */
static void take_manifest(char *text, size_t length)
{
    static FILE *nowhere;
    struct manifest manifest = {NULL, 0};
    FILE *said = stderr;
    int good;

    if (nowhere == NULL) {
        nowhere = fopen("/dev/null", "w");
        MUST(nowhere != NULL);
    }
    stderr = nowhere;
    good = v8ssr_manifest_read(text, length, &manifest);
    stderr = said;
    if (good) {
        check_manifest(&manifest, text, length);
    }
    free(manifest.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = fuzz_begin(data, size);
    unsigned mode = fuzz_byte(&fuzz) % 3;
    size_t length;
    char *text = fuzz_rest(&fuzz, &length);

    if (mode == 0) {
        take_container(text, length);
    }
    else if (mode == 1) {
        take_imports(text, length);
    }
    else {
        take_manifest(text, length);
    }
    fuzz_end(&fuzz);
    return 0;
}
