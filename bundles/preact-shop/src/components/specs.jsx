// SPDX-License-Identifier: Apache-2.0
function rowsOf(product, categoryName) {
  return [
    ['Article', `NL-${String(product.id).padStart(4, '0')}`],
    ['Category', categoryName],
    ['Colour', product.colour],
    ['Material', product.material],
    ['Size', `${product.size.join(' × ')} cm`],
    ['Weight', `${product.grams} g`],
    ['Made in', product.origin],
    ['Warranty', '5 years – repair comes before replacement'],
    ['Packaging', 'Paper and cardboard, ≤ 2 % tape'],
    ['Care', product.material.includes('Wool') ? 'Hand wash, 30 °C' : 'Wipe with a soft, damp cloth'],
  ];
}

export function Specs({ product, categoryName }) {
  return (
    <section class="specs">
      <h2>Details</h2>
      <table>
        <tbody>
          {rowsOf(product, categoryName).map(([name, value]) => <tr><th scope="row">{name}</th><td>{value}</td></tr>)}
        </tbody>
      </table>
    </section>
  );
}
