// SPDX-License-Identifier: Apache-2.0
// What the tests wait for: an effect of the page has run, which no server does.
export const hydrated = () => { document.getElementById('app').dataset.hydrated = 'true'; };
