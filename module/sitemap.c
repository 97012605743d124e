/* SPDX-License-Identifier: Apache-2.0
 *
 * sitemap.c: reads <urlset> and <sitemapindex> with apr_xml, which takes no
 * entities of a document's own.
 */
#include "sitemap.h"

#include <http_core.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uri.h>
#include <apr_xml.h>
#include <string.h>

struct reader {
    apr_pool_t *p;              /* what is returned */
    const server_rec *s;
    apr_array_header_t *urls;
    int most;                   /* elements of urls */
    const char *wrong;          /* the first thing */
};

static void complain(struct reader *reader, const char *path, const char *what)
{
    if (reader->wrong == NULL) {
        reader->wrong = apr_pstrcat(reader->p, path, ": ", what, NULL);
    }
}

/* --- the file ---------------------------------------------------------------- */

/* apr_xml_parse_file() would lose what is wrong at the end of a file. */
static apr_xml_doc *parse(struct reader *reader, apr_pool_t *p,
                          const char *path, apr_file_t *file)
{
    apr_xml_parser *parser = apr_xml_parser_create(p);
    apr_status_t rv = APR_SUCCESS;
    apr_xml_doc *doc = NULL;
    char part[8192], why[200];
    apr_size_t n = sizeof(part);

    while (rv == APR_SUCCESS &&
           (rv = apr_file_read(file, part, &n)) == APR_SUCCESS) {
        rv = apr_xml_parser_feed(parser, part, n);
        n = sizeof(part);
    }
    if (APR_STATUS_IS_EOF(rv)) {
        rv = apr_xml_parser_done(parser, &doc);
    }
    if (rv != APR_SUCCESS) {
        complain(reader, path,
                 rv == APR_EGENERAL
                     ? apr_xml_parser_geterror(parser, why, sizeof(why))
                     : apr_strerror(rv, why, sizeof(why)));
        return NULL;
    }
    return doc;
}

static apr_xml_doc *load(struct reader *reader, apr_pool_t *p,
                         const char *path)
{
    apr_finfo_t info;
    apr_file_t *file;
    char why[120];
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ, 0, p);

    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_TYPE, file);
    }
    if (rv != APR_SUCCESS) {
        complain(reader, path, apr_strerror(rv, why, sizeof(why)));
        return NULL;
    }
    if (info.filetype != APR_REG || info.size > V8SSR_SITEMAP_BYTES) {
        complain(reader, path, "a file of at most 16 MB was expected");
        return NULL;
    }
    return parse(reader, p, path, file);
}

/* --- URLs ---------------------------------------------------------------------- */

