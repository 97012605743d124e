/* SPDX-License-Identifier: Apache-2.0
 *
 * runtime_text.c: the built files of libv8pool/runtime as bytes of the library.
 * The assembler copies them: a C array of this size would take longer to
 * compile than all the rest.
 */
#include "runtime_text.h"

#define TEXT(name, file)                                                       \
    __asm__(".section .rodata\n"                                               \
            ".global " #name "\n.hidden " #name "\n" #name ":\n"               \
            ".incbin \"" file "\"\n"                                           \
            ".global " #name "_end\n.hidden " #name "_end\n" #name "_end:\n"   \
            ".byte 0\n"                                                        \
            ".previous\n")

TEXT(v8e_runtime_main, V8E_RUNTIME_DIR "/main.js");
TEXT(v8e_runtime_web, V8E_RUNTIME_DIR "/web.js");
TEXT(v8e_runtime_extra, V8E_RUNTIME_DIR "/extra.js");
