/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_names.c: what the engine without V8 is called, and its entries.
 */
#include "engine.h"

const char *v8e_version(void)
{
    return "fake 1";
}

const char *v8e_context_entry(const v8e_context *context)
{
    (void)context;
    return "fake(url)";
}
