/* sharekit: a card follows its reader's colour scheme. A host page that has one look whatever the reader prefers says
   which: embed/x.html?theme=dark, or embed/x.html#dark where an address may carry no query. Everything else needs no script. */
(() => {
  'use strict';
  const chosen = /(?:[?&]theme=|#)(light|dark)(?![\w-])/.exec(location.search + location.hash);
  const oldFrom = document.documentElement.dataset.oldFrom;
  if (oldFrom && new Date() >= new Date(oldFrom + 'T00:00')) document.documentElement.dataset.outOfDate = '';
  if (chosen) document.documentElement.dataset.theme = chosen[1];
})();
