// SPDX-License-Identifier: Apache-2.0
// Hand-written and fixed: the same request always renders to the same bytes. A product's id is its row number, from 1.

import { categories } from './categories.js';

// kind, name, price in cents, badge, description
const rows = [
  ['mug', 'Mug „Nebel“', 1490, 'New', 'Stoneware with a matt grey glaze that never comes out the same twice.'],
  ['mug', 'Mug „Kiefer“', 1590, '', 'A tall mug for tea drinkers – holds 0.4 litres and keeps its ring off the table.'],
  ['mug', 'Espresso cup „Ruß“', 990, '', 'Black clay, thin lip, thick base. Warm it first; it will thank you.'],
  ['mug', 'Camping mug', 1250, '−20 %', 'Enamel on steel. Falls off a rock, gets a scar, tells a story.'],
  ['kettle', 'Kettle „Möwe“', 6900, 'Bestseller', 'Gooseneck kettle with a spout that pours a thread, not a flood.'],
  ['kettle', 'Whistling kettle', 4950, '', 'Two tones in harmony, so that nobody runs to the hob in a panic.'],
  ['kettle', 'Travel kettle', 3890, '', 'Half a litre, folds flat, works on 110 V and on 230 V.'],
  ['kettle', 'Kettle „Gusseisen“', 11900, '', 'Cast iron from a foundry that has poured since 1868.'],
  ['desk-lamp', 'Desk lamp „Reiher“', 12900, 'Bestseller', 'Stands on one leg and reaches across a whole sheet of A2.'],
  ['desk-lamp', 'Clamp lamp', 7450, '', 'Holds on to boards up to 6 cm thick; swivels in three places.'],
  ['desk-lamp', 'Reading lamp „Zwölf“', 8900, '', 'Twelve levels of light – the lowest for reading beside a sleeper.'],
  ['desk-lamp', 'Workshop lamp', 9950, 'New', 'Magnetic foot, steel shade, a switch you find with gloves on.'],
  ['pendant', 'Pendant „Glocke“', 14900, '', 'A bell of spun aluminium that throws a clear circle on the table.'],
  ['pendant', 'Paper pendant', 4500, '', 'Washi on bamboo; ships flat and opens with a satisfying rustle.'],
  ['pendant', 'Pendant „Rauchglas“', 18900, '', 'Mouth-blown smoked glass, each with two or three tiny bubbles.'],
  ['pendant', 'Pendant trio', 21900, '−15 %', 'Three small shades on one canopy for the long side of a table.'],
  ['notebook', 'Notebook A5, dotted', 1190, 'Bestseller', '144 pages of 100 g/m² paper, thread-sewn so that it lies flat.'],
  ['notebook', 'Field book', 890, '', 'Stone paper: writes in rain, at sea and in the bathtub.'],
  ['notebook', 'Sketchbook „Grau“', 1690, '', 'Grey pages – white pencil becomes light, black becomes shadow.'],
  ['notebook', 'Calendar without years', 2150, 'New', 'Fifty-three weeks, no dates. Begin when you are ready.'],
  ['pen', 'Fountain pen „Elster“', 5900, '', 'A steel nib with a little spring, black barrel, white cap.'],
  ['pen', 'Brass ballpoint', 3450, '', 'Heavy, hexagonal, ages towards brown. Takes standard refills.'],
  ['pen', 'Carpenter’s pencil', 390, '', 'Flat so that it stays on the roof. Sharpen it with a knife.'],
  ['pen', 'Drawing pen set 0.1–0.8', 1980, '−10 %', 'Six widths of waterproof pigment ink in a linen roll.'],
  ['blanket', 'Blanket „Fjord“', 13900, 'Bestseller', 'Lambswool, 130 × 200 cm, in the blue of deep water at noon.'],
  ['blanket', 'Picnic blanket', 6900, '', 'Wool above, waxed cotton below, leather strap around.'],
  ['blanket', 'Baby blanket', 5450, '', 'Organic merino, knitted without seams, washable at 40 °C.'],
  ['blanket', 'Throw „Heide“', 8900, '', 'Heather, moss and granite in a herringbone from Łódź.'],
  ['cushion', 'Linen cushion', 3900, '', 'Washed linen over a feather core; the buttons are horn.'],
  ['cushion', 'Cushion „Raster“', 4450, 'New', 'A grid that is not quite a grid. You will look twice.'],
  ['cushion', 'Floor cushion', 7900, '', 'Filled with buckwheat – quiet, firm and twelve kilograms heavy.'],
  ['cushion', 'Neck roll', 2990, '−20 %', 'Spelt husks in brushed cotton for trains and sofas.'],
  ['pot', 'Terracotta pot', 1290, '', 'Unglazed, so that the soil can breathe. Made near Siena.'],
  ['pot', 'Plant pot „Mond“', 2450, 'Bestseller', 'A white sphere with a flat foot; a saucer hides inside.'],
  ['pot', 'Herb trio', 3290, '', 'Three pots and a tray, exactly as long as a kitchen sill.'],
  ['pot', 'Hanging pot', 2790, '', 'Stoneware and hemp rope; carries up to 8 kg of fern.'],
  ['watering-can', 'Watering can „Reiher“', 4290, 'New', 'A long beak that reaches the last pot in the back row.'],
  ['watering-can', 'Garden can 9 l', 3650, '', 'Galvanised, with a brass rose that rains instead of pouring.'],
  ['watering-can', 'Mister', 1850, '', 'Brass and glass. Ferns approve; so do ironers of shirts.'],
  ['watering-can', 'Rain gauge & can', 2790, '', 'Measures what fell, waters with what it measured.'],
  ['headphones', 'Headphones „Still“', 24900, 'Bestseller', 'Closed, wired, 180 g. Every part can be replaced with one key.'],
  ['headphones', 'Studio headphones', 17900, '', 'Flat from 12 Hz to 28 kHz, with a 3 m coiled cable.'],
  ['headphones', 'Children’s headphones', 4900, '', 'Limited to 85 dB, bendable, and good at surviving cars.'],
  ['headphones', 'Travel headphones', 12900, '−15 %', 'Fold into a tin of the size of a sandwich.'],
  ['speaker', 'Shelf speaker „Buche“', 32900, '', 'A pair in solid beech. Passive, honest, surprisingly deep.'],
  ['speaker', 'Kitchen radio', 15900, 'New', 'FM, DAB+ and one big knob. Flour does not harm it.'],
  ['speaker', 'Turntable speaker', 21900, '', 'Sits below the turntable and brings its own phono stage.'],
  ['speaker', 'Pocket speaker', 6900, '', 'Wood, one driver, ten hours. Says nothing when you switch it on.'],
];

