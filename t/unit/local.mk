# SPDX-License-Identifier: Apache-2.0
# C tests that print TAP.  Those of the pool link the fake engine (no V8, so
# that ThreadSanitizer sees every thread); those of the engine link V8.
