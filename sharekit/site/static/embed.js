/* sharekit: a card follows its reader's colour scheme. A host page that has one look whatever the reader prefers says
   which: embed/x.html?theme=dark, or embed/x.html#dark where an address may carry no query. Everything else needs no script. */
(() => {
  'use strict';
  const chosen = /(?:[?&]theme=|#)(light|dark)(?![\w-])/.exec(location.search + location.hash);
  if (chosen) document.documentElement.dataset.theme = chosen[1];
})();