const colours = ['Moss', 'Rust', 'Ink', 'Sand', 'Fog', 'Plum', 'Ochre'];
const materials = {
  'mug': 'Stoneware', 'kettle': 'Stainless steel', 'desk-lamp': 'Powder-coated steel', 'pendant': 'Aluminium',
  'notebook': 'Paper, linen thread', 'pen': 'Brass, resin', 'blanket': 'Wool', 'cushion': 'Linen, feather',
  'pot': 'Fired clay', 'watering-can': 'Zinc-coated steel', 'headphones': 'Steel, leather', 'speaker': 'Solid beech',
};
const origins = ['Jutland, Denmark', 'Łódź, Poland', 'Thuringia, Germany', 'Brno, Czechia', 'Siena, Italy'];

function makeProduct([kind, name, cents, badge, description], index) {
  const id = index + 1;
  return {
    id, kind, name, cents, badge, description,
    category: categories.find((category) => category.kinds.includes(kind)).slug,
    image: `/images/${kind}.svg`,
    rating: 35 + ((id * 7) % 16), // tenths of a star: 3.5 to 5.0
    votes: 8 + ((id * 37) % 211),
    colour: colours[id % colours.length],
    material: materials[kind],
    origin: origins[id % origins.length],
    grams: 90 + ((id * 173) % 2400),
    size: [8 + ((id * 5) % 34), 6 + ((id * 3) % 22), 4 + ((id * 11) % 41)],
  };
}

export const products = rows.map(makeProduct);

export function findProduct(id) {
  return products[id - 1];
}

export function productsOf(slug) {
  return products.filter((product) => product.category === slug);
}

export function searchProducts(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return products.filter((product) => {
    const text = `${product.name} ${product.description} ${product.category}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

// What a product in a list needs: keeps the JSON beside a listing small.
export function summary({ id, name, cents, badge, description, category, image, rating, votes }) {
  return { id, name, cents, badge, description, category, image, rating, votes };
}
