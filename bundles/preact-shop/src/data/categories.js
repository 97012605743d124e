// SPDX-License-Identifier: Apache-2.0
// Six categories; every one has two kinds of thing, and every kind has one drawing in build/images.mjs.

export const categories = [
  { slug: 'kitchen', name: 'Kitchen', intro: 'Mugs and kettles for the slow first hour of the day.', kinds: ['mug', 'kettle'] },
  { slug: 'lighting', name: 'Lighting', intro: 'Warm light, placed exactly where you read, cook or talk.', kinds: ['desk-lamp', 'pendant'] },
  { slug: 'stationery', name: 'Stationery', intro: 'Paper that takes ink well – and ink that deserves the paper.', kinds: ['notebook', 'pen'] },
  { slug: 'textiles', name: 'Textiles', intro: 'Wool and linen, woven in small mills between Aalborg and Łódź.', kinds: ['blanket', 'cushion'] },
  { slug: 'garden', name: 'Garden', intro: 'For balconies, sills and the three square metres behind the house.', kinds: ['pot', 'watering-can'] },
  { slug: 'audio', name: 'Audio', intro: 'Sound without an app, an account or a blinking light.', kinds: ['headphones', 'speaker'] },
];

export function findCategory(slug) {
  return categories.find((category) => category.slug === slug);
}
