// SPDX-License-Identifier: Apache-2.0
//
// files.cc: see files.h.

#include "files.h"

#include "../names.h"

#include <cstdlib>
#include <cstring>

namespace v8e {
namespace {

std::string Name(const v8p_record &record)
{
    return std::string(record.name, record.name_length);
}

std::string_view Data(const v8p_record &record)
{
    return std::string_view(record.data, record.length);
}

// With the slash; "" for a path without one.
std::string FolderOf(const std::string &path)
{
    size_t slash = path.rfind('/');

    return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// A file's ending says what it is, as in Node, but for .js.
v8pool_format FormatOf(const File &file)
{
    if (file.Ends(".mjs")) {
        return V8POOL_FORMAT_ESM;
    }
    return file.Ends(".cjs") ? V8POOL_FORMAT_CJS : V8POOL_FORMAT_AUTO;
}

bool IsPlainInUrl(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || strchr("/-._~!$&'()*+,;=:@", c) != nullptr;
}

} // namespace

bool File::Ends(std::string_view ending) const
{
    return name.size() > ending.size() &&
           name.compare(name.size() - ending.size(), ending.size(), ending) ==
               0;
}

Files::Files(const v8e_script *script)
{
    v8p_reader reader;
    std::string origin = script->origin;

    if (v8p_container_open(script->source, script->length, &reader) == 1) {
        Read(script, &reader);
    }
    if (files_.empty()) { // a plain script: the pool refused damaged ones
        files_.push_back({origin.substr(FolderOf(origin).size()), origin,
                          std::string_view(script->source, script->length),
                          {}});
    }
    format_ = reader.format != V8POOL_FORMAT_AUTO ? reader.format
                                                  : FormatOf(files_.front());
    for (size_t i = 0; i < files_.size(); i++) {
        by_name_[files_[i].name] = i;
    }
    ReadCode(script);
}

void Files::Read(const v8e_script *script, v8p_reader *reader)
{
    std::string folder = FolderOf(script->origin);
    v8p_record record;

    while (v8p_container_next(reader, &record) == 1) {
        std::string name = Name(record);

        if (record.kind == V8P_FILE) {
            files_.push_back({name,
                              files_.empty() ? script->origin : folder + name,
                              Data(record),
                              {}});
        }
        else if (record.kind == V8P_REFUSED) {
            not_[name] = Data(record);
        }
    }
}

// The cache also knows how the script had to be taken.
void Files::ReadCode(const v8e_script *script)
{
    v8p_reader reader;
    v8p_record record;

    if (script->code == nullptr ||
        v8p_container_open(script->code, script->code_length, &reader) != 1) {
        return;
    }
    if (format_ == V8POOL_FORMAT_AUTO) {
        format_ = reader.format;
    }
    while (v8p_container_next(&reader, &record) == 1) {
        auto found = by_name_.find(Name(record));

        if (found != by_name_.end()) {
            files_[found->second].code = Data(record);
        }
    }
}

const File *Files::Find(const std::string &name) const
{
    auto found = by_name_.find(name);

    return found != by_name_.end() ? &files_[found->second] : nullptr;
}

const File *Files::OfOrigin(const std::string &origin) const
{
    for (const File &file : files_) {
        if (file.origin == origin) {
            return &file;
        }
    }
    return nullptr;
}

const File *Files::Resolve(const File &from, const std::string &specifier,
                           bool required, std::string *why) const
{
    char target[V8P_NAME_MAX];

    if (v8p_name_resolve(from.name.c_str(), specifier.data(),
                         specifier.size(), target) == 0) {
        *why = "it is not below the bundle's folder";
        return nullptr;
    }
    for (const char *const *ending = v8p_name_endings(); *ending != nullptr;
         ending++) {
        const File *file = Find(std::string(target) + *ending);

        if (file != nullptr) {
            return file;
        }
        if (!required) {
            break;
        }
    }
    auto known = not_.find(target);

    *why = known != not_.end()
               ? known->second
               : std::string("the bundle has no file ") + target +
                     " (those that its files import by a literal "
                     "\"./...\" belong to it)";
    return nullptr;
}

std::string Files::Url(const File &file)
{
    static const char kHex[] = "0123456789ABCDEF";
    std::string url = "file://";
    std::string path = file.origin;

    if (path.empty() || path[0] != '/') {
        char *here = realpath(".", nullptr); // the program's, not httpd's

        path = std::string(here != nullptr ? here : "") + "/" + path;
        free(here);
    }
    for (unsigned char c : path) {
        if (IsPlainInUrl(c)) {
            url += static_cast<char>(c);
        }
        else {
            url += '%';
            url += kHex[c >> 4];
            url += kHex[c & 15];
        }
    }
    return url;
}

} // namespace v8e
