// SPDX-License-Identifier: Apache-2.0
// What happens to <main> that the parser did not do: in globalThis.mainMutations of the page.

// Runs in the page before anything else.  Left out: [data-testid=news], where what was awaited comes in; what is set to what
// it was; and what Astro has on its own <astro-island> for itself, attributes and a comment.
export function recordMain() {
  globalThis.mainMutations = [];
  let main;
  let parsing = true;
  const elementOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement);
  const concernsMain = ({ target, removedNodes }) => [...removedNodes].some((node) => node.contains(main))
    || (main.contains(target) && !elementOf(target)?.closest('[data-testid=news]'));
  const isOfParser = ({ type, removedNodes }) => parsing && type !== 'attributes' && removedNodes.length === 0;
  const isSame = ({ type, target, attributeName, oldValue }) => type === 'attributes' && target.getAttribute(attributeName) === oldValue;
  const isOfIsland = ({ target, addedNodes, removedNodes }) => target.localName === 'astro-island'
    && addedNodes.length === 0 && [...removedNodes].every((node) => node.nodeType === Node.COMMENT_NODE);
  const describe = ({ type, attributeName, target, addedNodes, removedNodes }) =>
    `${type} ${attributeName ?? ''} in <${elementOf(target)?.localName}> +${addedNodes.length} -${removedNodes.length}`;
  const take = (records) => {
    main ??= document.querySelector('main');
    if (!main) return;
    const kept = records.filter((record) => concernsMain(record) && !isOfParser(record) && !isSame(record) && !isOfIsland(record));
    globalThis.mainMutations.push(...kept.map(describe));
  };
  const observer = new MutationObserver(take);
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true });
  document.addEventListener('readystatechange', () => {
    take(observer.takeRecords());
    parsing = false;
  });
}