static int is_in(const apr_array_header_t *names, const char *host, int wild)
{
    int i;

    for (i = 0; names != NULL && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (wild ? ap_strcasecmp_match(host, name) == 0
                 : ap_cstr_casecmp(host, name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Scheme and port are those the world sees, which may be a balancer's. */
static int is_ours(const server_rec *s, const apr_uri_t *uri)
{
    if (uri->hostname == NULL || uri->scheme == NULL ||
        ap_cstr_casecmpn(uri->scheme, "http", 4) != 0) {
        return 0;
    }
    return (s->server_hostname != NULL &&
            ap_cstr_casecmp(uri->hostname, s->server_hostname) == 0) ||
           is_in(s->names, uri->hostname, 0) ||
           is_in(s->wild_names, uri->hostname, 1);
}

/* NULL: not one of this host. */
static const char *path_of(struct reader *reader, const char *from,
                           const char *url)
{
    apr_uri_t uri;

    if (apr_uri_parse(reader->p, url, &uri) != APR_SUCCESS ||
        !is_ours(reader->s, &uri)) {
        complain(reader, from,
                 apr_psprintf(reader->p,
                              "\"%.200s\": a URL of %s was expected, or of one "
                              "of its ServerAlias",
                              url,
                              reader->s->server_hostname != NULL
                                  ? reader->s->server_hostname
                                  : "this host"));
        return NULL;
    }
    return apr_pstrcat(reader->p,
                       uri.path != NULL && *uri.path != '\0' ? uri.path : "/",
                       uri.query != NULL ? "?" : NULL, uri.query, NULL);
}

/* --- elements -------------------------------------------------------------------- */

static int is_named(const apr_xml_elem *e, const char *name)
{
    return strcmp(e->name, name) == 0;
}

static char *text_of(apr_pool_t *p, const apr_xml_elem *e)
{
    const apr_text *t;
    char *text = "";
    char *end;

    for (t = e->first_cdata.first; t != NULL; t = t->next) {
        text = apr_pstrcat(p, text, t->text, NULL);
    }
    while (apr_isspace(*text)) {
        text++;
    }
    for (end = text + strlen(text); end > text && apr_isspace(end[-1]); end--) {
        end[-1] = '\0';
    }
    return text;
}

/* The <loc> of <url> or <sitemap>; NULL: it has none. */
static const char *location_of(apr_pool_t *p, const apr_xml_elem *e)
{
    const apr_xml_elem *child;

    for (child = e->first_child; child != NULL; child = child->next) {
        if (is_named(child, "loc")) {
            return text_of(p, child);
        }
    }
    return NULL;
}

static void add_urls(struct reader *reader, apr_pool_t *p, const char *path,
                     const apr_xml_elem *set)
{
    const apr_xml_elem *e;

    for (e = set->first_child; e != NULL; e = e->next) {
        const char *loc = is_named(e, "url") ? location_of(p, e) : NULL;
        const char *url = loc != NULL ? path_of(reader, path, loc) : NULL;

        if (url != NULL && reader->urls->nelts >= reader->most) {
            complain(reader, path, "at most 50000 URLs were expected; the "
                                   "others are left out");
            return;
        }
        if (url != NULL) {
            APR_ARRAY_PUSH(reader->urls, const char *) = url;
        }
    }
}

/* --- the two kinds ----------------------------------------------------------------- */

static void read_file(struct reader *reader, const char *path, int is_part);

/* https://site/sitemaps/7.xml is 7.xml beside the index. */
static const char *beside(apr_pool_t *p, const char *index, const char *url)
{
    const char *name = strrchr(url, '/');

    return name != NULL && name[1] != '\0' && name[1] != '.'
               ? apr_pstrcat(p, ap_make_dirstr_parent(p, index), name + 1, NULL)
               : NULL;
}

static void read_parts(struct reader *reader, apr_pool_t *p, const char *path,
                       const apr_xml_elem *index)
{
    const apr_xml_elem *e;

    for (e = index->first_child; e != NULL; e = e->next) {
        const char *loc = is_named(e, "sitemap") ? location_of(p, e) : NULL;
        const char *url = loc != NULL ? path_of(reader, path, loc) : NULL;
        const char *part = url != NULL ? beside(p, path, url) : NULL;

        if (url != NULL && part == NULL) {
            complain(reader, path, "a URL that ends in a file's name was "
                                   "expected in <sitemap>");
        }
        if (part != NULL && reader->urls->nelts < reader->most) {
            read_file(reader, part, 1);
        }
    }
}

/* The tree has memory of its own, which goes at once. */
static void read_file(struct reader *reader, const char *path, int is_part)
{
    apr_xml_doc *doc;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    apr_pool_tag(p, "v8ssr sitemap");
    doc = load(reader, p, path);
    if (doc != NULL && is_named(doc->root, "urlset")) {
        add_urls(reader, p, path, doc->root);
    }
    else if (doc != NULL && is_named(doc->root, "sitemapindex") && !is_part) {
        read_parts(reader, p, path, doc->root);
    }
    else if (doc != NULL) {
        complain(reader, path, is_part ? "<urlset> was expected"
                                       : "<urlset> or <sitemapindex> was "
                                         "expected");
    }
    apr_pool_destroy(p);
}

const char *v8ssr_sitemap_read(apr_pool_t *p, const server_rec *s,
                               const char *path, apr_array_header_t *urls)
{
    struct reader reader = {p, s, urls, urls->nelts + V8SSR_SITEMAP_URLS, NULL};

    read_file(&reader, path, 0);
    return reader.wrong;
}
