// SPDX-License-Identifier: Apache-2.0
export function AddButton({ product, onAdd }) {
  return (
    <button type="button" class="add" aria-label={`Add ${product.name} to cart`} onClick={() => onAdd(product.id)}>Add to cart</button>
  );
}
