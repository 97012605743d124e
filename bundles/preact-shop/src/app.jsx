// SPDX-License-Identifier: Apache-2.0
import { useEffect } from 'preact/hooks';
import { useCart } from './cart.js';
import { Footer } from './components/footer.jsx';
import { Header } from './components/header.jsx';
import { About } from './pages/about.jsx';
import { Category } from './pages/category.jsx';
import { Listing } from './pages/listing.jsx';
import { NotFound } from './pages/not-found.jsx';
import { Product } from './pages/product.jsx';

const pages = { 'listing': Listing, 'category': Category, 'product': Product, 'about': About, 'not-found': NotFound };

export function App({ state }) {
  const cart = useCart();
  useEffect(() => {
    document.getElementById('app').dataset.hydrated = 'true'; // the browser test waits for this
  }, []);
  const Page = pages[state.page];
  return (
    <>
      <Header menu={state.menu} current={state.slug ?? state.product?.category} query={state.query} count={cart.count} />
      <main id="main"><Page state={state} onAdd={cart.add} /></main>
      <Footer menu={state.menu} />
    </>
  );
}
