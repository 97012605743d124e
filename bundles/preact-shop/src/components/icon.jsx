// SPDX-License-Identifier: Apache-2.0
const paths = {
  star: 'M12 2l2.6 6.9L22 9.6l-5.6 4.7 1.8 7.2L12 17.4l-6.2 4.1 1.8-7.2L2 9.6l7.4-.7z',
  search: 'M10.5 4a6.5 6.5 0 1 0 4 11.6l4.9 4.9 1.1-1.1-4.9-4.9A6.5 6.5 0 0 0 10.5 4zm0 1.6a4.9 4.9 0 1 1 0 9.8 4.9 4.9 0 0 1 0-9.8z',
  cart: 'M3 4h2.4l.6 3h15l-1.8 8.5H7.3L5 4.9M9 18a1.6 1.6 0 1 0 0 3.2A1.6 1.6 0 0 0 9 18zm8 0a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z',
};

export function Icon({ name }) {
  return <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={paths[name]} /></svg>;
}
