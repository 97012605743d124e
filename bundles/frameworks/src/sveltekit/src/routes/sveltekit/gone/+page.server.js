// SPDX-License-Identifier: Apache-2.0
import { error } from '@sveltejs/kit';

export const load = () => error(410, 'gone');
