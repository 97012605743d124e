// SPDX-License-Identifier: Apache-2.0
// From a URL to the state of its page. The state is plain JSON: the server renders from it and the browser hydrates from it.

import { categories, findCategory } from './data/categories.js';
import { findProduct, products, productsOf, searchProducts, summary } from './data/products.js';
import { reviewsOf } from './data/reviews.js';
import { parseUrl } from './url.js';

function listing(query) {
  const text = (query.get('q') ?? '').trim();
  return {
    page: 'listing',
    title: text ? `Search: ${text}` : 'Good things for the everyday',
    query: text,
    products: (text ? searchProducts(text) : products).map(summary),
  };
}

function category(slug) {
  const found = findCategory(slug);
  if (!found) return notFound();
  return { page: 'category', title: found.name, slug, intro: found.intro, products: productsOf(slug).map(summary) };
}

function product(id) {
  const found = findProduct(id);
  if (!found) return notFound();
  const related = productsOf(found.category).filter((other) => other.kind === found.kind && other !== found);
  return {
    page: 'product',
    title: found.name,
    product: found,
    categoryName: findCategory(found.category).name,
    reviews: reviewsOf(id),
    related: related.map(summary),
  };
}

function notFound() {
  return { page: 'not-found', title: 'Nothing here', status: 404 };
}

function pageOf(path, query) {
  if (path === '/') return listing(query);
  if (path === '/about') return { page: 'about', title: 'About us' };
  const [, section, argument] = /^\/(category|product)\/([\w-]+)$/.exec(path) ?? [];
  if (section === 'category') return category(argument);
  if (section === 'product' && /^[1-9]\d*$/.test(argument)) return product(Number(argument));
  return notFound();
}

export function route(url) {
  const { path, query } = parseUrl(url);
  if (path === '/home') return { redirect: '/', status: 301 };
  const menu = categories.map(({ slug, name }) => ({ slug, name }));
  return { menu, ...pageOf(path, query) };
}
