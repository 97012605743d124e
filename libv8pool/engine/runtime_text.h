/* SPDX-License-Identifier: Apache-2.0
 *
 * runtime_text.h: libv8pool/runtime/dist, ASCII.  Each text ends where its
 * _end begins.
 */
#ifndef V8E_RUNTIME_TEXT_H
#define V8E_RUNTIME_TEXT_H

#ifdef __cplusplus
extern "C" {
#endif

extern const unsigned char v8e_runtime_main[], v8e_runtime_main_end[];
extern const unsigned char v8e_runtime_web[], v8e_runtime_web_end[];
extern const unsigned char v8e_runtime_extra[], v8e_runtime_extra_end[];

#ifdef __cplusplus
}
#endif

#endif /* V8E_RUNTIME_TEXT_H */
