// SPDX-License-Identifier: Apache-2.0
//
// files.h: a bundle's files: their names, texts and code caches, what an
// import of one means in another.  No V8, no disk: what is not here is not
// there.

#ifndef V8E_FILES_H
#define V8E_FILES_H

#include "engine.h"

#include "../container.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace v8e {

struct File {
    std::string name;        // within the bundle's folder
    std::string origin;      // its path in stacks
    std::string_view text;   // the script's memory, as is the next
    std::string_view code;   // its code cache; empty: none
    bool Ends(std::string_view ending) const;
};

class Files {
  public:
    explicit Files(const v8e_script *script);

    const File &Entry() const { return files_.front(); }
    // What is known of how the script is to be taken; AUTO: try.
    v8pool_format Format() const { return format_; }
    void SetFormat(v8pool_format format) { format_ = format; }

    // nullptr: no file of the bundle's is shown by that path.
    const File *OfOrigin(const std::string &origin) const;

    // The file that a relative specifier means; nullptr: *why says why none.
    const File *Resolve(const File &from, const std::string &specifier,
                        bool required, std::string *why) const;

    // import.meta.url
    static std::string Url(const File &file);

  private:
    void Read(const v8e_script *script, v8p_reader *reader);
    void ReadCode(const v8e_script *script);
    const File *Find(const std::string &name) const;

    v8pool_format format_;
    std::vector<File> files_;                  // const after create
    std::map<std::string, size_t> by_name_;    // into files_
    std::map<std::string, std::string> not_;   // name -> why it is not one
};

} // namespace v8e

#endif // V8E_FILES_H
