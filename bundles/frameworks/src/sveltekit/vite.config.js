// SPDX-License-Identifier: Apache-2.0
import { sveltekit } from '@sveltejs/kit/vite';
import { inputs } from '../../../build/inputs.mjs';

export default { plugins: [sveltekit(), inputs()], logLevel: 'warn' };
